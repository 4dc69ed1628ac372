/** The same bad input for every kind of bridge: what is broken is refused or left out, and nothing of it is more than text. */
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import type { Change, Dialect, ForeignDevice } from "../../src/bridge/foreign-device.ts";
import { homeAssistant } from "../../src/bridge/home-assistant.ts";
import { shelly } from "../../src/bridge/shelly.ts";
import { tasmota } from "../../src/bridge/tasmota.ts";
import { zigbee2mqtt } from "../../src/bridge/zigbee2mqtt.ts";
import { assert, describe } from "../harness/suite.ts";
import { announcedSwitches, esphomeLights, type FleetKind, shellySwitches, tasmotaPlugs } from "../kit/foreign-fleets.ts";
import { catalogue } from "../kit/named-things.ts";
import { fleetDevices, listOf } from "../kit/zigbee-fleet.ts";

const { drivers } = catalogue;

/** One kind of bridge: how it reads, and what one device says of itself, with its name. */
interface Kind {
  readonly dialect: () => Dialect;
  readonly said: (name: string) => readonly { readonly topic: string; readonly text: string }[];
}

/** What a fleet's first device says, also when it is asked. */
const ofFleet = (make: (name: string) => FleetKind, named: string): Kind["said"] => {
  const answers = ["Shelly.GetDeviceInfo", "Shelly.GetStatus"].map((method) => JSON.stringify({ id: 1, src: "shelly-hub/ID", method }));
  return (name) => {
    const kind = make("NAME");
    const own = kind.introduce(0);
    const [id = ""] = own[0]?.topic.split("/") ?? [];
    const asked = answers.flatMap((text) => kind.answer(`${id}/rpc`, text.replace("ID", id)));
    return [...own, ...(named === "shelly" ? asked : [])].map(({ topic, text }) => ({
      topic,
      text: text.replaceAll(/"NAME 0"/g, () => JSON.stringify(name)),
    }));
  };
};
const kinds: Readonly<Record<string, Kind>> = {
  zigbee2mqtt: {
    dialect: () => zigbee2mqtt({ base: "zigbee2mqtt", drivers }),
    said: (name) => [{ topic: "zigbee2mqtt/bridge/devices", text: listOf([{ ...fleetDevices(1)[0]!, name }]) }],
  },
  tasmota: { dialect: () => tasmota({ drivers }), said: ofFleet(tasmotaPlugs, "tasmota") },
  shelly: { dialect: () => shelly({ drivers }), said: ofFleet(shellySwitches, "shelly") },
  esphome: { dialect: () => homeAssistant({ drivers }), said: ofFleet(esphomeLights, "esphome") },
  homeassistant: { dialect: () => homeAssistant({ drivers }), said: ofFleet(announcedSwitches, "homeassistant") },
};

const take = (dialect: Dialect, { topic, text }: { readonly topic: string; readonly text: string }): readonly Change[] =>
  dialect.take({ topic, payload: utf8(text), retained: false }) ?? [];
const announced = (changes: readonly Change[]): ForeignDevice[] => changes.flatMap((change) => (change.kind === "announced" ? [change.device] : []));
/** What comes of it, with reasons in the place of errors; anything else than a reason fails. */
function outcome(dialect: Dialect, message: { readonly topic: string; readonly text: string }): readonly Change[] | string {
  try {
    return take(dialect, message);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return error.code;
  }
}

describe("bridge: bad input", (it) => {
  for (const [name, { dialect, said }] of Object.entries(kinds)) {
    it(`${name}: a name with slashes, markup and a template is a name`, () => {
      const fresh = dialect();
      const device = announced(said("floor/<b onclick=x>kitchen</b>\u202e {{ 7*7 }}").flatMap((message) => take(fresh, message))).at(-1);
      assert.is(device?.name, "floor <b onclick=x>kitchen< b> {{ 7*7 }}");
    });

    it(`${name}: 1 MB, no JSON and another type are refused with a reason, or say nothing, and the next is taken`, () => {
      const fresh = dialect();
      const good = said("pump");
      for (const text of [
        `"${"x".repeat(1024 * 1024)}"`,
        "[".repeat(60),
        "null",
        "17",
        '"text"',
        "{}",
        "[]",
        "\u0000",
        "{",
        `{"a":${"[".repeat(40)}`,
      ]) {
        const came = good.map(({ topic }) => outcome(fresh, { topic, text })).filter((one) => typeof one !== "string");
        assert.equal(
          came.flatMap((changes) => announced(changes as readonly Change[])),
          [],
          text.slice(0, 20),
        );
      }
      assert.is(announced(good.flatMap((message) => take(fresh, message))).at(-1)?.name, "pump");
    });

    it(`${name}: any JSON in the place of any part is answered with a reason or a device`, () => {
      const messages = said("pump");
      fc.assert(
        fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), fc.nat(), (value, at, where) => {
          const { topic, text } = messages[at % messages.length]!;
          const parsed = parsedOf(text);
          const fresh = dialect();
          for (const message of messages)
            outcome(fresh, message.topic === topic ? { topic, text: JSON.stringify(replaced(parsed, value, where)) } : message);
        }),
        { numRuns: 150 },
      );
    });
  }

  it("Home Assistant: two things of one device with one object are two, whatever comes first", () => {
    const dev = { ids: "wall", name: "Wall" };
    const switchOf = (topic: string) => ({ name: topic, stat_t: `wall/${topic}`, cmd_t: `wall/${topic}/set`, uniq_id: "same", dev });
    const first = { topic: "homeassistant/switch/wall/relay/config", text: JSON.stringify(switchOf("one")) };
    const second = { topic: "homeassistant/light/wall/relay/config", text: JSON.stringify(switchOf("two")) };
    const idsOf = (messages: readonly (typeof first)[]): string[] => {
      const dialect = homeAssistant({ drivers });
      return announced(messages.map((message) => take(dialect, message)).at(-1) ?? [])
        .map(({ foreignId, writings }) => `${foreignId} ${writings[0]?.topic}`)
        .sort();
    };
    assert.equal(idsOf([first, second]), ["wall/light/wall/relay wall/two/set", "wall/switch/wall/relay wall/one/set"]);
    assert.equal(idsOf([second, first]), idsOf([first, second]));
    const twice = JSON.stringify({ dev, cmps: { "a/b": { p: "switch", stat_t: "x", cmd_t: "y" }, "c/b": { p: "switch", stat_t: "z", cmd_t: "w" } } });
    assert.equal(idsOf([{ topic: "homeassistant/device/wall/config", text: twice }]), ["wall/device/wall/a/b y", "wall/device/wall/c/b w"]);
  });

  it("Home Assistant: what a device measures belongs to the same of its things, in whatever order the broker tells them", () => {
    const dev = { ids: "wall", name: "Wall" };
    const of = (object: string) => ({ stat_t: `wall/${object}`, uniq_id: object, dev });
    const messages = [
      { topic: "homeassistant/switch/wall/left/config", text: JSON.stringify({ ...of("left"), cmd_t: "wall/left/set" }) },
      { topic: "homeassistant/switch/wall/right/config", text: JSON.stringify({ ...of("right"), cmd_t: "wall/right/set" }) },
      { topic: "homeassistant/sensor/wall/load/config", text: JSON.stringify({ ...of("load"), dev_cla: "power", unit_of_meas: "W" }) },
    ];
    const made = (order: readonly number[]): string[] => {
      const dialect = homeAssistant({ drivers });
      return announced(order.map((at) => take(dialect, messages[at]!)).at(-1) ?? [])
        .map(({ foreignId, description }) => `${foreignId} ${description.Properties.map(({ Name }) => Name).join()}`)
        .sort();
    };
    for (const order of [
      [0, 2, 1],
      [1, 0, 2],
      [2, 1, 0],
    ])
      assert.equal(made(order), made([0, 1, 2]));
    assert.is(made([0, 1, 2]).length, 2);
  });
});

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The value with one part of it replaced: the one of this number, counted as they stand. */
function replaced(value: unknown, by: unknown, where: number): unknown {
  const count = (one: unknown): number =>
    1 + (one !== null && typeof one === "object" ? Object.values(one).reduce((sum: number, part) => sum + count(part), 0) : 0);
  let left = where % count(value);
  const walk = (one: unknown): unknown => {
    if (left-- === 0) return by;
    if (Array.isArray(one)) return one.map(walk);
    return one !== null && typeof one === "object" ? Object.fromEntries(Object.entries(one).map(([key, part]) => [key, walk(part)])) : one;
  };
  return walk(value);
}
