/** What is said of devices: their values in the words of the driver, how old these are, and why a command failed. English; data for other languages comes with them. */
import type { NamedThing, Vocabulary } from "../../driver/index.ts";
import { showSetting } from "../../driver/index.ts";
import type { StateValue } from "../../schema/index.ts";

/** "kitchen light is off", "kitchen light is on, brightness 40 %", "hall sensor: temperature 21.5 °C". */
export function sayState(thing: NamedThing, values: readonly StateValue[], vocabulary: Vocabulary): string {
  if (values.length === 0) return `${thing.name} has reported nothing`;
  const shown = values.map((value) => showSetting(thing, value, vocabulary));
  const first = thing.description.Properties.find(({ Name }) => Name === values[0]?.Name);
  return first?.Type === "boolean" ? `${thing.name} is ${shown.join(", ")}` : `${thing.name}: ${shown.join(", ")}`;
}

/** "just now", "40 s ago", "3 min ago", "2 h ago", "5 days ago". */
export function sayAge(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 2) return "just now";
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

/** Whose word a value is, and how old: a device's report is not signed by it, so it is the hub that vouches. */
export function saySource(options: { readonly ageMs: number; readonly restored: boolean }): string {
  return `the hub says, ${options.restored ? "before its last start, " : ""}${sayAge(options.ageMs)}`;
}
