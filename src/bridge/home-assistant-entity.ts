/** One entity of Home Assistant's discovery as a part of a device of the house: by its platform and class, with its topics as wires. */
import { MeshError } from "../base/errors.ts";
import type { DatumObject } from "../codec/index.ts";
import type { Coding } from "./coding.ts";
import { numberOf } from "./coding.ts";
import { coverClass } from "./cover-class.ts";
import type { Entity } from "./home-assistant.ts";
import { both, onWire, readOf, refuseTemplate, scalarOf, topicOf, writeOf } from "./home-assistant-config.ts";
import { lightWires } from "./home-assistant-light.ts";
import { claimWire, degrees, numberWire } from "./home-assistant-measure.ts";
import { listOf, textOf } from "./payload.ts";
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
    binary_sensor: (config) => measuring(claimWire(config)),
    climate,
    cover,
    fan,
    light: (config) => ({ deviceClass: "light", wires: lightWires(config) }),
    lock,
    sensor: (config) => measuring(numberWire(config)),
    switch: switched,
  };
  return Object.hasOwn(platforms, entity.platform) ? platforms[entity.platform]?.(entity.config) : undefined;
}

function measuring(wire: Wire | undefined): EntityPart | undefined {
  return wire && { deviceClass: undefined, wires: [wire] };
}

function switched(config: DatumObject): EntityPart {
  return { deviceClass: "plug", wires: [onWire(config, "value_template")] };
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
  const on = onWire(config, "state_value_template");
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
