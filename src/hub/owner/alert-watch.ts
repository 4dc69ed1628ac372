/**
 * Which reports everybody at home wants to hear of at once: smoke, water, an alarm, a door that stays open. One alert for one event: as long as it lasts,
 * and when it comes again within ten minutes, it is the same. docs/extensions.md §21
 */
import type { DeviceDescription, StateValue } from "../../schema/index.ts";
import { classKey } from "../../schema/index.ts";

/** What is told. */
export type AlertKind = "smoke" | "leak" | "alarm" | "open";

/** Names of properties that are true while there is danger. */
const dangers: Readonly<Record<string, AlertKind>> = { Smoke: "smoke", CarbonMonoxide: "smoke", Wet: "leak", Sounding: "alarm" };
const doors: readonly string[] = ["contact", "door", "window", "garagedoor"];

/** The alerts that a device's values are about now; "open" is one only when it lasts. */
export function alertsIn({ Class }: Pick<DeviceDescription, "Class">, values: readonly StateValue[]): ReadonlySet<AlertKind> {
  const found = new Set<AlertKind>();
  const isDoor = doors.includes(classKey(Class));
  for (const { Name, Value } of values) {
    const kind = Object.hasOwn(dangers, Name) ? dangers[Name] : undefined;
    if (kind !== undefined && Value === true) found.add(kind);
    if (isDoor && ((Name === "Open" && Value === true) || (Name === "Position" && Number(Value) > 0))) found.add("open");
  }
  return found;
}
