/** What is said of devices of every class, judged by the checker that plays Home Assistant, and what is read from it. */

import { utf8 } from "../../../src/base/bytes.ts";
import { silentLog } from "../../../src/base/log.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { checkArguments, describeDevice, loadDrivers } from "../../../src/driver/index.ts";
import { discoveryMessage } from "../../../src/hub/home-assistant/discovery-message.ts";
import { readObject, readSet } from "../../../src/hub/home-assistant/set-message.ts";
import { eventMessage, stateMessage } from "../../../src/hub/home-assistant/state-message.ts";
import { configTopic, readDeviceTopic } from "../../../src/hub/home-assistant/topics.ts";
import type { DeviceDescription, StateValue } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { readAnnouncement } from "../../kit/home-assistant.ts";
import { hostileNames } from "../../kit/played-house.ts";

const { drivers } = loadDrivers({ packageDir: packagePath("drivers"), log: silentLog });
const udf = "MBXX-YYYY-ZZZZ";

function described(deviceClass: string): DeviceDescription {
  const driver = drivers.get(deviceClass);
  if (!driver) throw new Error(`no driver ${deviceClass}`);
  return describeDevice(driver, { manufacturer: "Lumen Works", model: "L1", version: "1" });
}

const announce = (description: DeviceDescription, name = "thing") =>
  readAnnouncement(configTopic(udf), discoveryMessage({ udf, name, place: "Kitchen", description }));
const kindsOf = (deviceClass: string): string[] =>
  announce(described(deviceClass))
    .entities.map(({ platform, uniqueId }) => `${platform} ${uniqueId.slice(`mesh_${udf}_`.length)}`)
    .sort();
const state = (description: DeviceDescription, values: Record<string, StateValue["Value"]>, restored = false): Record<string, unknown> => {
  const Values = Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
  const reported = { DeviceUdf: udf, Sequence: 1, Time: "2026-01-01T00:00:00Z", Values };
  return JSON.parse(stateMessage(description, { deviceUdf: udf, status: "Online", updated: 0, restored, reported }) ?? "{}");
};

describe("Home Assistant: messages", (it) => {
  it("announces a device of every driver so that Home Assistant takes it", () => {
    for (const deviceClass of drivers.keys()) assert.ok(announce(described(deviceClass)).entities.length > 0, deviceClass);
  });

  it("is judged by a checker that refuses what Home Assistant would", () => {
    const text = discoveryMessage({ udf, name: "thing", description: described("light") });
    const plant = (change: (message: { components: Record<string, Record<string, unknown>> } & Record<string, unknown>) => void): string => {
      const message = JSON.parse(text);
      change(message);
      return JSON.stringify(message);
    };
    const faults: readonly (readonly [string, string])[] = [
      [plant((message) => void delete message.origin), "origin"],
      [plant((message) => void Object.assign(message, { device: { name: "x" } })), "identifiers"],
      [plant(({ components }) => void delete components.light?.unique_id), "unique_id"],
      [plant(({ components }) => void delete components.light?.command_topic), "command_topic"],
      [plant(({ components }) => void Object.assign(components.light ?? {}, { supported_color_modes: ["brightness", "hs"] })), "alone"],
      [plant(({ components }) => void Object.assign(components.light ?? {}, { command_topic: "mesh/+/set" })), "topic"],
      [plant(({ components }) => void Object.assign(components.label ?? {}, { value_template: "{{ states('x') }}" })), "template"],
      [plant(({ components }) => void Object.assign(components.label ?? {}, { platform: "sensor", colour: 1 })), "extra key"],
    ];
    for (const [planted, word] of faults) assert.throws(() => readAnnouncement(configTopic(udf), planted), new RegExp(word));
    assert.is(
      readAnnouncement(
        configTopic(udf),
        plant((message) => {
          message.dev = message.device;
          delete message.device;
          message.cmps = message.components;
          delete (message as Record<string, unknown>).components;
        }),
      ).entities.length,
      3,
    );
  });

  it("makes of each class what it is", () => {
    assert.equal(kindsOf("light"), ["button do_identify", "light light", "text label"]);
    assert.equal(kindsOf("plug"), ["button do_identify", "sensor energy", "sensor power", "switch switch"]);
    assert.equal(kindsOf("fan"), ["button do_identify", "fan fan"]);
    assert.equal(kindsOf("cover"), ["button do_identify", "cover cover"]);
    assert.equal(kindsOf("thermostat"), ["button do_identify", "climate climate", "sensor battery"]);
    assert.equal(kindsOf("valve"), ["button do_identify", "valve valve"]);
    assert.equal(kindsOf("button"), ["button do_identify", "event press", "sensor battery"]);
    assert.equal(kindsOf("motion").slice(1), ["binary_sensor occupied", "button do_identify", "sensor battery", "sensor illuminance"]);
  });

  it("offers nothing that opens, heats or alarms", () => {
    assert.equal(kindsOf("lock"), ["binary_sensor locked", "button do_identify", "button do_lock", "sensor battery"]);
    const kinds = kindsOf("siren").filter((kind) => kind.startsWith("button"));
    assert.equal(kinds, ["button do_identify"]);
    const ofCover = (deviceClass: string) => announce(described(deviceClass)).entities.find(({ platform }) => platform === "cover")?.config;
    assert.is(ofCover("garage-door")?.payload_open, null);
    assert.is(ofCover("garage-door")?.set_position_topic, undefined);
    assert.is(ofCover("garage-door")?.payload_close, '{"command":"Close"}');
    assert.is(ofCover("cover")?.payload_open, '{"command":"Open"}');
    const valve = announce(described("valve")).entities.find(({ platform }) => platform === "valve")?.config;
    assert.equal([valve?.payload_open, valve?.payload_close], [null, '{"command":"Close"}']);
    // A class that the package does not know is shown and cannot be ordered.
    const unknown = { ...described("plug"), Class: "reactor" };
    assert.equal(
      announce(unknown).entities.map(({ platform }) => platform),
      ["binary_sensor", "sensor", "sensor"],
    );
  });

  it("lets no text of a device into a template or a topic", () => {
    const hostile = "x') }}{% for x in y %}";
    const light = described("light");
    const description: DeviceDescription = {
      ...light,
      Manufacturer: hostile,
      Properties: [...light.Properties, { Name: hostile, Type: "number" }, { Name: "a/b#+", Type: "boolean" }, { Name: "State", Type: "string" }],
      Commands: [...light.Commands, { Name: hostile }],
    };
    for (const name of hostileNames) {
      const { device, entities } = announce(description, name);
      assert.ok(typeof device.name === "string" && device.name.length > 0 && !/[\p{Cc}\p{Cf}]/u.test(device.name), name);
      assert.ok(!JSON.stringify(entities).includes("for x in y"));
      assert.ok(entities.some(({ uniqueId }) => uniqueId.endsWith("its_state")));
    }
    assert.is(announce(description, "").device.name, udf);
  });

  it("takes away what an announcement has no more", () => {
    const text = discoveryMessage({ udf, name: "thing", description: described("plug") }, { old: "sensor" });
    assert.ok(text.includes('"old":{"platform":"sensor"}'));
    assert.is(readAnnouncement(configTopic(udf), text).entities.length, 4);
  });

  it("says what was reported and nothing else, and whether it is from before", () => {
    const light = described("colour-light");
    const white = state(light, { On: true, Brightness: 40, ColourTemperature: 2700, Hue: 10, Saturation: 0 }, true);
    assert.equal(white, { state: "ON", brightness: 40, color_temp: 370, color: { h: 10, s: 0 }, color_mode: "color_temp", restored: true });
    const red = state(light, { On: false, Brightness: 40, ColourTemperature: 2700, Hue: 0, Saturation: 100 });
    assert.equal([red.color_mode, red.state, red.restored], ["hs", "OFF", false]);
    assert.equal(state(described("contact"), { Open: true }), { open: "ON", restored: false });
    assert.is(stateMessage(light, undefined), undefined);
  });

  it("keeps the presses of a button out of its state", () => {
    const button = described("button");
    const values = [
      { Name: "Press", Value: "double" },
      { Name: "Presses", Value: 7 },
      { Name: "Battery", Value: 80 },
    ];
    assert.equal(state(button, { Press: "double", Presses: 7, Battery: 80 }), { battery: 80, restored: false });
    assert.is(eventMessage(button, ["Presses"], values), '{"event_type":"double"}');
    assert.is(eventMessage(button, ["Battery"], values), undefined);
    assert.is(eventMessage(described("motion"), ["Motion"], [{ Name: "Motion", Value: true }]), undefined);
  });

  it("reads orders as the device takes them", () => {
    const light = described("colour-light");
    const read = (description: DeviceDescription, text: string) => {
      const { command, arguments: values } = readSet(description, readObject(utf8(text)));
      return [command, ...checkArguments(description, command, values).map(({ Name, Value }) => `${Name}=${String(Value)}`)];
    };
    assert.equal(read(light, '{"state":"ON","brightness":40,"transition":2}'), ["Set", "On=true", "Brightness=40"]);
    assert.equal(read(light, '{"state":"ON","color_temp":370}'), ["Set", "On=true", "ColourTemperature=2700", "Saturation=0"]);
    assert.equal(read(light, '{"color":{"h":120,"s":50}}'), ["Set", "Hue=120", "Saturation=50"]);
    assert.equal(read(described("cover"), '{"command":"Stop"}'), ["Stop"]);
    assert.equal(read(described("thermostat"), '{"target":21.5}'), ["Set", "Target=21.5"]);
  });

  it("refuses by name what it does not understand", async () => {
    const light = described("light");
    const refused = async (text: string | Uint8Array, code: "ERR_COMMAND" | "ERR_TOO_LARGE", word: string): Promise<void> => {
      const error = await throwsMesh(() => readSet(light, readObject(typeof text === "string" ? utf8(text) : text)), code);
      assert.ok(error.message.includes(word), error.message);
    };
    await refused("", "ERR_COMMAND", "JSON");
    await refused("[]", "ERR_COMMAND", "object");
    await refused("{}", "ERR_COMMAND", "nothing");
    await refused(new Uint8Array([0xff, 0xfe]), "ERR_COMMAND", "JSON");
    await refused('{"state":"MAYBE"}', "ERR_COMMAND", "state");
    await refused('{"brightness":"40"}', "ERR_COMMAND", "brightness");
    await refused('{"flash":"long"}', "ERR_COMMAND", "flash");
    await refused('{"__proto__":{"x":1}}', "ERR_COMMAND", "__proto__");
    await refused('{"color":7}', "ERR_COMMAND", "color");
    await refused('{"color_temp":0}', "ERR_COMMAND", "color_temp");
    await refused('{"command":"Identify","state":"ON"}', "ERR_COMMAND", "command");
    await refused(`{"label":"${"x".repeat(5000)}"}`, "ERR_TOO_LARGE", "4096");
  });

  it("reads the topics of devices and no others", () => {
    assert.equal(readDeviceTopic(`mesh/${udf}/set`), { udf, verb: "set" });
    for (const topic of ["mesh/x/set/y", "mesh/x/event", "other/x/set", "mesh/set"]) assert.is(readDeviceTopic(topic), undefined);
  });
});
