/**
 * When an order for another time is due. Times of the day are those of the house's clock (the time zone of the machine): a time that the change to
 * summer time leaves out is due as much later as the clock leaps, one that the change back repeats is due the first time.
 */
import type { DayPoint, When, Within } from "../../driver/index.ts";
import type { Position } from "./sun.ts";
import { isPolarDay, sunTime } from "./sun.ts";

/** What comes again. */
export type Repeat = Extract<When, { readonly kind: "every" }> | (Extract<When, { readonly kind: "sun" }> & { readonly days: readonly number[] });

/** Days that are looked at: beyond a polar night, and more than any week. */
const mostDays = 200;

/** True for what comes again. */
export function isRepeat(when: When | undefined): when is Repeat {
  if (when === undefined) return false;
  return when.kind === "every" || (when.kind === "sun" && when.days !== undefined);
}

/** Days from one time to the next at most, as the days of the week have it. */
export function longestGap({ days }: Repeat): number {
  const sorted = [...days].sort((a, b) => a - b);
  return sorted.reduce((most, day, at) => Math.max(most, (sorted[at + 1] ?? (sorted[0] ?? day) + 7) - day), 0);
}

/** The first time after `now` (milliseconds since 1970); undefined when there is none, or when it takes a position that is not known. */
export function firstDue(when: When, now: number, position: Position | undefined): number | undefined {
  switch (when.kind) {
    case "after":
    case "for":
      return now + when.seconds * 1000;
    case "at":
      return when.tomorrow ? timeOn(now, 1, when.minutes) : nextTime(now, when.days, (day) => timeOn(now, day, when.minutes));
    case "every":
      return nextTime(now, when.days, (day) => timeOn(now, day, when.minutes));
    case "sun": {
      if (position === undefined) return undefined;
      return nextTime(now, when.days, (day) => {
        const sun = sunTime(when.event, position, timeOn(now, day, 720));
        return sun === undefined ? undefined : sun + when.offsetMinutes * 60_000;
      });
    }
  }
}

function nextTime(now: number, days: readonly number[] | undefined, timeOf: (day: number) => number | undefined): number | undefined {
  // In the north the sun of one day sets on the next.
  for (let day = -1; day < mostDays; day++) {
    const time = timeOf(day);
    if (time === undefined || time <= now) continue;
    if (days?.includes(new Date(timeOn(now, day, 720)).getDay()) !== false) return time;
  }
  return undefined;
}

/** True in the part of the day and on the days in which a rule counts; a part over midnight is of the day on which it begins. */
export function isWithin(within: Within, now: number, position: Position | undefined): boolean {
  const { from, until, days } = within;
  const isOfSun = from !== undefined && until !== undefined && "event" in from && "event" in until;
  const timeOf = (point: DayPoint, day: number): number | undefined => {
    if ("minutes" in point) return timeOn(now, day, point.minutes);
    const noon = timeOn(now, day, 720);
    return position && (sunTime(point.event, position, noon) ?? (isOfSun ? polarTime(point.event, position, noon) : undefined));
  };
  return [0, -1].some((day) => {
    const start = from === undefined ? timeOn(now, day, 0) : timeOf(from, day);
    const end = until === undefined ? timeOn(now, day + 1, 0) : timeOf(until, endsNextDay(within) ? day + 1 : day);
    if (start === undefined || end === undefined || now < start || now >= end) return false;
    return days?.includes(new Date(timeOn(now, day, 720)).getDay()) !== false;
  });
}

/** Whether a part of the day goes over midnight. A time of the clock beside one of the sun tells by its half of the day: the sun sets before and after nine. */
function endsNextDay({ from, until }: Within): boolean {
  if (from === undefined || until === undefined) return false;
  if ("event" in from) return from.event === "sunset" && ("event" in until || until.minutes < 720);
  return "event" in until ? until.event === "sunrise" && from.minutes >= 720 : until.minutes <= from.minutes;
}

/** On a day on which the sun does not set it is up from midnight to midnight; where it does not rise it shows for a moment at noon. */
function polarTime(event: "sunrise" | "sunset", position: Position, noon: number): number {
  const half = isPolarDay(position, noon) ? 43_200_000 : 0;
  return event === "sunrise" ? noon - half : noon + Math.max(1, half);
}

/** True for what takes the position of the house. */
export function needsSun(automation: {
  readonly when?: When | undefined;
  readonly trigger?: { readonly within?: Within | undefined } | undefined;
}): boolean {
  const { from, until } = automation.trigger?.within ?? {};
  return automation.when?.kind === "sun" || [from, until].some((point) => point !== undefined && "event" in point);
}

/** Some minutes of the day, `days` days after that of `now`. */
function timeOn(now: number, days: number, minutes: number): number {
  const today = new Date(now);
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() + days, Math.floor(minutes / 60), minutes % 60).getTime();
}

/** How late it is on the house's clock, in minutes of the day. */
export function minutesOfDay(now: number): number {
  const time = new Date(now);
  return time.getHours() * 60 + time.getMinutes();
}

/** "2026-11-29 07:00" on the house's clock. */
export function localTime(time: number): string {
  const date = new Date(time);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
