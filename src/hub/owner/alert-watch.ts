/**
 * Which reports everybody at home wants to hear of at once: smoke, water, an alarm, a door that stays open, a meal that is ready, and one that will not be. One alert for one event: as long as it lasts,
 * and when it comes again within ten minutes, it is the same. docs/extensions.md §21
 */
import type { DeviceDescription, StateValue } from "../../schema/index.ts";
import { classKey } from "../../schema/index.ts";

/** What is told. */
export type AlertKind = "smoke" | "leak" | "alarm" | "open" | "ready" | "cut";

/** All of them. */
export const alertKinds: readonly AlertKind[] = ["smoke", "leak", "alarm", "open", "ready", "cut"];

/** Names of properties that are true while there is something to tell. */
const tellings: Readonly<Record<string, AlertKind>> = { Smoke: "smoke", CarbonMonoxide: "smoke", Wet: "leak", Sounding: "alarm", Ready: "ready" };
const doors: readonly string[] = ["contact", "door", "window", "garagedoor"];

/** The alerts that a device's values are about now; "open" is one only when it lasts. */
export function alertsIn({ Class }: Pick<DeviceDescription, "Class">, values: readonly StateValue[]): ReadonlySet<AlertKind> {
  const found = new Set<AlertKind>();
  const isDoor = doors.includes(classKey(Class));
  for (const { Name, Value } of values) {
    const kind = Object.hasOwn(tellings, Name) ? tellings[Name] : undefined;
    if (kind !== undefined && Value === true) found.add(kind);
    if (isDoor && ((Name === "Open" && Value === true) || (Name === "Position" && Number(Value) > 0))) found.add("open");
  }
  return found;
}

/** The meal of a programme that runs, "" where it has no name; undefined while none runs. */
export function mealRunning(values: readonly StateValue[]): string | undefined {
  const text = (name: string): string => {
    const value = values.find(({ Name }) => Name === name)?.Value;
    return typeof value === "string" ? value : "";
  };
  return text("Programme") === "" || values.find(({ Name }) => Name === "Remaining") === undefined ? undefined : text("Meal");
}

/** What an alert is about, beside the device: the meal that is ready. */
export function aboutOf(kind: AlertKind, values: readonly StateValue[]): string | undefined {
  const meal = kind === "ready" ? values.find(({ Name }) => Name === "Meal")?.Value : undefined;
  return typeof meal === "string" && meal !== "" ? meal : undefined;
}
