/** A house with the traps that users of other hubs fell into: one alias in two rooms, names that differ in nothing, a speaker named like a light. */
import { readFileSync } from "node:fs";
import { silentLog } from "../../src/base/log.ts";
import { packagePath } from "../../src/base/package-root.ts";
import type { Driver, NamedThing, NameIndex, Place } from "../../src/driver/index.ts";
import { defineDriver, describeDevice, loadDrivers, loadLanguage, makeNameIndex, makeVocabulary } from "../../src/driver/index.ts";

/** The drivers of the package. */
export const catalogue = loadDrivers({ packageDir: packagePath("drivers"), log: silentLog });

/** A class that can only be switched; it is in no folder. */
export const speakerDriver: Driver = defineDriver(
  {
    Class: "speaker",
    Summary: "A speaker.",
    Properties: [
      { Name: "Volume", Type: "number", Unit: "%", Writable: true, Minimum: 0, Maximum: 100, Coalescing: "actuator" },
      { Name: "Source", Type: "enum", Values: ["Radio", "LineIn"], Writable: true, Coalescing: "actuator" },
    ],
    Commands: [{ Name: "Set", Arguments: ["Volume", "Source"] }],
    Words: {
      en: {
        Nouns: [{ One: "speaker", Many: "speakers" }],
        Properties: { Volume: { Names: ["volume"] }, Source: { Names: ["source"] } },
        Number: "Volume",
      },
    },
  },
  "speaker",
);

export const drivers: readonly Driver[] = [...catalogue.drivers.values(), speakerDriver];
export const language = loadLanguage("en");
export const vocabulary = makeVocabulary(drivers, language);

/** Description of a class. */
export function describing(name: string) {
  const driver = drivers.find(({ Class }) => Class === name);
  if (driver === undefined) throw new Error(`no driver ${name}`);
  return describeDevice(driver, { manufacturer: "maker@example.com", model: "one", version: "1" });
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A fingerprint that tells a number: MBAA-..., as udf-13 writes them. */
export function udfOf(number: number): string {
  const digits = [25, 20, 15, 10, 5, 0].map((shift) => letters[(number >> shift) & 31]).join("");
  const text = `M${digits.split("").reverse().join("")}`.padEnd(28, "A");
  return text.replace(/(.{4})(?=.)/g, "$1-");
}

/** A thing of a class. */
export function thing(number: number, name: string, options: { class?: string; place?: string; aliases?: readonly string[] } = {}): NamedThing {
  const kind = options.class ?? "light";
  return {
    udf: udfOf(number),
    name,
    class: kind,
    description: describing(kind),
    place: options.place,
    aliases: options.aliases?.map((Name) => ({ Name })),
  };
}

export const places: readonly Place[] = [
  { key: "house", name: "House" },
  { key: "down", name: "Downstairs", parent: "house", aliases: [{ Name: "ground floor" }] },
  { key: "up", name: "Upstairs", parent: "house" },
  { key: "kitchen", name: "Kitchen", parent: "down" },
  { key: "desk", name: "Desk", parent: "living" },
  { key: "living", name: "Living Room", parent: "down" },
  { key: "bedroom", name: "Bedroom", parent: "up" },
  { key: "nursery", name: "Nursery", parent: "up" },
  { key: "garage", name: "Garage", parent: "house" },
  { key: "cottage", name: "Cottage" },
  { key: "cottage-bedroom", name: "Bedroom", parent: "cottage" },
];

export const things: readonly NamedThing[] = [
  thing(1, "Kitchen Light", { place: "kitchen", aliases: ["Main", ""] }),
  thing(2, "Worktop", { place: "kitchen", aliases: ["  "] }),
  thing(3, "Reading Lamp", { place: "desk" }),
  thing(4, "Ceiling", { place: "living", aliases: ["main"] }),
  thing(5, "Night Light", { place: "bedroom" }),
  thing(6, "Night Light", { place: "nursery" }),
  thing(7, "Jukebox", { class: "speaker", place: "living", aliases: ["Reading Lamp"] }),
  thing(8, "Weather", { class: "sensor", place: "kitchen" }),
  thing(9, "Cradle Sensor", { class: "sensor", place: "nursery" }),
  thing(10, "Cottage Lamp", { place: "cottage-bedroom" }),
  thing(11, "Christmas Tree"),
  thing(12, "Alice's Lamp Two", { place: "bedroom" }),
];

/** Index of things and places, of this house where nothing else is given. */
export function indexOf(options: { things?: readonly NamedThing[]; places?: readonly Place[] } = {}): NameIndex {
  return makeNameIndex({ things: options.things ?? things, places: options.places ?? places, vocabulary });
}

/** Name and number of a fingerprint in this house, for short tables. */
export function numberOf(udf: string): number {
  return things.findIndex((candidate) => candidate.udf === udf) + 1;
}

/** Text of a file of a driver. */
export function driverFile(name: string, file: string): string {
  return readFileSync(packagePath("drivers", name, file), "utf8");
}
