/** How soon a report goes into the account. */
import type { Shadow } from "./shadow-book.ts";
import { isOwnWord } from "./shadow-book.ts";

export type Urgency = "event" | "actuator" | "telemetry";

/** Of a report without other values: that a device is back, or says itself what only its hub said of it, is news; a further signature can wait. */
export function urgencyWithoutChange(before: Shadow | undefined, isSigned: boolean): Urgency | undefined {
  if (before?.status !== "Online") return "actuator";
  return isSigned ? (isOwnWord(before) ? "telemetry" : "actuator") : undefined;
}
