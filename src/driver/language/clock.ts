/**
 * Times of the day in words: "half past seven", "19:30", "noon". What they look like is data of the language (Times.Clock). An hour from one to twelve
 * without its half of the day stands twice on a clock face: who speaks of it says which of them is meant by when he speaks, or by what it goes on to.
 */
import type { Language } from "./language.ts";
import { readNumber } from "./number.ts";
import type { Capture } from "./pattern.ts";
import { matchRow } from "./pattern.ts";
import type { TimeRows } from "./when.ts";

const minutesOfDay = 1440;
const minutesOfFace = minutesOfDay / 2;

/** How a time is said: of a clock face, which shows it twice a day, with its half of the day, or by the clock of 24 hours. */
export type SaidBy = "face" | "half" | "day";

/** Minutes of the day. */
export interface ClockTime {
  readonly minutes: number;
  readonly said: SaidBy;
}

/** Part of the day that tells which seven is meant. */
export type Half = NonNullable<Language["Times"]["Days"][number]["Half"]>;

/** The next time from `now` on, in minutes of the day, that a clock shows it; as it is where nobody knows how late it is. */
export function nextShown({ minutes, said }: ClockTime, now: number | undefined): number {
  if (said !== "face" || now === undefined) return minutes;
  const early = minutes % minutesOfFace;
  return now >= early && now < early + minutesOfFace ? early + minutesOfFace : early;
}

/** How late it is so many seconds after some minutes of the day. */
export function minutesAfter(minutes: number, seconds: number): number {
  return Math.floor(minutes + seconds / 60) % minutesOfDay;
}

/** The last time that a clock shows it before some minutes of the day: of "from six to midnight" six in the evening. */
export function lastShown(minutes: number, end: number): number {
  const early = minutes % minutesOfFace;
  return end > early && end <= early + minutesOfFace ? early : early + minutesOfFace;
}

/** "7", "7 30", "half past seven", "noon", "seven in the evening"; undefined for anything else. */
export function readClock(tokens: readonly string[], language: Language, rows: TimeRows): ClockTime | undefined {
  const written = tokens.length === 1 ? /^(\d{1,2})\.(\d\d)$/.exec(tokens[0] ?? "") : null;
  if (written) return onFace(tokens, Number(written[1]), timeOf(Number(written[1]), Number(written[2])));
  for (const { row, form } of rows.clock.fitting(tokens)) {
    for (const capture of matchRow(row, tokens)) {
      const time = clockOf(form, capture, language, rows);
      if (time !== undefined) return time;
    }
  }
  return undefined;
}

function clockOf(form: Language["Times"]["Clock"][number], capture: Capture, language: Language, rows: TimeRows): ClockTime | undefined {
  if (form.Minutes !== undefined) return { minutes: form.Minutes, said: "half" };
  if (capture.clock !== undefined) return ofHalf(readClock(capture.clock, language, rows), form.Half);
  const hour = wholeNumber(capture.hour, 24, language);
  const minutes = capture.minutes === undefined ? 0 : wholeNumber(capture.minutes, 59, language);
  if (hour === undefined || minutes === undefined) return undefined;
  const full = timeOf(hour, 0);
  if (full === undefined) return undefined;
  const time = (full + (form.Add ?? 0) + (form.Sign ?? 1) * minutes + minutesOfDay) % minutesOfDay;
  return form.Exact === true ? { minutes: time, said: "day" } : onFace(capture.hour ?? [], hour, time);
}

/** "05:00", "0" and "17" no clock face has. */
function onFace(tokens: readonly string[], hour: number, minutes: number | undefined): ClockTime | undefined {
  const isFace = hour >= 1 && hour <= 12 && !/^0/.test(tokens[0] ?? "");
  return minutes === undefined ? undefined : { minutes, said: isFace ? "face" : "day" };
}

/** A time of the clock face in one part of the day: undefined where it is none of it. What is said by the 24-hour clock stays as it is. */
export function ofHalf(time: ClockTime | undefined, half: Half | undefined): ClockTime | undefined {
  if (time === undefined || half === undefined) return time;
  const minutes = minutesOfHalf(time.minutes, half);
  return minutes === undefined ? undefined : { minutes, said: "half" };
}

function minutesOfHalf(minutes: number, half: Half): number | undefined {
  const hour = Math.floor(minutes / 60);
  const late = hour < 12 ? minutes + minutesOfFace : minutes;
  switch (half) {
    case "am":
      if (hour > 12) return undefined;
      return hour === 12 ? minutes - minutesOfFace : minutes;
    case "pm":
      return hour > 12 ? undefined : late;
    case "afternoon":
      return late;
    case "evening":
      return hour === 12 ? undefined : late;
    case "night":
      // "Two at night" is not "ten at night".
      if (hour === 12) return minutes - minutesOfFace;
      if (hour > 12 && hour < 18) return undefined;
      return hour < 6 ? minutes : late;
  }
}

function timeOf(hour: number, minutes: number): number | undefined {
  if (minutes > 59 || hour > 24 || (hour === 24 && minutes > 0)) return undefined;
  return (hour % 24) * 60 + minutes;
}

function wholeNumber(tokens: readonly string[] | undefined, most: number, language: Language): number | undefined {
  const found = tokens === undefined ? undefined : readNumber(tokens, 0, language);
  if (found === undefined || found.next !== tokens?.length || !Number.isInteger(found.value)) return undefined;
  return found.value >= 0 && found.value <= most ? found.value : undefined;
}
