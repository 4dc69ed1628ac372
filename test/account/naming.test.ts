/** Names in an account: one check wherever a name is given or taken over, a default name where one from elsewhere will not do. */
import { automaticName, checkDeviceName, checkPlaceName } from "../../src/account/naming/check.ts";
import type { NamedAccount } from "../../src/account/naming/taken.ts";
import type { Catalog, CatalogedDevice, CatalogedPlace } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { udfOf } from "../kit/named-things.ts";

function accountOf(devices: readonly Partial<CatalogedDevice>[], places: readonly CatalogedPlace[] = rooms): NamedAccount {
  return {
    list: <T>({ label, keyOf }: Catalog<T>) => {
      const values = (label === "MMM_Device" ? devices : places) as readonly unknown[] as readonly T[];
      return values.map((value, index) => ({ key: keyOf(value), index, value }));
    },
  };
}

const rooms: readonly CatalogedPlace[] = [
  { Key: "house", LocalName: "House" },
  { Key: "kitchen", LocalName: "kitchen", Parent: "house" },
  { Key: "bath", LocalName: "bath", Parent: "house" },
];
const light = (udf: number, LocalName?: string, Place?: string, ...aliases: readonly string[]): Partial<CatalogedDevice> => ({
  DeviceUdf: udfOf(udf),
  Constrained: true,
  ...(LocalName === undefined ? {} : { LocalName }),
  ...(Place === undefined ? {} : { Place }),
  ...(aliases.length === 0 ? {} : { LocalNames: aliases.map((Name) => ({ Name })) }),
});

const account = accountOf([
  light(1, "kitchen light", "kitchen", "main"),
  light(2, "kitchen light 2", "kitchen"),
  light(3, "Lamp 01", "bath"),
  light(4, undefined, "bath"),
  { DeviceUdf: udfOf(9), LocalName: "laptop" },
]);

/** What strangers send as names. */
export const hostileNames = [
  "kitchen light",
  "The Kitchen  LIGHT",
  "kitchen\u200b light",
  "kitchen\u00ad light",
  "main",
  "all lights",
  "please",
  "you",
  "on",
  "a/b",
  "line\nbreak",
  "tab\there",
  "\u001b[2Jgone",
  "x".repeat(3000),
  "",
  "laptop",
];

describe("account: names", (it) => {
  it("an owner's name is refused when it says nothing, or is taken where the device stands, whichever way it is written", async () => {
    const spot = { udf: udfOf(4), place: "kitchen" };
    for (const name of hostileNames) await throwsMesh(() => checkDeviceName(account, name, spot), "ERR_NAME");
    const error = await throwsMesh(() => checkDeviceName(account, "KITCHEN light", spot), "ERR_NAME");
    assert.is(error.message, `the name "KITCHEN light" is taken by kitchen light in House / kitchen (${udfOf(1)})`);
    assert.is(error.detail.clash, udfOf(1));
    await throwsMesh(() => checkDeviceName(account, "lamp one", { place: "bath" }), "ERR_NAME");
    await throwsMesh(() => checkDeviceName(account, "my laptop", { place: "bath" }), "ERR_NAME");
  });

  it("it may be given in another place, and to the device that has it", () => {
    assert.is(checkDeviceName(account, " kitchen  light ", { place: "bath" }), "kitchen light");
    assert.is(checkDeviceName(account, "Main", { udf: udfOf(1), place: "kitchen" }), "Main");
  });

  it("a name from elsewhere that will not do gives way to class, place and number", () => {
    for (const name of hostileNames) {
      const given = automaticName(account, { wanted: [name], kind: "light", udf: udfOf(4), place: "kitchen" });
      assert.is(given, "kitchen light 3", name.slice(0, 20));
    }
    assert.is(automaticName(account, { wanted: ["a/b"], kind: "light", place: "bath" }), "bath light");
    assert.is(automaticName(account, { wanted: ["a/b"], kind: "garage-door" }), "garage door");
    assert.is(automaticName(account, { wanted: ["a/b"], kind: "machine" }), "machine");
  });

  it("the first name that will do is taken, and none is made up where none is wanted", () => {
    assert.is(automaticName(account, { wanted: [undefined, "a/b", " stove  lamp "], kind: "light", place: "kitchen" }), "stove lamp");
    assert.is(automaticName(account, { wanted: [undefined], kind: "light", place: "kitchen" }), undefined);
  });

  it("neither the class that a maker writes nor the name of a place comes into a default name unchecked", () => {
    const odd = accountOf([], [{ Key: "p", LocalName: "all of it/\n" }]);
    for (const kind of ["a\nb", "Lock\u200b", "x".repeat(3000), ""]) assert.is(automaticName(odd, { wanted: ["a/b"], kind, place: "p" }), "device");
    assert.is(automaticName(odd, { wanted: ["a/b"], kind: "light", place: "p" }), "light");
    const circle = accountOf(
      [],
      [
        { Key: "a", LocalName: "A", Parent: "b" },
        { Key: "b", LocalName: "B", Parent: "a" },
      ],
    );
    assert.is(automaticName(circle, { wanted: ["a/b"], kind: "light", place: "a" }), "A light");
  });

  it("places keep the same rules", async () => {
    for (const name of ["a/b", "all", "on", "please", "line\nbreak", "kit\u200bchen", "", "x".repeat(3000)])
      await throwsMesh(() => checkPlaceName(account, name, { parent: "house" }), "ERR_NAME");
    for (const name of ["the kitchen", "Kitchen", " KITCHEN "])
      await throwsMesh(() => checkPlaceName(account, name, { parent: "house" }), "ERR_EXISTS");
    assert.is(checkPlaceName(account, "Kitchen", {}), "Kitchen");
    assert.is(checkPlaceName(account, "Kitchen", { key: "kitchen", parent: "house" }), "Kitchen");
  });
});
