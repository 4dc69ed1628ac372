/** What a controller wants of a device, read as an order. Whether it may is judged elsewhere, by the one rule for all orders. */
import { MeshError } from "../../base/errors.ts";
import type { BridgedWant } from "../../matter/line.ts";
import type { DeviceDescription, StateValue } from "../../schema/index.ts";
import { propertyOf, topOf } from "./bridged.ts";

/** An order for a device. */
export interface WantedOrder {
  readonly command: string;
  readonly arguments: readonly StateValue[];
}

/** Errors: ERR_COMMAND for what the device has not, and for a mixture. */
export function wantedOrder(description: DeviceDescription, want: BridgedWant): WantedOrder {
  const { stop, identify, locked, position, ...settings } = want;
  const alone = [stop, identify, locked, position].filter((part) => part !== undefined).length + (Object.keys(settings).length > 0 ? 1 : 0);
  if (alone !== 1) throw new MeshError("ERR_COMMAND", "one thing is wanted at a time");
  if (stop) return { command: "Stop", arguments: [] };
  if (identify) return { command: "Identify", arguments: [] };
  if (locked !== undefined) return { command: locked ? "Lock" : "Unlock", arguments: [] };
  if (position !== undefined) return positioned(description, position);
  return { command: "Set", arguments: settingsOf(description, settings) };
}

function positioned(description: DeviceDescription, position: number): WantedOrder {
  if (propertyOf(description, "Position")?.Writable === true) return { command: "Set", arguments: [numberOf(description, "Position", position)] };
  if (position === 100) return { command: "Open", arguments: [] };
  if (position === 0) return { command: "Close", arguments: [] };
  throw new MeshError("ERR_COMMAND", "it opens and closes, and stops nowhere between");
}

function settingsOf(
  description: DeviceDescription,
  { on, level, white, hue, saturation, speed, target, mode }: Omit<BridgedWant, "stop" | "identify" | "locked" | "position">,
): readonly StateValue[] {
  const percent = (name: string, value: number | undefined): StateValue[] => (value === undefined ? [] : [numberOf(description, name, value)]);
  const number = (name: string, value: number | undefined): StateValue[] => (value === undefined ? [] : [{ Name: name, Value: value }]);
  // White light is asked for by its temperature: nothing of a colour is left then.
  const isWhitened = white !== undefined && saturation === undefined && propertyOf(description, "Saturation") !== undefined;
  return [
    ...(on === undefined ? [] : [{ Name: "On", Value: on }]),
    ...percent("Brightness", level),
    ...(white === undefined ? [] : [{ Name: "ColourTemperature", Value: within(description, "ColourTemperature", white) }]),
    ...number("Hue", hue),
    ...number("Saturation", isWhitened ? 0 : saturation),
    ...percent("Speed", speed),
    ...number("Target", target),
    ...(mode === undefined ? [] : [{ Name: "Mode", Value: mode }]),
  ];
}

function numberOf(description: DeviceDescription, name: string, percent: number): StateValue {
  return { Name: name, Value: within(description, name, Math.round((percent * topOf(description, name)) / 100)) };
}

/** Others count in steps of their own, which end a little outside of what the device takes. */
function within(description: DeviceDescription, name: string, value: number): number {
  const { Minimum = value, Maximum = value } = propertyOf(description, name) ?? {};
  return Math.min(Maximum, Math.max(Minimum, value));
}
