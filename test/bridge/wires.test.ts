/** Which of two devices stays that are told at the same place: the one that is told as its owner has accepted. */
import { utf8 } from "../../src/base/bytes.ts";
import type { ForeignDevice } from "../../src/bridge/foreign-device.ts";
import { homeAssistant } from "../../src/bridge/home-assistant.ts";
import { toldAsAccepted, wiresOf } from "../../src/bridge/wires.ts";
import { assert, describe } from "../harness/suite.ts";
import { catalogue } from "../kit/named-things.ts";

const dev = { ids: "door", name: "Door" };
const lock = { dev, uniq_id: "lock", stat_t: "door", cmd_t: "door/set" };
const bell = { ...lock, uniq_id: "bell", name: "Bell", pl_on: "UNLOCK", pl_off: "LOCK" };
const lamp = { dev, uniq_id: "lamp", name: "Lamp", stat_t: "lamp", cmd_t: "lamp/set" };

/** What the announcements come to, by the name that the bridge gives it. */
function made(announcements: Readonly<Record<string, object>>): (foreignId: string) => ForeignDevice {
  const dialect = homeAssistant({ drivers: catalogue.drivers });
  const changes = Object.entries(announcements).map(([place, config]) =>
    dialect.take({ topic: `homeassistant/${place}/config`, payload: utf8(JSON.stringify(config)), retained: true }),
  );
  const devices = new Map(changes.at(-1)?.flatMap((change) => (change.kind === "announced" ? [[change.device.foreignId, change.device]] : [])));
  return (foreignId) => {
    const device = devices.get(foreignId);
    if (!device) throw new Error(`${foreignId} is not among ${[...devices.keys()].join()}`);
    return device;
  };
}
const accepted = (device: ForeignDevice) => ({ foreignId: device.foreignId, whole: device.whole, wires: wiresOf(device) });

describe("bridge: told as accepted", (it) => {
  it("a lock is so under the name that it gets with a second thing, and the second thing is not, whichever comes first", () => {
    const isAsAccepted = toldAsAccepted([accepted(made({ "lock/lock": lock })("door"))]);
    for (const both of [
      { "lock/lock": lock, "light/bell": bell },
      { "light/bell": bell, "lock/lock": lock },
    ]) {
      assert.is(isAsAccepted(made(both)("door/lock")), true);
      assert.is(isAsAccepted(made(both)("door/bell")), false);
    }
  });

  it("an accepted part is not when it is told where another accepted part is, even by the same wires", () => {
    const before = made({ "switch/left": { ...lamp, uniq_id: "left" }, "switch/right": lock });
    const isAsAccepted = toldAsAccepted([accepted(before("door/left")), accepted(before("door/right"))]);
    const after = made({ "switch/left": { ...lock, uniq_id: "left" }, "switch/right": lock });
    assert.is(isAsAccepted(after("door/left")), false);
    assert.is(isAsAccepted(after("door/right")), true);
    assert.is(isAsAccepted(before("door/left")), true);
  });

  it("what nothing was accepted of is not", () => {
    assert.is(toldAsAccepted([])(made({ "lock/lock": lock })("door")), false);
  });
});
