/** Which class of the house a device of zigbee2mqtt is, and how its features are wired to the properties of that class. */
import { MeshError } from "../base/errors.ts";
import type { Coding } from "./coding.ts";
import { plainNumber } from "./coding.ts";
import { coverClass } from "./cover-class.ts";
import { sensorClass } from "./sensor-class.ts";
import type { ActionWire, Assembly, Wire } from "./wiring.ts";
import type { Feature, Part, Parts } from "./zigbee-expose.ts";

/** Where the device speaks, and what is said of it in words. */
interface Place {
  readonly topic: string;
  readonly what: string;
}

/** What a device, or one endpoint of it, is made of. */
export type Assembled = Pick<Assembly, "deviceClass" | "wires" | "actions" | "greetings"> & { readonly endpoint: string | undefined };

/** The devices that a device is here. Errors: ERR_SCHEMA when it is nothing that the house knows. */
export function assembliesOf(parts: Parts, place: Place): readonly Assembled[] {
  const shared = parts.single.flatMap((feature) => singleWire(feature, place));
  const special = parts.special.filter(({ type }) => Object.hasOwn(specialClass, type));
  if (special.length > 0) {
    return special.map((part, index) => {
      const { deviceClass, wires, actions = [] } = (specialClass[part.type] as SpecialClass)(part, place);
      const endpoint = special.length > 1 ? (part.endpoint ?? String(index + 1)) : undefined;
      // What belongs to the whole device (battery, power) is told of its first part.
      return { deviceClass, wires: [...wires, ...(index === 0 ? shared : [])], actions, greetings: greetingsOf(part.features, place), endpoint };
    });
  }
  const deviceClass = parts.single.some(({ name }) => name === "action") ? "button" : sensorClass(shared.map(({ property }) => property));
  if (deviceClass === undefined) throw new MeshError("ERR_SCHEMA", "it exposes nothing that the house knows");
  return [{ deviceClass, wires: shared, greetings: greetingsOf(parts.single, place), endpoint: undefined }];
}

function greetingsOf(features: readonly Feature[], { topic }: Place): Assembled["greetings"] {
  const asked = features.filter(({ isAsked }) => isAsked);
  if (asked.length === 0) return [];
  return [{ topic: `${topic}/get`, payload: JSON.stringify(Object.fromEntries(asked.map(({ property }) => [property, ""]))) }];
}

const alarm: Coding = { kind: "boolean", on: [true], off: [false] };
/** A contact that is closed is `true` there, and not open here. */
const inverted: Coding = { kind: "boolean", on: [false], off: [true] };
const presses: Coding = {
  kind: "press",
  pairs: [
    ["single", "short"],
    ["on", "short"],
    ["toggle", "short"],
    ["1_single", "short"],
    ["double", "double"],
    ["1_double", "double"],
    ["hold", "long"],
    ["long", "long"],
    ["1_hold", "long"],
  ],
};

const singleCodings: Readonly<Record<string, readonly (readonly [property: string, coding: Coding])[]>> = {
  action: [["Press", presses]],
  battery: [["Battery", plainNumber]],
  carbon_monoxide: [["CarbonMonoxide", alarm]],
  co2: [["CO2", plainNumber]],
  contact: [["Open", inverted]],
  current: [["Current", plainNumber]],
  energy: [["Energy", plainNumber]],
  humidity: [["Humidity", plainNumber]],
  illuminance: [["Illuminance", plainNumber]],
  local_temperature: [["Temperature", plainNumber]],
  occupancy: [
    ["Motion", alarm],
    ["Occupied", alarm],
  ],
  pm25: [["PM25", plainNumber]],
  power: [["Power", plainNumber]],
  presence: [
    ["Occupied", alarm],
    ["Motion", alarm],
  ],
  smoke: [["Smoke", alarm]],
  temperature: [["Temperature", plainNumber]],
  vibration: [["Vibration", alarm]],
  voltage: [["Voltage", plainNumber]],
  water_leak: [["Wet", alarm]],
};

function singleWire(feature: Feature, place: Place): readonly Wire[] {
  if (!feature.isRead || !Object.hasOwn(singleCodings, feature.name)) return [];
  return (singleCodings[feature.name] ?? []).map(([property, coding]) => readWire(feature, { property, coding, place }));
}

interface Wiring {
  readonly property: string;
  readonly coding: Coding;
  readonly place: Place;
}

function readWire(feature: Feature, { property, coding, place }: Wiring): Wire {
  return { property, coding, read: { topic: place.topic, path: [feature.property] } };
}

/** Read, and set where the feature can be. */
function wire(feature: Feature, wiring: Wiring): Wire {
  const { topic } = wiring.place;
  return { ...readWire(feature, wiring), ...(feature.isSet ? { write: { topic: `${topic}/set`, base: {}, path: [feature.property] } } : {}) };
}

interface Special {
  readonly deviceClass: string;
  readonly wires: readonly Wire[];
  readonly actions?: readonly ActionWire[];
}
type SpecialClass = (part: Part, place: Place) => Special;

const specialClass: Readonly<Record<string, SpecialClass>> = {
  light: (part, place) => ({
    deviceClass: "light",
    wires: [
      ...onWire(part, place),
      ...of(part, "brightness").map((feature) => wire(feature, { property: "Brightness", coding: percentOf(feature), place })),
      ...of(part, "color_temp").map((feature) => ({
        ...wire(feature, { property: "ColourTemperature", coding: { kind: "mired" }, place }),
        minimum: kelvin(feature.maximum),
        maximum: kelvin(feature.minimum),
      })),
    ],
  }),
  switch: (part, place) => ({ deviceClass: "plug", wires: onWire(part, place) }),
  fan: (part, place) => ({
    deviceClass: "fan",
    wires: [
      ...onWire(part, place),
      ...of(part, "speed").map((feature) => wire(feature, { property: "Speed", coding: percentOf(feature), place })),
      ...of(part, "mode").map((feature) => ({ ...wire(feature, { property: "Mode", coding: choice(feature), place }), values: feature.values })),
    ],
  }),
  lock: (part, place) => ({
    deviceClass: "lock",
    wires: of(part, "state").map((feature) =>
      readWire(feature, { property: "Locked", coding: { kind: "boolean", on: [feature.on ?? "LOCK"], off: [feature.off ?? "UNLOCK"] }, place }),
    ),
    actions: of(part, "state")
      .filter(({ isSet }) => isSet)
      .flatMap((feature) => [
        action("Lock", { place, feature, value: feature.on ?? "LOCK", expects: [{ Name: "Locked", Value: true }] }),
        action("Unlock", { place, feature, value: feature.off ?? "UNLOCK", expects: [{ Name: "Locked", Value: false }] }),
      ]),
  }),
  cover: (part, place) => ({
    deviceClass: coverClass(place.what),
    wires: of(part, "position").map((feature) => wire(feature, { property: "Position", coding: { kind: "number", factor: 1, digits: 0 }, place })),
    actions: of(part, "state")
      .filter(({ isSet }) => isSet)
      .flatMap((feature) => [
        action("Open", { place, feature, value: "OPEN", expects: [] }),
        action("Close", { place, feature, value: "CLOSE", expects: [] }),
        action("Stop", { place, feature, value: "STOP", expects: [] }),
      ]),
  }),
  climate: (part, place) => ({
    deviceClass: "thermostat",
    wires: [
      ...of(part, "local_temperature").map((feature) => readWire(feature, { property: "Temperature", coding: plainNumber, place })),
      ...[...of(part, "occupied_heating_setpoint"), ...of(part, "current_heating_setpoint")].map((feature) => ({
        ...wire(feature, { property: "Target", coding: { kind: "number", factor: 1, digits: 2, sentDigits: 2 } as const, place }),
        minimum: feature.minimum,
        maximum: feature.maximum,
      })),
      ...of(part, "system_mode").map((feature) => ({
        ...wire(feature, { property: "Mode", coding: choice(feature), place }),
        values: feature.values,
      })),
      ...of(part, "running_state").map((feature) => readWire(feature, { property: "Action", coding: running, place })),
    ],
  }),
};

const running: Coding = {
  kind: "choice",
  pairs: [
    ["idle", "idle"],
    ["heat", "heating"],
    ["cool", "cooling"],
  ],
};

function of({ features }: Part, name: string): readonly Feature[] {
  return features.filter((feature) => feature.name === name && feature.isRead).slice(0, 1);
}

function onWire(part: Part, place: Place): readonly Wire[] {
  return of(part, "state").map((feature) =>
    wire(feature, { property: "On", coding: { kind: "boolean", on: [feature.on ?? "ON"], off: [feature.off ?? "OFF"] }, place }),
  );
}

/** Their scale as 0 to 100 %. */
function percentOf({ maximum = 254 }: Feature): Coding {
  return { kind: "number", factor: 100 / (maximum > 0 ? maximum : 254), digits: 0 };
}

function choice({ values }: Feature): Coding {
  return { kind: "choice", pairs: values.map((value) => [value, value]) };
}

function kelvin(mired: number | undefined): number | undefined {
  return mired === undefined || mired <= 0 ? undefined : Math.round(1_000_000 / mired);
}

function action(
  command: string,
  {
    place,
    feature,
    value,
    expects,
  }: { readonly place: Place; readonly feature: Feature; readonly value: string | number | boolean; readonly expects: ActionWire["expects"] & {} },
): ActionWire {
  return { command, topic: `${place.topic}/set`, payload: JSON.stringify({ [feature.property]: value }), expects };
}
