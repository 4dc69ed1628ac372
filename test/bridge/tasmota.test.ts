/** What Tasmota announces by its own discovery becomes devices of the house. */
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { hear, tell } from "../../src/bridge/exchange.ts";
import type { Change, Dialect, ForeignDevice } from "../../src/bridge/foreign-device.ts";
import { tasmota } from "../../src/bridge/tasmota.ts";
import { assert, describe } from "../harness/suite.ts";
import { catalogue } from "../kit/named-things.ts";

const macOf = (i: number): string => `A4CF12${i.toString(16).toUpperCase().padStart(6, "0")}`;

/** The announcement of a device as its documentation tells. */
const configOf = (i: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  ip: "192.0.2.9",
  dn: `Socket ${i}`,
  fn: [`Socket ${i}`, null, null, null],
  hn: `socket-${i}`,
  mac: macOf(i),
  md: "Plug with meter",
  ty: 0,
  ofln: "Offline",
  onln: "Online",
  state: ["OFF", "ON", "TOGGLE", "HOLD"],
  sw: "14.1.0",
  t: `socket_${i}`,
  ft: "%prefix%/%topic%/",
  tp: ["cmnd", "stat", "tele"],
  rl: [1, 0, 0, 0, 0, 0, 0, 0],
  so: { "30": 0 },
  lt_st: 0,
  ver: 1,
  ...more,
});
const sensorsOf = { sn: { Time: "2026-01-01T00:00:00", ENERGY: { Total: 3.185, Power: 41, Voltage: 230, Current: 0.18 } }, ver: 1 };

const say = (dialect: Dialect, topic: string, payload: unknown): readonly Change[] =>
  dialect.take({ topic, payload: utf8(payload === "" ? "" : typeof payload === "string" ? payload : JSON.stringify(payload)), retained: true }) ?? [];
const announced = (changes: readonly Change[]): ForeignDevice[] => changes.flatMap((change) => (change.kind === "announced" ? [change.device] : []));
const one = (more: Readonly<Record<string, unknown>> = {}): readonly Change[] =>
  say(tasmota({ drivers: catalogue.drivers }), `tasmota/discovery/${macOf(1)}/config`, configOf(1, more));

describe("bridge: Tasmota", (it) => {
  it("takes forty plugs that measure, and forgets one whose announcement is taken back", () => {
    const dialect = tasmota({ drivers: catalogue.drivers });
    for (let i = 0; i < 40; i++) {
      say(dialect, `tasmota/discovery/${macOf(i)}/config`, configOf(i));
      const [device] = announced(say(dialect, `tasmota/discovery/${macOf(i)}/sensors`, sensorsOf));
      assert.equal([device?.foreignId, device?.description.Class, device?.name], [macOf(i), "plug", `Socket ${i}`]);
      assert.equal(
        device?.description.Properties.map(({ Name }) => Name),
        ["On", "Energy", "Power"],
      );
    }
    assert.equal(say(dialect, `tasmota/discovery/${macOf(3)}/config`, ""), [{ kind: "gone", foreignId: macOf(3) }]);
  });

  it("hears it in the answer to a command and in the state that comes from time to time, and switches it", () => {
    const [plug] = announced(one());
    const values = (topic: string, payload: string) => hear(plug!, { topic, payload: utf8(payload) });
    assert.equal(values("stat/socket_1/RESULT", '{"POWER":"ON"}')?.values, [{ Name: "On", Value: true }]);
    assert.equal(values("tele/socket_1/STATE", '{"POWER":"OFF","Wifi":{"RSSI":80}}')?.values, [{ Name: "On", Value: false }]);
    assert.is(values("tele/socket_1/LWT", "Offline")?.online, false);
    assert.equal(tell(plug!, "Set", [{ Name: "On", Value: true }]), [{ topic: "cmnd/socket_1/POWER1", payload: "ON" }]);
  });

  it("makes a light of a light, and a device of each relay", () => {
    const [light] = announced(one({ rl: [2], lt_st: 2 }));
    assert.equal(
      [light?.description.Class, light?.description.Properties.map(({ Name }) => Name)],
      ["light", ["On", "Brightness", "ColourTemperature"]],
    );
    assert.equal(tell(light!, "Set", [{ Name: "ColourTemperature", Value: 2700 }]), [{ topic: "cmnd/socket_1/CT", payload: "370" }]);
    const two = announced(one({ rl: [1, 1], fn: ["Left", "Right"] }));
    assert.equal(
      two.map(({ foreignId, name }) => [foreignId, name]),
      [
        [`${macOf(1)}/1`, "Left"],
        [`${macOf(1)}/2`, "Right"],
      ],
    );
  });

  it("reads degrees of Fahrenheit as such", () => {
    const dialect = tasmota({ drivers: catalogue.drivers });
    say(dialect, `tasmota/discovery/${macOf(1)}/config`, configOf(1, { rl: [0] }));
    const [sensor] = announced(
      say(dialect, `tasmota/discovery/${macOf(1)}/sensors`, { sn: { AM2301: { Temperature: 70, Humidity: 40 }, TempUnit: "F" }, ver: 1 }),
    );
    assert.is(sensor?.description.Class, "sensor");
    assert.equal(hear(sensor!, { topic: "tele/socket_1/SENSOR", payload: utf8('{"AM2301":{"Temperature":70,"Humidity":40}}') })?.values, [
      { Name: "Temperature", Value: 21.1 },
      { Name: "Humidity", Value: 40 },
    ]);
  });

  const bad: readonly (readonly [what: string, more: Readonly<Record<string, unknown>>, reason: RegExp])[] = [
    ["a wildcard in its topic", { t: "socket/#" }, /no topic of a device/],
    ["a topic of the house", { ft: "mesh/%prefix%%topic%" }, /no topic of a device/],
    ["another address than its topic's", { mac: macOf(2) }, /another one/],
    ["a version that is not known", { ver: 2 }, /version/],
    ["no form of its topics", { ft: 5 }, /no form/],
    ["relays of wrong types", { rl: "11" }, /nothing that the house knows/],
  ];
  for (const [what, more, reason] of bad) {
    it(`refuses ${what}`, () => {
      const [change] = one(more);
      assert.is(change?.kind, "refused");
      assert.match(JSON.stringify(change), reason);
    });
  }

  it("answers any JSON with a reason or a device", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        try {
          one({ rl: value, so: value, tp: value, fn: value, dn: value, sw: value });
          say(tasmota({ drivers: catalogue.drivers }), `tasmota/discovery/${macOf(1)}/sensors`, value);
        } catch (error) {
          if (!isMeshError(error)) throw error;
        }
      }),
      { numRuns: 200 },
    );
  });
});
