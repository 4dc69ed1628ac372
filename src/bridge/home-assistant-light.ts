/** The wires of a light of Home Assistant: one topic for everything in JSON, or a topic for each property. */
import type { DatumObject } from "../codec/index.ts";
import type { Coding } from "./coding.ts";
import { numberOf } from "./coding.ts";
import { onWire, readOf, topicOf, writeOf } from "./home-assistant-config.ts";
import { listOf, textOf } from "./payload.ts";
import type { Wire } from "./wiring.ts";

/** Whether it is on, how bright and how white. Errors: ERR_SCHEMA. */
export function lightWires(config: DatumObject): readonly Wire[] {
  return config.schema === "json" ? jsonLight(config) : plainLight(config);
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
  const on = onWire(config, "state_value_template");
  if (config.brightness_state_topic === undefined) return [on];
  const brightness: Wire = {
    property: "Brightness",
    coding: scaled(config),
    read: readOf(config, "brightness_state_topic", "brightness_value_template"),
    ...writeOf(config, "brightness_command_topic", "brightness_command_template"),
  };
  return [on, brightness];
}
