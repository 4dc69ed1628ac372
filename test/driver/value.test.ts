/** Arguments of commands are checked with property, range and unit in the message; values are shown as people read them. */
import fc from "fast-check";
import { isMeshError } from "../../src/base/errors.ts";
import type { Datum } from "../../src/codec/datum.ts";
import { checkArguments, coalescingOf, describeDevice, describeProperty, formatValue } from "../../src/driver/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { catalogue, describing } from "../kit/named-things.ts";

const light = describing("light");
const speaker = describing("speaker");
const set = (Name: string, Value: Datum) => checkArguments(light, "Set", [{ Name, Value }])[0]?.Value;

describe("driver: values", (it) => {
  it("takes values in range, numbers also as text", () => {
    assert.is(set("On", true), true);
    assert.is(set("Brightness", 40), 40);
    assert.is(set("Brightness", "40"), 40);
    assert.is(set("Brightness", 40n), 40);
    assert.is(set("Brightness", 40.4), 40);
    assert.is(set("Brightness", 100), 100);
    assert.is(set("ColourTemperature", 2710), 2700);
    assert.equal(checkArguments(speaker, "Set", [{ Name: "Source", Value: "Radio" }]), [{ Name: "Source", Value: "Radio" }]);
    assert.equal(checkArguments(light, "Identify", []), []);
  });

  const refused: readonly (readonly [name: string, value: Datum, message: string])[] = [
    ["Brightness", 140, "Brightness must be 0 to 100 %, not 140"],
    ["Brightness", -1, "Brightness must be 0 to 100 %, not -1"],
    ["Brightness", Number.NaN, "Brightness must be 0 to 100 %, not null"],
    ["Brightness", "forty", 'Brightness must be 0 to 100 %, not "forty"'],
    ["Brightness", "0x10", 'Brightness must be 0 to 100 %, not "0x10"'],
    ["Brightness", true, "Brightness must be 0 to 100 %, not true"],
    ["Brightness", [1n], 'Brightness must be 0 to 100 %, not ["1"]'],
    ["ColourTemperature", 900, "ColourTemperature must be 2200 to 6500 K, not 900"],
    ["On", 1, "On must be true or false, not 1"],
    ["On", "true", 'On must be true or false, not "true"'],
    ["Brightnes", 1, 'a light has no property "Brightnes", nearest is Brightness'],
    ["__proto__", 1, 'a light has no property "__proto__"'],
  ];
  for (const [name, value, message] of refused) {
    it(message, async () => assert.is((await throwsMesh(() => set(name, value), "ERR_COMMAND")).message, message));
  }

  it("refuses unknown commands, missing and doubled arguments, and arguments that a command does not take", async () => {
    assert.match((await throwsMesh(() => checkArguments(light, "Sett", []), "ERR_COMMAND")).message, /no command "Sett", nearest is Set/);
    assert.match((await throwsMesh(() => checkArguments(light, "Toggle", []), "ERR_COMMAND")).message, /no command "Toggle"/);
    await throwsMesh(() => checkArguments(light, "Set", []), "ERR_COMMAND");
    const twice = [true, false].map((Value) => ({ Name: "On", Value }));
    await throwsMesh(() => checkArguments(light, "Set", twice), "ERR_COMMAND");
    await throwsMesh(() => checkArguments(light, "Identify", [{ Name: "On", Value: true }]), "ERR_COMMAND");
    assert.match(
      (await throwsMesh(() => checkArguments(speaker, "Set", [{ Name: "Source", Value: "Tape" }]), "ERR_COMMAND")).message,
      /one of Radio, LineIn/,
    );
  });

  it("gives a value in range or an ERR_COMMAND, whatever comes", () => {
    fc.assert(
      fc.property(fc.constantFrom("On", "Brightness", "ColourTemperature"), fc.anything({ withBigInt: true }), (name, value) => {
        try {
          const checked = set(name, value as Datum);
          assert.ok(typeof checked === "boolean" || (typeof checked === "number" && checked >= 0 && checked <= 6500));
        } catch (error) {
          assert.ok(isMeshError(error, "ERR_COMMAND"), String(error));
        }
      }),
    );
  });

  it("stays in range when a device describes itself with absurd steps", () => {
    for (const Step of [0, -1, 1e-300, 1e300, Number.NaN, 7]) {
      const odd = { ...light, Properties: [{ Name: "On", Type: "number" as const, Writable: true, Minimum: 0, Maximum: 100, Step }] };
      const [checked] = checkArguments(odd, "Set", [{ Name: "On", Value: 99 }]);
      assert.ok(typeof checked?.Value === "number" && checked.Value >= 0 && checked.Value <= 100, `step ${Step}: ${String(checked?.Value)}`);
    }
  });

  it("shows values with unit and as many decimals as the step has", () => {
    const number = (Unit: string | undefined, Step?: number) => ({ Name: "N", Type: "number" as const, Unit, Step });
    assert.is(formatValue(number("%", 1), 40), "40 %");
    assert.is(formatValue(number("°C", 0.1), 21.46), "21.5 °C");
    assert.is(formatValue(number("m", 0.05), 1.1), "1.10 m");
    assert.is(formatValue(number(undefined), 3.25), "3.25");
    assert.is(formatValue({ Name: "On", Type: "boolean" }, true), "on");
    assert.is(formatValue({ Name: "On", Type: "boolean" }, "odd"), "odd");
    assert.is(formatValue({ Name: "Open", Type: "boolean" }, false, { True: "open", False: "closed" }), "closed");
  });

  it("makes a description of a driver, with events marked", () => {
    const sensor = catalogue.drivers.get("sensor");
    if (sensor === undefined) throw new Error("no sensor");
    const description = describeDevice(sensor, { manufacturer: "maker@example.com", model: "one", version: "2" });
    assert.equal([description.Manufacturer, description.Model, description.Version, description.Class], ["maker@example.com", "one", "2", "sensor"]);
    assert.equal(
      description.Properties.filter(({ Event }) => Event).map(({ Name }) => Name),
      ["Motion"],
    );
    assert.is("Coalescing" in (description.Properties[0] ?? {}), false);
    for (const driver of catalogue.drivers.values()) {
      for (const property of driver.Properties) assert.is(coalescingOf(describeProperty(property)), property.Coalescing, property.Name);
    }
  });
});
