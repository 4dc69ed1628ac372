/** What a sensor of Home Assistant measures, by its class; a class that the house has no property for gives nothing. */
import type { DatumObject } from "../codec/index.ts";
import type { Coding } from "./coding.ts";
import { plainNumber } from "./coding.ts";
import { both, readOf, scalarOf } from "./home-assistant-config.ts";
import { textOf } from "./payload.ts";
import type { Wire } from "./wiring.ts";

type Properties = Readonly<Record<string, string>>;

const numbers: Properties = {
  battery: "Battery",
  carbon_dioxide: "CO2",
  current: "Current",
  energy: "Energy",
  humidity: "Humidity",
  illuminance: "Illuminance",
  pm25: "PM25",
  power: "Power",
  temperature: "Temperature",
  voltage: "Voltage",
};

const claims: Properties = {
  carbon_monoxide: "CarbonMonoxide",
  door: "Open",
  garage_door: "Open",
  moisture: "Wet",
  motion: "Motion",
  occupancy: "Occupied",
  opening: "Open",
  presence: "Occupied",
  smoke: "Smoke",
  vibration: "Vibration",
  window: "Open",
};

const thousandth: Coding = { kind: "number", factor: 0.001, digits: 3 };
const thousand: Coding = { kind: "number", factor: 1000, digits: 3 };

/** The number that a `sensor` tells. Errors: ERR_SCHEMA. */
export function numberWire(config: DatumObject): Wire | undefined {
  const unit = textOf(config.unit_of_measurement);
  return measure(config, numbers, (kind) => (kind === "temperature" ? degrees(unit) : scaleOf(unit)));
}

/** What a `binary_sensor` claims. Errors: ERR_SCHEMA. */
export function claimWire(config: DatumObject): Wire | undefined {
  const [on, off] = [both(scalarOf(config.payload_on, "ON")), both(scalarOf(config.payload_off, "OFF"))];
  return measure(config, claims, () => ({ kind: "boolean", on, off }));
}

/** Degrees Celsius out of the unit of an entity. */
export function degrees(unit: string | undefined): Extract<Coding, { kind: "number" }> {
  const isFahrenheit = unit !== undefined && /^°?F$/.test(unit);
  return isFahrenheit ? { kind: "number", factor: 5 / 9, offset: -160 / 9, digits: 1 } : { kind: "number", factor: 1, digits: 2 };
}

function scaleOf(unit: string | undefined): Coding {
  if (unit === "Wh" || unit === "mA" || unit === "mV") return thousandth;
  return unit === "kW" ? thousand : plainNumber;
}

function measure(config: DatumObject, properties: Properties, codingOf: (kind: string) => Coding): Wire | undefined {
  const kind = textOf(config.device_class) ?? "";
  const property = Object.hasOwn(properties, kind) ? properties[kind] : undefined;
  if (property === undefined) return undefined;
  return { property, coding: codingOf(kind), read: readOf(config, "state_topic", "value_template") };
}
