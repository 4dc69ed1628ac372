/**
 * Automations: orders at a time that comes again, or whenever something becomes so. Entries of MMM_Automation beside the scenes, written by administration
 * devices alone; each hub runs those of its own devices, and the service cannot read them. docs/extensions.md §22.
 */
import type { Datum } from "../../codec/datum.ts";
import type { Struct } from "../../codec/field.ts";
import { anything, boolean, dateTime, integer, list, optional, string, struct } from "../../codec/field.ts";
import { SceneOrder } from "./cataloged-scene.ts";

/** What one property of one device has to be. Test: is, above, below, changes. */
export interface AutomationTest {
  readonly DeviceUdf: string;
  readonly Property: string;
  readonly Test: string;
  readonly Value: Datum;
}
export const AutomationTest: Struct<AutomationTest> = struct<AutomationTest>("AutomationTest", {
  DeviceUdf: string,
  Property: string,
  Test: string,
  Value: anything,
});

/** A time of each day: minutes on the house's clock, or the sun's (Event: sunrise, sunset). */
export interface DayTime {
  readonly Minutes?: number;
  readonly Event?: string;
}
export const DayTime: Struct<DayTime> = struct<DayTime>("DayTime", { Minutes: optional(integer), Event: optional(string) });

/** Carried out when one of the tests becomes true (Every: all are), or has been so for HeldSeconds, in that part of the day and on those days (from Sunday, 0). */
export interface AutomationTrigger {
  readonly Tests: readonly AutomationTest[];
  readonly Every?: boolean;
  readonly HeldSeconds?: number;
  readonly From?: DayTime;
  readonly Until?: DayTime;
  readonly Days?: readonly number[];
}
export const AutomationTrigger: Struct<AutomationTrigger> = struct<AutomationTrigger>("AutomationTrigger", {
  Tests: list(AutomationTest),
  Every: optional(boolean),
  HeldSeconds: optional(integer),
  From: optional(DayTime),
  Until: optional(DayTime),
  Days: optional(list(integer)),
});

/** A time that comes again, on these days; OffsetMinutes after the sun's event. */
export interface AutomationTime {
  readonly At: DayTime;
  readonly OffsetMinutes?: number;
  readonly Days: readonly number[];
}
export const AutomationTime: Struct<AutomationTime> = struct<AutomationTime>("AutomationTime", {
  At: DayTime,
  OffsetMinutes: optional(integer),
  Days: list(integer),
});

/** An automation: Time or If, and not both. Key: a random nonce. */
export interface CatalogedAutomation {
  readonly Key: string;
  /** The sentence that it was made of. */
  readonly Said: string;
  readonly Time?: AutomationTime;
  readonly If?: AutomationTrigger;
  readonly Orders: readonly SceneOrder[];
  /** What is done AfterSeconds later. */
  readonly AfterSeconds?: number;
  readonly After?: readonly SceneOrder[];
  /** Not carried out for the time being. */
  readonly Paused?: boolean;
  readonly Updated?: string;
}
export const CatalogedAutomation: Struct<CatalogedAutomation> = struct<CatalogedAutomation>("CatalogedAutomation", {
  Key: string,
  Said: string,
  Time: optional(AutomationTime),
  If: optional(AutomationTrigger),
  Orders: list(SceneOrder),
  AfterSeconds: optional(integer),
  After: optional(list(SceneOrder)),
  Paused: optional(boolean),
  Updated: optional(dateTime),
});

/** Automations of an account; devices that one looks at; UTF-16 units of its sentence; seconds of a span. What has more is refused, and not read. */
export const mostAutomations = 128;
export const mostAutomationTests = 16;
export const mostSaid = 256;
export const mostSpanSeconds = 366 * 86_400;
