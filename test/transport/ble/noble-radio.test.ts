/** What runs over noble in the radio process, with a package that is told what to do wrong (scripted-noble.ts). No Bluetooth is needed or used. */
import { NobleRadio } from "../../../src/transport/ble/noble-radio.ts";
import type { RadioListener } from "../../../src/transport/ble/radio.ts";
import { assert, describe } from "../../harness/suite.ts";
import { ports } from "../../kit/broker.ts";
import { peerSteps, ScriptedNoble, ScriptedPeripheral, type Trouble } from "./scripted-noble.ts";

const address = "0000000000aa";

/** A radio that scans, and a device that it has heard. */
async function start() {
  const noble = new ScriptedNoble();
  const told: string[] = [];
  const listener: RadioListener = {
    heard: ({ address: from }) => told.push(`heard ${from}`),
    alive: () => undefined,
    packet: (link, packet) => told.push(`packet ${link} ${packet.length}`),
    closed: (link) => told.push(`closed ${link}`),
    ended: (reason) => told.push(`ended ${reason}`),
  };
  const radio = new NobleRadio({ load: async () => noble, dutyPercent: 50, stepMs: 40 });
  const starting = radio.start(listener);
  await Promise.resolve();
  noble.emit("stateChange", "poweredOn");
  await starting;
  await radio.scan(true);
  const peer = new ScriptedPeripheral(address, ports.random.bytes(12));
  noble.hears(peer);
  return { noble, radio, told, peer };
}

const refusal = (task: Promise<unknown>): Promise<string> =>
  task.then(
    () => "connected",
    (error: Error) => error.message,
  );

describe("radio over noble", (it) => {
  for (const step of peerSteps) {
    for (const trouble of ["fails", "says nothing", "lets go"] as const satisfies readonly Trouble[]) {
      it(`a peer that ${trouble} at ${step}: the connection is given up, the scan goes on, and the next one stands`, async () => {
        const { noble, radio, peer } = await start();
        peer.troubles.set(step, trouble);
        const why = await refusal(radio.connect(1, address));
        assert.match(
          why,
          { fails: /was refused/, "says nothing": /no answer to/, "lets go": /ended the connection|failed to be established/ }[trouble],
        );
        assert.ok(noble.scanning, "it scans");
        if (peer.state === "connecting") assert.ok(peer.cancels > 0, "the adapter is told to leave it");
        else assert.is(peer.state, "disconnected");
        peer.troubles.clear();
        peer.state = "disconnected";
        assert.equal(await radio.connect(2, address), { mtu: 185, largest: Uint8Array.of(2, 0) });
        await radio.write(2, Uint8Array.of(7));
        assert.equal(peer.written, [Uint8Array.of(7)]);
        assert.is(await refusal(radio.write(1, Uint8Array.of(7))), "there is no such connection");
      });
    }
  }

  it("a connection that stands in the moment in which it is given up is ended, and not left open", async () => {
    const { radio, peer } = await start();
    peer.holdsConnect = true;
    const why = refusal(radio.connect(1, address));
    await new Promise((resolve) => setImmediate(resolve));
    await radio.disconnect(1);
    peer.finishConnecting?.();
    assert.match(await why, /given up/);
    assert.is(peer.state, "disconnected");
  });

  const unknown = {
    "by its status, as adapters do": [[4, 0x0f, 4, 2, 1, 0x06, 0x04]],
    "by an end of no handle, as btvirt does": [
      [4, 0x0f, 4, 0, 1, 0x06, 0x04],
      [4, 0x05, 4, 2, 0, 0, 0],
    ],
  } as const;
  for (const [how, words] of Object.entries(unknown)) {
    it(`a connection that the adapter does not know any more, and says so ${how}, has ended at once; the others stand`, async () => {
      const { noble, radio, told, peer } = await start();
      const other = new ScriptedPeripheral("0000000000bb", ports.random.bytes(12));
      noble.hears(other);
      await radio.connect(1, address);
      await radio.connect(2, other.id);
      Object.assign(noble._bindings._handles, { [address]: 0x142, [other.id]: 0x143 });
      const answer = (): void => {
        for (const octets of words) noble.says(...octets);
      };
      peer.asksToEnd = answer;
      // Of somebody else: nobody here has asked for it.
      answer();
      await radio.disconnect(1);
      assert.is(peer.state, "disconnected");
      assert.equal(noble._bindings._handles, { [other.id]: 0x143 }, "noble has forgotten it, and that one only");
      await radio.write(2, Uint8Array.of(7));
      answer();
      assert.is(other.state, "connected");
      peer.asksToEnd = undefined;
      assert.equal(await radio.connect(3, address), { mtu: 185, largest: Uint8Array.of(2, 0) });
      assert.not.ok(told.some((line) => line.startsWith("ended")));
    });
  }

  it("two that are ended at once: the first is accepted, the second is unknown", async () => {
    const { noble, radio, peer } = await start();
    const other = new ScriptedPeripheral("0000000000bb", ports.random.bytes(12));
    noble.hears(other);
    await radio.connect(1, address);
    await radio.connect(2, other.id);
    Object.assign(noble._bindings._handles, { [address]: 0x142, [other.id]: 0x143 });
    peer.asksToEnd = other.asksToEnd = () => undefined;
    const ends = Promise.all([radio.disconnect(1), radio.disconnect(2)]);
    noble.says(4, 0x0f, 4, 0, 1, 0x06, 0x04);
    noble.says(4, 0x0f, 4, 2, 1, 0x06, 0x04);
    assert.equal([peer.state, other.state], ["disconnecting", "disconnected"]);
    noble.says(4, 0x05, 4, 0, 0x42, 0x01, 0x16);
    await ends;
    assert.is(peer.state, "disconnected");
  });

  it("a peer without the service, or without a part of it, is refused by name", async () => {
    const { radio, peer } = await start();
    const all = peer.characteristics;
    for (const missing of [all, ...all.map((one) => [one])]) {
      peer.characteristics = all.filter((uuid) => !missing.includes(uuid));
      assert.is(await refusal(radio.connect(1, address)), "it has not the service of the device link");
      assert.is(peer.state, "disconnected");
    }
  });

  it("a peer that lies about what it takes is taken at its word here, and at the least MTU where it says none", async () => {
    const { radio, peer } = await start();
    for (const [mtu, own] of [
      [null, Uint8Array.of(2, 0)],
      [65_535, new Uint8Array(0)],
      [0, new Uint8Array(600).fill(255)],
    ] as const) {
      Object.assign(peer, { mtu, largest: own });
      assert.equal(await radio.connect(1, address), { mtu: mtu ?? 23, largest: own });
      await radio.disconnect(1);
    }
  });

  it("what a device sends once its connection has ended, or is no notification, is passed to nobody", async () => {
    const { radio, peer, told } = await start();
    await radio.connect(1, address);
    peer.up.emit("data", Buffer.alloc(5), true);
    peer.up.emit("data", Buffer.alloc(6), false);
    peer.goAway();
    peer.up.emit("data", Buffer.alloc(7), true);
    assert.equal(told, [`heard ${address}`, "packet 1 5", "closed 1"]);
    assert.is(await refusal(radio.write(1, Uint8Array.of(1))), "there is no such connection");
  });

  it("an adapter that goes away while it connects is told of at once, and the call ends", async () => {
    const { noble, radio, peer, told } = await start();
    peer.troubles.set("connect", "says nothing");
    const why = refusal(radio.connect(1, address));
    noble.emit("stateChange", "poweredOff");
    assert.is(told.at(-1), "ended the adapter went away (poweredOff)");
    assert.match(await why, /no answer to connect/);
  });

  it("a crowd of strangers, with our service and without, is forgotten again; who is connected is not", async () => {
    const { noble, radio, peer, told } = await start();
    await radio.connect(1, address);
    for (let n = 0; n < 20_000; n++) {
      const id = (0x100000 + n).toString(16).padStart(12, "0");
      noble.hears(new ScriptedPeripheral(id, n % 2 === 0 ? ports.random.bytes(12) : undefined));
    }
    assert.ok(Object.keys(noble._peripherals).length <= 2100, `${Object.keys(noble._peripherals).length} are kept`);
    assert.ok(Object.keys(noble._bindings._gap._discoveries).length <= 2100);
    await radio.write(1, Uint8Array.of(1));
    assert.is(peer.written.length, 1);
    assert.is(told.filter((line) => line.startsWith("heard")).length, 10_001, "who is told of what is thinned out behind it");
    peer.goAway();
    assert.equal(await radio.connect(2, address), { mtu: 185, largest: Uint8Array.of(2, 0) }, "it is still known");
  });
});
