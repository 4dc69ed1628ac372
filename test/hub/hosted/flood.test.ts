/** A bridge that says more than a house has to say: what is beyond the bound is left out, told as that, and what comes later counts again. */
import { utf8 } from "../../../src/base/bytes.ts";
import { silentLog } from "../../../src/base/log.ts";
import { mostPayload } from "../../../src/bridge/payload.ts";
import { Bridge } from "../../../src/hub/hosted/bridge.ts";
import type { HostedDevices } from "../../../src/hub/hosted/hosted-devices.ts";
import type { BusListener } from "../../../src/transport/mqtt/foreign-bus.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe } from "../../harness/suite.ts";

/** A bridge whose broker is this test, and whose devices count what they hear. */
async function played() {
  const clock = new ManualClock();
  let listener: BusListener | undefined;
  let heard = 0;
  const devices = { heard: () => void heard++, turned: () => undefined } as unknown as HostedDevices;
  const bridge = new Bridge({
    name: "plugs",
    kind: "tasmota",
    bus: {
      start: async (given) => {
        listener = given;
      },
      stop: async () => undefined,
      status: () => ({ state: "up" }),
      publish: async () => undefined,
    },
    dialect: { filters: [], take: () => undefined },
    filters: ["tele/#"],
    devices,
    onChange: () => undefined,
    clock,
    log: silentLog,
  });
  await bridge.start();
  const say = (octets: number, topic = "tele/pump/STATE") => listener?.message({ topic, payload: new Uint8Array(octets), retained: false });
  return { clock, bridge, say, heard: () => heard };
}

describe("hub: a bridge that floods", (it) => {
  it("is heard 4000 times at once and 500 times a second, and shows how much was left out", async () => {
    const { clock, bridge, say, heard } = await played();
    for (let i = 0; i < 10_000; i++) say(8);
    assert.is(heard(), 4000);
    assert.is(bridge.status().dropped, 6000);
    assert.is(bridge.status().state, "degraded");
    assert.match(bridge.status().detail ?? "", /6000 messages were left out/);
    await clock.advance(1000);
    for (let i = 0; i < 1000; i++) say(8);
    assert.is(heard(), 4500);
  });

  it("is heard for 16 MB at once and 1 MB a second, and never for more than its bound in one message", async () => {
    const { clock, bridge, say, heard } = await played();
    say(mostPayload + 1);
    assert.equal([heard(), bridge.status().dropped], [0, 1]);
    for (let i = 0; i < 40; i++) say(1024 * 1024);
    assert.is(heard(), 16);
    await clock.advance(2000);
    for (let i = 0; i < 10; i++) say(1024 * 1024);
    assert.is(heard(), 18);
  });

  it("is not heard at all outside of its topics, however little it says", async () => {
    const { bridge, say, heard } = await played();
    say(1, "stat/pump/POWER");
    assert.equal([heard(), bridge.status().dropped], [0, 0]);
    say(utf8("ok").length);
    assert.is(heard(), 1);
  });
});
