/** Devices that left, or could not be connected to, on a simulated adapter: they are connected to as soon as they show themselves, and not before. */
import { BleMedium } from "../../../src/transport/ble/ble-medium.ts";
import { ManualClock, settle } from "../../harness/manual-clock.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/broker.ts";
import { Air } from "../../kit/simulated-radio.ts";

const [first, second] = ["000000000001", "000000000002"] as const;
const peer = (address: string) => ({ medium: "ble", address, from: "ble" }) as const;

async function start(): Promise<{ air: Air; medium: BleMedium; clock: ManualClock; connects: () => number }> {
  const [air, clock] = [new Air(), new ManualClock()];
  for (const address of [first, second]) {
    const own = [ports.random.bytes(12)];
    air.devices.set(address, { hails: () => own, attach: () => undefined });
  }
  const medium = new BleMedium({ make: () => air.radio(), links: 4, ...ports, clock });
  await medium.start();
  onCleanup(() => medium.stop());
  await settle();
  assert.is(medium.status().state, "up");
  air.advertise();
  return { air, medium, clock, connects: () => air.calls.filter((call) => call === "connect").length };
}

describe("devices that are lost to Bluetooth LE", (it) => {
  it("a connection that is not established at once is made as soon as the device shows itself again, and not before", async () => {
    const { air, medium, connects } = await start();
    air.faults.set("connect", "fail");
    const opened = medium.open(peer(first));
    await settle();
    air.faults.clear();
    await settle();
    assert.is(connects(), 1);
    air.advertise();
    assert.is((await opened).medium, "ble");
    assert.is(connects(), 2);
  });

  it("one that shows itself and cannot be connected to costs three tries, and says why", async () => {
    const { air, medium, connects } = await start();
    air.faults.set("connect", "fail");
    const failed = medium.open(peer(first)).then(
      () => "",
      (error: Error) => error.message,
    );
    for (let turn = 0; turn < 10; turn++) {
      await settle();
      air.advertise();
    }
    assert.match(await failed, /no Bluetooth connection to 000000000001: connect failed/);
    assert.is(connects(), 3);
  });

  it("one that left is connected to once it is heard: until then the adapter is for others", async () => {
    const { air, medium, clock, connects } = await start();
    await medium.open(peer(first));
    air.drop(first);
    const failed = throwsMesh(medium.open(peer(first)), "ERR_DEVICE_OFFLINE");
    assert.is((await medium.open(peer(second))).medium, "ble");
    clock.advance(2000);
    assert.match((await failed).message, /000000000001 was not heard since its Bluetooth connection ended/);
    assert.equal(air.connected, [first, second]);
    air.advertise();
    assert.is((await medium.open(peer(first))).medium, "ble");
    assert.is(connects(), 3);
  });

  it("what waits for one that left ends when it is given up", async () => {
    const { air, medium, connects } = await start();
    await medium.open(peer(first));
    air.drop(first);
    const cancel = new AbortController();
    const given = medium.open(peer(first), cancel.signal).then(
      () => "",
      (error: Error) => error.message,
    );
    cancel.abort(new Error("enough"));
    assert.is(await given, "enough");
    assert.is(connects(), 1);
  });

  it("a device that is heard after its connection is told of at once, whoever ended that, and after the adapter was away", async () => {
    const { air, medium, clock } = await start();
    let told = 0;
    medium.onHail(({ peer: { address } }) => (told += address === first ? 1 : 0));
    const isTold = async (what: string): Promise<void> => {
      await settle();
      const before = told;
      for (let turn = 0; turn < 5; turn++) air.advertise();
      assert.is(told, before + 1, what);
    };
    await (await medium.open(peer(first))).close();
    await isTold("the hub ended it");
    await medium.open(peer(first));
    air.drop(first);
    await isTold("the device left");
    air.unplug();
    for (let turn = 0; turn < 10; turn++) {
      await settle();
      clock.advance(100);
    }
    await settle();
    assert.is(medium.status().state, "up");
    await isTold("the adapter was away");
  });
});
