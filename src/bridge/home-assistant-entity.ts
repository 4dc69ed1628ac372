/** One entity of Home Assistant's discovery as a part of a device of the house: by its platform and class, with its topics as wires. */
import { MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";
import type { Coding } from "./coding.ts";
import { numberOf, plainNumber } from "./coding.ts";
import { coverClass } from "./cover-class.ts";
import type { Availability, Path, Scalar } from "./foreign-device.ts";
import type { Entity } from "./home-assistant.ts";
import { foreignTopic, listOf, textOf } from "./payload.ts";
import type { ActionWire, Wire } from "./wiring.ts";

/** What an entity gives; without a class it only measures, and belongs to whatever the device is. */
export interface EntityPart {
  readonly deviceClass: string | undefined;
  readonly wires: readonly Wire[];
  readonly actions?: readonly ActionWire[];
}

/** A part of its device; undefined for a platform that the house has no use for. Errors: ERR_SCHEMA for what cannot be read as data, saying its name. */
export function partOf(entity: Entity): EntityPart | undefined {
  const platforms: Readonly<Record<string, (config: DatumObject) => EntityPart | undefined>> = {
    binary_sensor: binarySensor,
    climate,
    cover,
    fan,
    light,
    lock,
    sensor,
    switch: switched,
  };
  return Object.hasOwn(platforms, entity.platform) ? platforms[entity.platform]?.(entity.config) : undefined;
}

/**
 * The path that a template names: `{{ value }}`, `{{ value_json.a.b }}`, `{{ value_json['a'].b }}`. Nothing is evaluated.
 * Errors: ERR_SCHEMA with the name of the member for everything else.
 */
export function pathOf(config: DatumObject, member: string): Path {
  const template = config[member];
  if (template === undefined) return [];
  const text = textOf(template)?.slice(0, 512).trim() ?? "";
  const isWrapped = text.length >= 4 && text.startsWith("{{") && text.endsWith("}}");
  const inner = isWrapped ? text.slice(2, -2).replace(/^-/, "").replace(/-$/, "").trim() : "";
  if (inner === "value") return [];
  const path = /^value_json((?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:'[^'\\]{1,64}'|"[^"\\]{1,64}")\])+)$/.exec(inner)?.[1];
  if (path === undefined)
    throw new MeshError("ERR_SCHEMA", `${member} is a template that would have to be evaluated: ${JSON.stringify(text.slice(0, 120))}`);
  return [...path.matchAll(/\.([A-Za-z0-9_]+)|\[['"]([^'"]+)['"]\]/g)].map(([, plain, quoted]) => plain ?? quoted ?? "");
}

/** A command template is the value itself, or it is refused. */
function refuseTemplate(config: DatumObject, member: string): void {
  if (pathOf(config, member).length > 0) throw new MeshError("ERR_SCHEMA", `${member} makes a command out of what is no value of it`);
}

function topicOf(config: DatumObject, member: string): string | undefined {
  const topic = textOf(config[member]);
  return topic === undefined ? undefined : foreignTopic(topic);
}

function readOf(config: DatumObject, topic: string, template: string): Wire["read"] {
  const found = topicOf(config, topic);
  if (found === undefined) throw new MeshError("ERR_SCHEMA", `it has no ${topic}: whether it obeys could never be known`);
  return { topic: found, path: pathOf(config, template) };
}

function writeOf(config: DatumObject, topic: string, template: string): Pick<Wire, "write"> {
  const found = topicOf(config, topic);
  refuseTemplate(config, template);
  return found === undefined ? {} : { write: { topic: found, path: [] } };
}

function scalarOf(value: Datum | undefined, fallback: string): Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : fallback;
}

/** What stands for on and off where it is read; what is sent may be called otherwise. */
function switching(config: DatumObject): { readonly read: Coding; readonly write: Coding } {
  const on = scalarOf(config.payload_on, "ON");
  const off = scalarOf(config.payload_off, "OFF");
  return {
    read: { kind: "boolean", on: both(scalarOf(config.state_on, String(on))), off: both(scalarOf(config.state_off, String(off))) },
    write: { kind: "boolean", on: [on], off: [off] },
  };
}

/** As JSON has it, and as text. */
function both(value: Scalar): readonly Scalar[] {
  return typeof value === "string" ? [value, ...(value === "true" ? [true] : value === "false" ? [false] : [])] : [value, String(value)];
}

function switched(config: DatumObject): EntityPart {
  const { read, write } = switching(config);
  const wire = writeOf(config, "command_topic", "command_template");
  return {
    deviceClass: "plug",
    wires: [{ property: "On", coding: read, read: readOf(config, "state_topic", "value_template"), ...withCoding(wire, write) }],
  };
}

function withCoding({ write }: Pick<Wire, "write">, coding: Coding): Pick<Wire, "write"> {
  return write ? { write: { ...write, coding } } : {};
}

function light(config: DatumObject): EntityPart {
  return { deviceClass: "light", wires: config.schema === "json" ? jsonLight(config) : plainLight(config) };
}

function scaled(config: DatumObject): Coding {
  const scale = numberOf(config.brightness_scale) ?? 255;
  return { kind: "number", factor: 100 / (scale > 0 ? scale : 255), digits: 0 };
}

function jsonLight(config: DatumObject): readonly Wire[] {
  const { topic } = readOf(config, "state_topic", "value_template");
  const command = topicOf(config, "command_topic");
  const modes = listOf(config.supported_color_modes).map(textOf);
  const isDimmed = config.brightness === true || modes.some((mode) => mode !== undefined && mode !== "onoff");
  const isWhite = modes.includes("color_temp");
  const wire = (property: string, member: string, coding: Coding): Wire => ({
    property,
    coding,
    read: { topic, path: [member] },
    ...(command === undefined ? {} : { write: { topic: command, path: [member], base: member === "state" ? {} : { state: "ON" } } }),
  });
  return [
    wire("On", "state", { kind: "boolean", on: ["ON"], off: ["OFF"] }),
    ...(isDimmed ? [wire("Brightness", "brightness", scaled(config))] : []),
    ...(isWhite ? [{ ...wire("ColourTemperature", "color_temp", { kind: "mired" }), ...whiteOf(config) }] : []),
  ];
}

function whiteOf(config: DatumObject): Pick<Wire, "minimum" | "maximum"> {
  const kelvin = (mired: number | undefined): number | undefined => (mired === undefined || mired <= 0 ? undefined : Math.round(1_000_000 / mired));
  return { minimum: kelvin(numberOf(config.max_mireds)), maximum: kelvin(numberOf(config.min_mireds)) };
}

function plainLight(config: DatumObject): readonly Wire[] {
  const { read, write } = switching(config);
  const on: Wire = {
    property: "On",
    coding: read,
    read: readOf(config, "state_topic", "state_value_template"),
    ...withCoding(writeOf(config, "command_topic", "command_template"), write),
  };
  if (config.brightness_state_topic === undefined) return [on];
  const brightness: Wire = {
    property: "Brightness",
    coding: scaled(config),
    read: readOf(config, "brightness_state_topic", "brightness_value_template"),
    ...writeOf(config, "brightness_command_topic", "brightness_command_template"),
  };
  return [on, brightness];
}

function lock(config: DatumObject): EntityPart {
  const command = topicOf(config, "command_topic");
  refuseTemplate(config, "command_template");
  const action = (name: string, member: string, payload: string, isLocked: boolean): readonly ActionWire[] =>
    command === undefined
      ? []
      : [{ command: name, topic: command, payload: String(scalarOf(config[member], payload)), expects: [{ Name: "Locked", Value: isLocked }] }];
  return {
    deviceClass: "lock",
    wires: [
      {
        property: "Locked",
        coding: { kind: "boolean", on: both(scalarOf(config.state_locked, "LOCKED")), off: both(scalarOf(config.state_unlocked, "UNLOCKED")) },
        read: readOf(config, "state_topic", "value_template"),
      },
    ],
    actions: [...action("Lock", "payload_lock", "LOCK", true), ...action("Unlock", "payload_unlock", "UNLOCK", false)],
  };
}

function cover(config: DatumObject): EntityPart {
  const command = topicOf(config, "command_topic");
  const action = (name: string, member: string, payload: string): readonly ActionWire[] =>
    command === undefined || config[member] === null ? [] : [{ command: name, topic: command, payload: String(scalarOf(config[member], payload)) }];
  const [open, closed] = [numberOf(config.position_open) ?? 100, numberOf(config.position_closed) ?? 0];
  if (open === closed) throw new MeshError("ERR_SCHEMA", "position_open and position_closed are one");
  const coding: Coding = { kind: "number", factor: 100 / (open - closed), offset: (-100 * closed) / (open - closed), digits: 0 };
  return {
    deviceClass: coverClass(`${textOf(config.device_class) ?? ""} ${textOf(config.name) ?? ""}`),
    wires: [
      {
        property: "Position",
        coding,
        read: readOf(config, "position_topic", "position_template"),
        ...writeOf(config, "set_position_topic", "set_position_template"),
      },
    ],
    actions: [...action("Open", "payload_open", "OPEN"), ...action("Close", "payload_close", "CLOSE"), ...action("Stop", "payload_stop", "STOP")],
  };
}

function fan(config: DatumObject): EntityPart {
  const { read, write } = switching(config);
  const on: Wire = {
    property: "On",
    coding: read,
    read: readOf(config, "state_topic", "state_value_template"),
    ...withCoding(writeOf(config, "command_topic", "command_template"), write),
  };
  if (config.percentage_state_topic === undefined) return { deviceClass: "fan", wires: [on] };
  const speed: Wire = {
    property: "Speed",
    coding: { kind: "number", factor: 1, digits: 0 },
    read: readOf(config, "percentage_state_topic", "percentage_value_template"),
    ...writeOf(config, "percentage_command_topic", "percentage_command_template"),
  };
  return { deviceClass: "fan", wires: [on, speed] };
}

function climate(config: DatumObject): EntityPart {
  const temperature = degrees(textOf(config.temperature_unit));
  const has = (member: string): boolean => config[member] !== undefined;
  const modes = listOf(config.modes).flatMap((mode) => textOf(mode) ?? []);
  const names = modes.length > 0 ? modes : ["off", "heat", "cool", "auto"];
  const wires: Wire[] = [
    ...(has("temperature_state_topic")
      ? [
          {
            property: "Target",
            coding: { ...temperature, sentDigits: 1 },
            read: readOf(config, "temperature_state_topic", "temperature_state_template"),
            ...writeOf(config, "temperature_command_topic", "temperature_command_template"),
            minimum: numberOf(config.min_temp),
            maximum: numberOf(config.max_temp),
          },
        ]
      : []),
    ...(has("current_temperature_topic")
      ? [{ property: "Temperature", coding: temperature, read: readOf(config, "current_temperature_topic", "current_temperature_template") }]
      : []),
    ...(has("mode_state_topic")
      ? [
          {
            property: "Mode",
            coding: { kind: "choice" as const, pairs: names.map((mode) => [mode, mode] as const) },
            read: readOf(config, "mode_state_topic", "mode_state_template"),
            ...writeOf(config, "mode_command_topic", "mode_command_template"),
            values: names,
          },
        ]
      : []),
  ];
  return { deviceClass: "thermostat", wires };
}

function degrees(unit: string | undefined): Extract<Coding, { kind: "number" }> {
  const isFahrenheit = unit !== undefined && /^°?F$/.test(unit);
  return isFahrenheit ? { kind: "number", factor: 5 / 9, offset: -160 / 9, digits: 1 } : { kind: "number", factor: 1, digits: 2 };
}

/** Property by class of the sensor. */
const sensors: Readonly<Record<string, string>> = {
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

function sensor(config: DatumObject): EntityPart | undefined {
  const kind = textOf(config.device_class) ?? "";
  const property = Object.hasOwn(sensors, kind) ? sensors[kind] : undefined;
  if (property === undefined) return undefined;
  const unit = textOf(config.unit_of_measurement);
  const coding =
    kind === "temperature" ? degrees(unit) : unit === "Wh" || unit === "mA" || unit === "mV" ? thousandth : unit === "kW" ? thousand : plainNumber;
  return { deviceClass: undefined, wires: [{ property, coding, read: readOf(config, "state_topic", "value_template") }] };
}

const thousandth: Coding = { kind: "number", factor: 0.001, digits: 3 };
const thousand: Coding = { kind: "number", factor: 1000, digits: 3 };

const binaries: Readonly<Record<string, string>> = {
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

function binarySensor(config: DatumObject): EntityPart | undefined {
  const kind = textOf(config.device_class) ?? "";
  const property = Object.hasOwn(binaries, kind) ? binaries[kind] : undefined;
  if (property === undefined) return undefined;
  const coding: Coding = { kind: "boolean", on: both(scalarOf(config.payload_on, "ON")), off: both(scalarOf(config.payload_off, "OFF")) };
  return { deviceClass: undefined, wires: [{ property, coding, read: readOf(config, "state_topic", "value_template") }] };
}

/** Where it is told whether the entity can be reached. Errors: ERR_SCHEMA. */
export function availabilityOf({ config }: Entity): readonly Availability[] {
  const one = (object: DatumObject, topic: string, template: string): readonly Availability[] => {
    const found = topicOf(object, topic);
    if (found === undefined) return [];
    return [
      {
        topic: found,
        path: pathOf(object, template),
        online: [scalarOf(object.payload_available, "online")],
        offline: [scalarOf(object.payload_not_available, "offline")],
      },
    ];
  };
  const list = Array.isArray(config.availability) ? listOf(config.availability) : isObject(config.availability) ? [config.availability] : [];
  return [
    ...one(config, "availability_topic", "availability_template"),
    ...list.slice(0, 8).flatMap((entry) => (isObject(entry) ? one(expandedAvailability(entry), "topic", "value_template") : [])),
  ];
}

function expandedAvailability(entry: DatumObject): DatumObject {
  const { t, pl_avail, pl_not_avail, val_tpl, ...rest } = entry;
  return {
    ...(t === undefined ? {} : { topic: t }),
    ...(pl_avail === undefined ? {} : { payload_available: pl_avail }),
    ...(pl_not_avail === undefined ? {} : { payload_not_available: pl_not_avail }),
    ...(val_tpl === undefined ? {} : { value_template: val_tpl }),
    ...rest,
  };
}
