/**
 * Which reports everybody at home wants to hear of at once: smoke, water, an alarm, a door or valve that stays open, a meal that is ready, and one that will not be. One alert for one event: as long as it lasts,
 * and when it comes again within ten minutes, it is the same. docs/extensions.md §21
 */
import { isPlausibleTime } from "../../base/clock.ts";
import type { DeviceDescription, StateValue } from "../../schema/index.ts";
import { classKey } from "../../schema/index.ts";

/** What is told. */
export type AlertKind = "smoke" | "leak" | "alarm" | "open" | "ready" | "cut";

/** All of them. */
export const alertKinds: readonly AlertKind[] = ["smoke", "leak", "alarm", "open", "ready", "cut"];

/** Names of properties that are true while there is something to tell. */
const tellings: Readonly<Record<string, AlertKind>> = { Smoke: "smoke", CarbonMonoxide: "smoke", Wet: "leak", Sounding: "alarm", Ready: "ready" };
const minuteMs = 60_000;
/** How long something is open before it was left open. What waters a garden is open for longer than a door. */
const openMs: Readonly<Record<string, number>> = {
  contact: 10 * minuteMs,
  door: 10 * minuteMs,
  window: 10 * minuteMs,
  garagedoor: 10 * minuteMs,
  valve: 60 * minuteMs,
};
/** What is found open at a start may be closed before its device has said so. */
const leastFoundMs = 2 * minuteMs;
/** A house's own valve is open for years: that it was open before anybody looked is nothing to tell. */
const oftenOpen: readonly string[] = ["valve"];

type Classed = Pick<DeviceDescription, "Class">;

/** How long a device is open before it was left open; undefined for what may stay so. */
export function openMsOf({ Class }: Classed): number | undefined {
  const key = classKey(Class);
  return Object.hasOwn(openMs, key) ? openMs[key] : undefined;
}

/** How long it is still until what is found open at a start was left open. @param openMs all of that time @param times milliseconds since 1970 */
export function leftOpenMs(openMs: number, { since, now }: { readonly since: number; readonly now: number }): number {
  const passed = isPlausibleTime(now) && isPlausibleTime(since) ? Math.max(0, now - since) : 0;
  return Math.max(openMs - passed, Math.min(openMs, leastFoundMs));
}

/** Whether one that was open before anybody looked counts as opened then. */
export function countsFromStart({ Class }: Classed): boolean {
  return !oftenOpen.includes(classKey(Class));
}

/** The alerts that a device's values are about now; "open" is one only when it lasts. */
export function alertsIn({ Class }: Classed, values: readonly StateValue[]): ReadonlySet<AlertKind> {
  const found = new Set<AlertKind>();
  const isOpened = openMsOf({ Class }) !== undefined;
  for (const { Name, Value } of values) {
    const kind = Object.hasOwn(tellings, Name) ? tellings[Name] : undefined;
    if (kind !== undefined && Value === true) found.add(kind);
    if (isOpened && ((Name === "Open" && Value === true) || (Name === "Position" && Number(Value) > 0))) found.add("open");
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
