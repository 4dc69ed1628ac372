/** What Home Assistant tells a device, read as an order. Whatever is not understood is refused by its name: nothing is done by halves. */
import { fromUtf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import type { DeviceDescription, DeviceProperty, StateValue } from "../../schema/index.ts";
import { shownProperties } from "./entity-key.ts";

/** Octets of a message to a device or to the hub. */
export const mostSetOctets = 4096;

/** An order for a device. */
export interface SetMessage {
  readonly command: string;
  readonly arguments: readonly StateValue[];
}

/** The object of a message. Errors: ERR_TOO_LARGE, ERR_COMMAND for what is no object of JSON. */
export function readObject(payload: Uint8Array): Readonly<Record<string, unknown>> {
  if (payload.length > mostSetOctets) {
    throw new MeshError("ERR_TOO_LARGE", `the message has ${payload.length} octets, and at most ${mostSetOctets} are read`);
  }
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(payload));
  } catch (cause) {
    throw new MeshError("ERR_COMMAND", "the message is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new MeshError("ERR_COMMAND", "the message is no JSON object");
  return value as Readonly<Record<string, unknown>>;
}

/** The transaction that a message names, so that its answer can be told from others. Errors: ERR_COMMAND. */
export function transactionOf({ transaction }: Readonly<Record<string, unknown>>): string | number | undefined {
  if (transaction === undefined || typeof transaction === "number") return transaction;
  if (typeof transaction === "string" && transaction.length <= 64) return transaction;
  throw new MeshError("ERR_COMMAND", "transaction must be a number or a text of at most 64 characters");
}

/**
 * The order in a message: {"command": "Close"}, or values by their names in the state, as {"state": "ON", "brightness": 40}.
 * Errors: ERR_COMMAND naming the member.
 */
export function readSet(description: DeviceDescription, message: Readonly<Record<string, unknown>>): SetMessage {
  const shown = shownProperties(description);
  const values = new Map<string, StateValue["Value"]>();
  let command: string | undefined;
  for (const [name, value] of Object.entries(message)) {
    // The device has its own way of changing; how long it takes is not for others to say.
    if (name === "transaction" || name === "transition") continue;
    if (name === "command") command = textOf(name, value);
    else if (name === "color") for (const [key, part] of readColour(value)) values.set(key, part);
    else {
      const property = shown.get(name);
      if (!property) throw new MeshError("ERR_COMMAND", `a ${description.Class} has nothing called ${JSON.stringify(shorten(name, 64))}`);
      values.set(property.Name, readValue(name, property, value));
    }
  }
  if (command !== undefined) {
    if (values.size > 0) throw new MeshError("ERR_COMMAND", "command stands alone, without values");
    return { command, arguments: [] };
  }
  if (values.size === 0) throw new MeshError("ERR_COMMAND", "the message sets nothing");
  // White light is asked for by its temperature: nothing of a colour is left then.
  const hasColours = description.Properties.some(({ Name }) => Name === "Saturation");
  if (values.has("ColourTemperature") && hasColours && !values.has("Saturation")) values.set("Saturation", 0);
  return { command: "Set", arguments: [...values].map(([Name, Value]) => ({ Name, Value })) };
}

function readValue(name: string, property: DeviceProperty, value: unknown): boolean | number | string {
  if (property.Type === "boolean") {
    if (value === true || value === "ON") return true;
    if (value === false || value === "OFF") return false;
    throw new MeshError("ERR_COMMAND", `${name} must be ON or OFF`);
  }
  if (property.Type !== "number") return textOf(name, value);
  if (typeof value !== "number" || !Number.isFinite(value)) throw new MeshError("ERR_COMMAND", `${name} must be a number`);
  if (property.Name !== "ColourTemperature") return value;
  if (value <= 0) throw new MeshError("ERR_COMMAND", `${name} must be above 0`);
  return Math.round(1_000_000 / value);
}

function readColour(value: unknown): readonly (readonly [string, number])[] {
  const { h, s } = (typeof value === "object" && value !== null ? value : {}) as { readonly h?: unknown; readonly s?: unknown };
  if (typeof h !== "number" || typeof s !== "number") throw new MeshError("ERR_COMMAND", "color must have the numbers h and s");
  return [
    ["Hue", h],
    ["Saturation", s],
  ];
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "string" && value.length <= 256) return value;
  throw new MeshError("ERR_COMMAND", `${name} must be a text of at most 256 characters`);
}
