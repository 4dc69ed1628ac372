/** Shelly devices of the second generation are asked what they are, heard and told by their RPC. */
import { utf8 } from "../../src/base/bytes.ts";
import { hear, tell } from "../../src/bridge/exchange.ts";
import type { Change, Dialect, ForeignDevice } from "../../src/bridge/foreign-device.ts";
import { shelly } from "../../src/bridge/shelly.ts";
import { assert, describe } from "../harness/suite.ts";
import { catalogue } from "../kit/named-things.ts";

const idOf = (i: number): string => `shellyplus1pm-a8032a${i.toString(16).padStart(6, "0")}`;
const say = (dialect: Dialect, topic: string, payload: unknown, retained = false): readonly Change[] | undefined =>
  dialect.take({ topic, payload: utf8(typeof payload === "string" ? payload : JSON.stringify(payload)), retained });
const announced = (changes: readonly Change[] = []): ForeignDevice[] =>
  changes.flatMap((change) => (change.kind === "announced" ? [change.device] : []));
const relay = { "switch:0": { id: 0, output: false, apower: 0, voltage: 230.1, aenergy: { total: 1250 } }, sys: { mac: "A8032A" } };

function meet(dialect: Dialect, id: string, status: unknown = relay, info: Readonly<Record<string, unknown>> = {}): readonly Change[] {
  say(dialect, `${id}/online`, "true", true);
  say(dialect, `shelly-hub/${id}/rpc`, {
    id: 1,
    src: id,
    dst: "shelly-hub",
    result: { id, model: "SNSW-001P16EU", gen: 2, ver: "1.4.4", app: "Plus1PM", ...info },
  });
  return say(dialect, `shelly-hub/${id}/rpc`, { id: 1, src: id, dst: "shelly-hub", result: status }) ?? [];
}

describe("bridge: Shelly", (it) => {
  it("asks what is online, and takes forty of them", () => {
    const dialect = shelly({ drivers: catalogue.drivers });
    const asked = say(dialect, `${idOf(0)}/online`, "true", true);
    assert.equal(
      asked?.flatMap((change) => (change.kind === "asked" ? change.messages : [])).map(({ topic, payload }) => [topic, JSON.parse(payload).method]),
      [
        [`${idOf(0)}/rpc`, "Shelly.GetDeviceInfo"],
        [`${idOf(0)}/rpc`, "Shelly.GetStatus"],
      ],
    );
    for (let i = 1; i <= 40; i++)
      assert.equal(
        announced(meet(dialect, idOf(i))).map(({ foreignId }) => foreignId),
        [idOf(i)],
      );
  });

  it("hears what changes and what it is asked, and switches by RPC", () => {
    const [plug] = announced(meet(shelly({ drivers: catalogue.drivers }), idOf(1), relay, { name: "Boiler" }));
    assert.equal([plug?.name, plug?.description.Class, plug?.description.Model], ["Boiler", "plug", "SNSW-001P16EU"]);
    const values = (topic: string, payload: unknown) => hear(plug!, { topic, payload: utf8(JSON.stringify(payload)) })?.values;
    assert.equal(values(`${idOf(1)}/events/rpc`, { method: "NotifyStatus", params: { ts: 1, "switch:0": { id: 0, output: true, apower: 12.5 } } }), [
      { Name: "On", Value: true },
      { Name: "Power", Value: 12.5 },
    ]);
    assert.equal(values(`shelly-hub/${idOf(1)}/rpc`, { result: relay })?.find(({ Name }) => Name === "Energy")?.Value, 1.25);
    const [message] = tell(plug!, "Set", [{ Name: "On", Value: true }]) ?? [];
    assert.is(message?.topic, `${idOf(1)}/rpc`);
    assert.equal(JSON.parse(message?.payload ?? ""), { id: 2, src: `shelly-hub/${idOf(1)}`, method: "Switch.Set", params: { id: 0, on: true } });
    assert.is(hear(plug!, { topic: `${idOf(1)}/online`, payload: utf8("false") })?.online, false);
  });

  it("makes a device of each switch, a light of a dimmer, a sensor of what measures, and nothing of the rest", () => {
    const dialect = shelly({ drivers: catalogue.drivers });
    const two = { ...relay, "switch:1": { id: 1, output: true } };
    assert.equal(
      announced(meet(dialect, idOf(1), two)).map(({ foreignId }) => foreignId),
      [`${idOf(1)}/switch:0`, `${idOf(1)}/switch:1`],
    );
    assert.is(announced(meet(dialect, idOf(2), { sys: {}, "light:0": { output: true, brightness: 40 } }))[0]?.description.Class, "light");
    const climate = { sys: {}, "temperature:0": { tC: 21.3 }, "humidity:0": { rh: 51 }, "devicepower:0": { battery: { percent: 80 } } };
    assert.is(announced(meet(dialect, idOf(3), climate))[0]?.description.Class, "sensor");
    assert.match(JSON.stringify(meet(dialect, idOf(4), { sys: {}, "script:1": {} })), /nothing that the house knows/);
  });

  it("takes no answer of another device, none that nobody asked for, and no name that is a path", () => {
    const dialect = shelly({ drivers: catalogue.drivers });
    assert.is(say(dialect, `shelly-hub/${idOf(1)}/rpc`, { src: idOf(1), result: relay }), undefined);
    say(dialect, `${idOf(1)}/online`, "true");
    assert.is(say(dialect, `shelly-hub/${idOf(1)}/rpc`, { src: idOf(2), result: relay }), undefined);
    assert.is(say(dialect, "a/b/online", "true"), undefined);
    assert.is(say(dialect, "mesh+/online", "true"), undefined);
  });
});
