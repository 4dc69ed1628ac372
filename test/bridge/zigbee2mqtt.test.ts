/** What zigbee2mqtt announces becomes a description of the house, and what is broken or hostile in it becomes a reason. */
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { hear, tell } from "../../src/bridge/exchange.ts";
import type { Change, ForeignDevice } from "../../src/bridge/foreign-device.ts";
import { announcedDevices, mostDevices, zigbee2mqtt } from "../../src/bridge/zigbee2mqtt.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { catalogue } from "../kit/named-things.ts";
import { entryOf, fleetDevices, listOf } from "../kit/zigbee-fleet.ts";

const options = { base: "zigbee2mqtt", drivers: catalogue.drivers };
const read = (list: unknown): readonly Change[] => announcedDevices(utf8(typeof list === "string" ? list : JSON.stringify(list)), options);
const announced = (changes: readonly Change[]): ForeignDevice[] => changes.flatMap((change) => (change.kind === "announced" ? [change.device] : []));
const refused = (changes: readonly Change[]): string[] => changes.flatMap((change) => (change.kind === "refused" ? [change.reason] : []));
const fleet = fleetDevices();
const one = (model: string): ForeignDevice => {
  const device = fleet.find(({ kind }) => kind.model === model);
  const [found] = announced(read([entryOf(device!)]));
  if (!found) throw new Error(`${model} was not taken`);
  return found;
};
const said = (device: ForeignDevice, payload: unknown, topic = device.readings[0]!.topic): Record<string, unknown> =>
  Object.fromEntries((hear(device, { topic, payload: utf8(JSON.stringify(payload)) })?.values ?? []).map(({ Name, Value }) => [Name, Value]));

describe("bridge: zigbee2mqtt", (it) => {
  it("takes forty devices, and not the coordinator", () => {
    const changes = read(listOf(fleet));
    assert.equal(refused(changes), []);
    assert.is(announced(changes).length, 40);
    assert.equal(
      announced(changes)
        .slice(0, 8)
        .map(({ description }) => description.Class),
      ["light", "plug", "contact", "leak", "sensor", "button", "lock", "thermostat"],
    );
  });

  it("describes a light in the bounds of its driver, and puts what is set together into one message", () => {
    const light = one("ZL-1");
    const { Manufacturer, Model, Properties, Commands } = light.description;
    assert.equal([Manufacturer, Model], ["Fernwood", "ZL-1"]);
    assert.equal(
      Properties.map(({ Name, Minimum, Maximum, Writable }) => [Name, Minimum, Maximum, Writable]),
      [
        ["On", undefined, undefined, true],
        ["Brightness", 0, 100, true],
        ["ColourTemperature", 2203, 6500, true],
      ],
    );
    assert.equal(Commands, [{ Name: "Set", Arguments: ["On", "Brightness", "ColourTemperature"] }]);
    assert.equal(said(light, { state: "ON", brightness: 254, color_temp: 370 }), { On: true, Brightness: 100, ColourTemperature: 2703 });
    assert.equal(
      tell(light, "Set", [
        { Name: "On", Value: true },
        { Name: "Brightness", Value: 50 },
      ]),
      [{ topic: `zigbee2mqtt/${light.name}/set`, payload: '{"state":"ON","brightness":127}' }],
    );
    assert.equal(light.greetings, [{ topic: `zigbee2mqtt/${light.name}/get`, payload: '{"state":"","brightness":"","color_temp":""}' }]);
  });

  it("knows a closed contact as not open, a press as an event, and a lock as what has no setting", () => {
    assert.equal(said(one("ZC-1"), { contact: true, battery: 80 }), { Open: false, Battery: 80 });
    const button = one("ZB-1");
    assert.equal(hear(button, { topic: button.readings[0]!.topic, payload: utf8('{"action":"double"}') })?.isPress, true);
    assert.equal(said(button, { action: "" }), {});
    const lock = one("ZK-1");
    assert.equal(
      lock.description.Commands.map(({ Name }) => Name),
      ["Lock", "Unlock"],
    );
    assert.is(lock.description.Judges, undefined);
    assert.equal(tell(lock, "Unlock", []), [{ topic: `zigbee2mqtt/${lock.name}/set`, payload: '{"state":"UNLOCK"}' }]);
    assert.is(tell(lock, "Set", [{ Name: "Locked", Value: false }]), undefined);
  });

  it("lets nothing be set warmer than the driver does", () => {
    const [device] = fleet.filter(({ kind }) => kind.model === "ZH-1");
    const entry = JSON.parse(JSON.stringify(entryOf(device!)).replace('"value_max":30', '"value_max":80')) as Record<string, unknown>;
    const [taken] = announced(read([entry]));
    assert.equal(taken?.description.Properties.find(({ Name }) => Name === "Target")?.Maximum, 30);
  });

  it("makes a device of each endpoint", () => {
    const state = (endpoint: string) => ({
      type: "switch",
      endpoint,
      features: [{ type: "binary", name: "state", property: `state_${endpoint}`, access: 7, value_on: "ON", value_off: "OFF", endpoint }],
    });
    const entry = { ...entryOf(fleet[1]!), definition: { model: "D2", vendor: "v", description: "two", exposes: [state("left"), state("right")] } };
    const devices = announced(read([entry]));
    assert.equal(
      devices.map(({ foreignId, name }) => [foreignId, name]),
      [
        [`${fleet[1]!.address}/left`, `${fleet[1]!.name} left`],
        [`${fleet[1]!.address}/right`, `${fleet[1]!.name} right`],
      ],
    );
    assert.equal(tell(devices[1]!, "Set", [{ Name: "On", Value: true }])?.[0]?.payload, '{"state_right":"ON"}');
  });

  const entry = entryOf(fleet[0]!);
  const bad: readonly (readonly [what: string, entry: unknown, reason: RegExp])[] = [
    ["a wildcard as its name", { ...entry, friendly_name: "kitchen/#" }, /no topic of a device/],
    ["a control character in its name", { ...entry, friendly_name: "a\u0000b" }, /no topic of a device/],
    ["a topic of the bridge as its name", { ...entry, friendly_name: "bridge/devices" }, /a topic of the bridge itself/],
    ["another device's command topic as its name", { ...entry, friendly_name: "lamp/set" }, /a topic of the bridge itself/],
    ["an address that is none", { ...entry, ieee_address: "../../etc" }, /no address of Zigbee/],
    ["an address that is a number", { ...entry, ieee_address: 5 }, /no address of Zigbee/],
    ["no definition", { ...entry, definition: null }, /does not know what it is/],
    ["exposes that are text", { ...entry, definition: { exposes: "light" } }, /nothing that the house knows/],
    [
      "features of wrong types",
      { ...entry, definition: { exposes: [{ type: "light", features: [{ name: 5, property: {}, access: "7" }] }] } },
      /says nothing/,
    ],
  ];
  for (const [what, broken, reason] of bad) {
    it(`refuses ${what} with a reason, and takes the others`, () => {
      const changes = read([broken, entryOf(fleet[1]!)]);
      assert.match(refused(changes).join(), reason);
      assert.is(announced(changes).length, 1);
    });
  }

  it("refuses the second of two with one address, and of two with one name", () => {
    assert.match(refused(read([entry, { ...entry, friendly_name: "other" }])).join(), /in the list twice/);
    assert.match(refused(read([entry, { ...entry, ieee_address: "0x00158d00000000ff" }])).join(), /two devices are called/);
  });

  it("keeps slashes in topics and markup in names as what they are: topics and text", () => {
    const [device] = announced(read([{ ...entry, friendly_name: "floor/<b>kitchen</b>" }]));
    assert.is(device?.readings[0]?.topic, "zigbee2mqtt/floor/<b>kitchen</b>");
    assert.is(device?.name, "floor <b>kitchen< b>");
  });

  it("takes so many devices and no more", () => {
    const changes = read(fleetDevices(mostDevices + 20).map(entryOf));
    assert.is(announced(changes).length, mostDevices);
    assert.match(refused(changes).join(), /256 devices here, and no more/);
  });

  it("refuses a list beyond 1 MB, one that is none, and one that is no JSON", async () => {
    await throwsMesh(() => read(`[${" ".repeat(1024 * 1024)}]`), "ERR_TOO_LARGE");
    await throwsMesh(() => read({}), "ERR_SCHEMA");
    await throwsMesh(() => read("[{"), "ERR_ENCODING");
    await throwsMesh(() => read(`${"[".repeat(40)}${"]".repeat(40)}`), "ERR_ENCODING");
  });

  it("tells which devices are gone when a new list lacks them", () => {
    const dialect = zigbee2mqtt(options);
    const message = (list: string) => ({ topic: "zigbee2mqtt/bridge/devices", payload: utf8(list), retained: true });
    assert.is(dialect.take(message(listOf(fleet)))?.length, 40);
    const changes = dialect.take(message(listOf(fleet.slice(0, 39)))) ?? [];
    assert.equal(
      changes.filter(({ kind }) => kind === "gone"),
      [{ kind: "gone", foreignId: fleet[39]!.address }],
    );
    assert.is(dialect.take({ topic: "zigbee2mqtt/bridge/groups", payload: utf8("[]"), retained: true }), undefined);
  });

  it("answers any JSON with a reason or a device, and never with anything else", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        try {
          read([value, { ...entry, definition: value as object }, { ...entry, definition: { exposes: value as object } }]);
        } catch (error) {
          if (!isMeshError(error)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
