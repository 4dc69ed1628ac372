/** What announces itself as Home Assistant wants it, entity by entity or as a device, is read as data, and what needs a template is refused by name. */
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { hear, tell } from "../../src/bridge/exchange.ts";
import type { Change, Dialect, ForeignDevice } from "../../src/bridge/foreign-device.ts";
import { homeAssistant } from "../../src/bridge/home-assistant.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { catalogue } from "../kit/named-things.ts";

const fresh = (): Dialect => homeAssistant({ drivers: catalogue.drivers });
const say = (dialect: Dialect, topic: string, payload: unknown): readonly Change[] =>
  dialect.take({ topic: `homeassistant/${topic}`, payload: utf8(typeof payload === "string" ? payload : JSON.stringify(payload)), retained: true }) ??
  [];
const announced = (changes: readonly Change[]): ForeignDevice[] => changes.flatMap((change) => (change.kind === "announced" ? [change.device] : []));
const reasons = (changes: readonly Change[]): string => changes.flatMap((change) => (change.kind === "refused" ? [change.reason] : [])).join("\n");

/** As ESPHome says it: short names, and topics from a base. */
const esphome = (i: number) => {
  const device = { ids: `a4cf12${i.toString(16).padStart(6, "0")}`, name: `Desk ${i}`, mf: "Espressif", mdl: "esp32dev", sw: "2025.4.0" };
  const common = { avty_t: `desk-${i}/status`, dev: device };
  return {
    light: {
      ...common,
      schema: "json",
      "~": `desk-${i}/light/lamp`,
      stat_t: "~/state",
      cmd_t: "~/command",
      brightness: true,
      supported_color_modes: ["brightness"],
      name: "Lamp",
      uniq_id: `${i}-l`,
    },
    temperature: {
      ...common,
      stat_t: `desk-${i}/sensor/temperature/state`,
      dev_cla: "temperature",
      unit_of_meas: "°C",
      name: "Temperature",
      uniq_id: `${i}-t`,
    },
    signal: {
      ...common,
      stat_t: `desk-${i}/sensor/wifi/state`,
      dev_cla: "signal_strength",
      ent_cat: "diagnostic",
      name: "Signal",
      uniq_id: `${i}-s`,
    },
  };
};

const plug = (more: Readonly<Record<string, unknown>> = {}) => ({
  name: "Pump",
  unique_id: "pump-1",
  state_topic: "garden/pump",
  command_topic: "garden/pump/set",
  device: { identifiers: ["pump"], name: "Pump", manufacturer: "Own", model: "P" },
  ...more,
});

describe("bridge: discovery of Home Assistant", (it) => {
  it("takes forty devices of ESPHome, each out of three announcements", () => {
    const dialect = fresh();
    for (let i = 0; i < 40; i++) {
      const { light, temperature, signal } = esphome(i);
      say(dialect, `sensor/desk-${i}/signal/config`, signal);
      say(dialect, `light/desk-${i}/lamp/config`, light);
      const [device] = announced(say(dialect, `sensor/desk-${i}/temperature/config`, temperature));
      assert.equal([device?.name, device?.description.Class, device?.description.Manufacturer], [`Desk ${i}`, "light", "Espressif"]);
      assert.equal(hear(device!, { topic: `desk-${i}/light/lamp/state`, payload: utf8('{"state":"ON","brightness":51}') })?.values, [
        { Name: "On", Value: true },
        { Name: "Brightness", Value: 20 },
      ]);
      assert.equal(tell(device!, "Set", [{ Name: "Brightness", Value: 100 }]), [
        { topic: `desk-${i}/light/lamp/command`, payload: '{"state":"ON","brightness":255}' },
      ]);
      assert.is(hear(device!, { topic: `desk-${i}/status`, payload: utf8("offline") })?.online, false);
    }
  });

  it("takes the same out of one message of a device, and lets one component go", () => {
    const dialect = fresh();
    const cmps = {
      sw: { p: "switch", uniq_id: "w1", val_tpl: "{{ value_json.relay }}", name: null },
      pw: { p: "sensor", uniq_id: "w2", dev_cla: "power", unit_of_meas: "W", val_tpl: "{{ value_json['power'] }}" },
    };
    const root = { dev: { ids: ["wall"], name: "Wall" }, o: { name: "own" }, stat_t: "wall/state", cmd_t: "wall/set" };
    const [wall] = announced(say(dialect, "device/wall/config", { ...root, cmps }));
    assert.equal(hear(wall!, { topic: "wall/state", payload: utf8('{"relay":"ON","power":7.5}') })?.values, [
      { Name: "On", Value: true },
      { Name: "Power", Value: 7.5 },
    ]);
    const [less] = announced(say(dialect, "device/wall/config", { ...root, cmps: { ...cmps, pw: { p: "sensor" } } }));
    assert.equal(
      less?.description.Properties.map(({ Name }) => Name),
      ["On"],
    );
    assert.equal(say(dialect, "device/wall/config", ""), [{ kind: "gone", foreignId: "wall" }]);
  });

  it("knows a lock by what it says when it is locked, and a door that is open", () => {
    const [lock] = announced(say(fresh(), "lock/front/config", plug({ name: "Front", payload_unlock: "OPENUP" })));
    assert.equal(tell(lock!, "Unlock", []), [{ topic: "garden/pump/set", payload: "OPENUP" }]);
    const [door] = announced(say(fresh(), "binary_sensor/d/config", plug({ device_class: "door", command_topic: undefined })));
    assert.equal(hear(door!, { topic: "garden/pump", payload: utf8("ON") })?.values, [{ Name: "Open", Value: true }]);
  });

  const bad: readonly (readonly [what: string, config: Readonly<Record<string, unknown>>, reason: RegExp])[] = [
    [
      "a template that would have to be evaluated",
      { value_template: "{{ value_json.a if value_json.b else 'ON' }}" },
      /value_template is a template that would have to be evaluated/,
    ],
    ["a template with a filter", { value_template: "{{ value_json.a | int }}" }, /would have to be evaluated/],
    ["a template that reaches for Python", { value_template: "{{ value_json.__class__['x'].mro() }}" }, /would have to be evaluated/],
    ["a command made by a template", { command_template: "{{ value_json.x }}" }, /command_template/],
    ["a wildcard", { state_topic: "garden/#" }, /no topic of a device/],
    ["a topic of the house", { command_topic: "mesh/lamp/set" }, /no topic of a device/],
    ["no state", { state_topic: undefined }, /whether it obeys could never be known/],
    ["a state topic that is a number", { state_topic: 5 }, /could never be known/],
  ];
  for (const [what, more, reason] of bad) {
    it(`refuses ${what}, and says what`, () => {
      assert.match(reasons(say(fresh(), "switch/pump/config", plug(more))), reason);
    });
  }

  it("refuses a device form without identifiers or components, and what is no object", async () => {
    await throwsMesh(() => say(fresh(), "device/x/config", { dev: {}, cmps: {} }), "ERR_SCHEMA");
    await throwsMesh(() => say(fresh(), "device/x/config", { dev: { ids: "x" } }), "ERR_SCHEMA");
    await throwsMesh(() => say(fresh(), "switch/x/config", "[]"), "ERR_SCHEMA");
    assert.equal(say(fresh(), "switch/a b/config", plug()), []);
  });

  it("answers any JSON with a reason or a device", () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 5 }),
        fc.constantFrom("light", "cover", "climate", "lock", "sensor", "fan", "device"),
        (value, platform) => {
          try {
            say(fresh(), `${platform}/x/config`, value);
            say(fresh(), `${platform}/x/config`, {
              ...plug(),
              device: value,
              availability: value,
              position_topic: "a/b",
              cmps: value,
              dev: { ids: "x" },
            });
          } catch (error) {
            if (!isMeshError(error)) throw error;
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("costs little whatever a template holds", () => {
    const components = Object.fromEntries(
      Array.from({ length: 64 }, (_, i) => [
        `c${i}`,
        { platform: "sensor", device_class: "temperature", state_topic: `x/${i}`, value_template: `{{${" ".repeat(509)}x`, unique_id: `u${i}` },
      ]),
    );
    const before = process.cpuUsage();
    say(fresh(), "device/slow/config", { device: { identifiers: ["slow"] }, components });
    const { user, system } = process.cpuUsage(before);
    // Twenty seconds, where braces and blanks were taken apart by one expression.
    assert.ok(user + system < 5_000_000, `${(user + system) / 1000} ms`);
  });

  it("keeps no more than its bounds, and says them", async () => {
    await throwsMesh(() => say(fresh(), "sensor/big/config", { ...plug(), junk: "x".repeat(70_000) }), "ERR_TOO_LARGE");
    const dialect = fresh();
    const entity = (i: number): unknown => ({ ...plug({ unique_id: `e${i}`, state_topic: `garden/${i}` }) });
    for (let i = 0; i < 64; i++) say(dialect, `switch/e${i}/config`, entity(i));
    await throwsMesh(() => say(dialect, "switch/e64/config", entity(64)), "ERR_QUOTA");
    // One that is taken back makes room.
    say(dialect, "switch/e0/config", "");
    say(dialect, "switch/e64/config", entity(64));
  });
});
