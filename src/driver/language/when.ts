/**
 * Words for a time: "in ten minutes", "at half past seven in the evening", "every weekday at 7", "an hour before sunset". What they look like is data
 * of the language (Times). Hours are read by the 24-hour clock where nothing says which half of the day is meant. Left out: dates. What
 * goes on "from seven to nine" has two times (two-times.ts).
 */
import type { Language } from "./language.ts";
import { readNumber } from "./number.ts";
import type { Capture } from "./pattern.ts";
import { matchRow } from "./pattern.ts";
import type { FormRow, RowIndex } from "./row-index.ts";

/** When something is to happen. Days are counted from Sunday, 0; minutes are those of the day on the house's clock. */
export type When =
  | { readonly kind: "after"; readonly seconds: number }
  /** For so long, and then as it was. */
  | { readonly kind: "for"; readonly seconds: number }
  /** Once: the next time that it is so late, on one of the days where there are some; `tomorrow` is not today. */
  | { readonly kind: "at"; readonly minutes: number; readonly tomorrow?: boolean; readonly days?: readonly number[] }
  | { readonly kind: "every"; readonly minutes: number; readonly days: readonly number[] }
  /** Once without days. */
  | { readonly kind: "sun"; readonly event: "sunrise" | "sunset"; readonly offsetMinutes: number; readonly days?: readonly number[] };

/** Words for times of one language, made ready. */
export interface TimeRows {
  readonly when: RowIndex<FormRow<Language["Times"]["When"][number]>>;
  readonly clock: RowIndex<FormRow<Language["Times"]["Clock"][number]>>;
  readonly apart: RowIndex<FormRow<object>>;
}

/** A sentence without its words for a time. */
export interface WhenFound {
  readonly when: When;
  readonly rest: readonly string[];
}

/** Longest words for a time, in tokens. */
const spanLimit = 12;
const mostSeconds = 366 * 86_400;
/** Longest words for days that stand apart from the time of the day. */
const apartLimit = 6;
/** So many words before a time of the day are tried with them, the last of a sentence. */
const apartTries = 2;
const minutesOfDay = 1440;
const daysOfWeek = 7;

/** Every way in which some words of a sentence are a time, the longest words first; then those in which the days stand at its beginning, and the time of the day elsewhere. */
export function* findWhen(tokens: readonly string[], language: Language, rows: TimeRows): Generator<WhenFound> {
  yield* findBeside(tokens, language, rows);
  for (const together of broughtTogether(tokens, language, rows)) yield* findBeside(together, language, rows);
}

/** "Every day turn on the lamp at seven" as "turn on the lamp every day at seven". */
function* broughtTogether(tokens: readonly string[], language: Language, rows: TimeRows): Generator<readonly string[]> {
  const fitting = rows.apart.fitting(tokens);
  for (let length = Math.min(apartLimit, tokens.length - 1); length > 0 && fitting.length > 0; length--) {
    const days = tokens.slice(0, length);
    if (!fitting.some(({ row }) => matchRow(row, days).some((capture) => daysOf(capture, language) !== null))) continue;
    const rest = tokens.slice(length);
    const clocks = [...rest.keys()].filter((at) => at > 0 && clockWords(rows).has(rest[at] ?? ""));
    for (const at of clocks.slice(-apartTries)) yield [...rest.slice(0, at), ...days, ...rest.slice(at)];
    return;
  }
}

/** Words before a time of the day: "at". Made ready once for each language. */
const wordsBeforeClock = new WeakMap<TimeRows, ReadonlySet<string>>();

function clockWords(rows: TimeRows): ReadonlySet<string> {
  const made = rows.when.all.flatMap(({ row: [word, slot, more] }) =>
    word && "word" in word && slot && "slot" in slot && slot.slot === "clock" && more === undefined ? [word.word] : [],
  );
  const known = wordsBeforeClock.get(rows) ?? new Set(made);
  wordsBeforeClock.set(rows, known);
  return known;
}

function* findBeside(tokens: readonly string[], language: Language, rows: TimeRows): Generator<WhenFound> {
  const when = rows.when.fitting(tokens);
  if (when.length === 0) return;
  for (let length = Math.min(spanLimit, tokens.length - 1); length > 0; length--) {
    for (let start = 0; start + length <= tokens.length; start++) {
      const span = tokens.slice(start, start + length);
      for (const { row, form } of when) {
        for (const capture of matchRow(row, span)) {
          const found = whenOf(form, capture, language, rows);
          if (found !== undefined) yield { when: found, rest: [...tokens.slice(0, start), ...tokens.slice(start + length)] };
        }
      }
    }
  }
}

function whenOf(form: Language["Times"]["When"][number], capture: Capture, language: Language, rows: TimeRows): When | undefined {
  const seconds = capture.duration === undefined ? undefined : readDuration(capture.duration, language);
  const named = daysOf(capture, language);
  if (named === null) return undefined;
  // "Every evening at 7": the half of the day is said with the days.
  const minutes = capture.clock === undefined ? undefined : ofHalf(readClock(capture.clock, language, rows), named?.half);
  if ((capture.duration && !seconds) || (capture.clock && minutes === undefined)) return undefined;
  const days = named?.days ?? form.Days;
  // "Friday night at one": is it that of friday, or the one before it?
  if (named?.half === "night" && named.days.length < daysOfWeek && minutes !== undefined && minutes < minutesOfDay / 2) return undefined;
  switch (form.Kind) {
    case "after":
    case "for":
      return seconds === undefined ? undefined : { kind: form.Kind, seconds };
    case "at":
      if (minutes === undefined) return undefined;
      // "Tomorrow night at 12": at the end of tomorrow, or is it tonight?
      if (form.Tomorrow === true && named?.half === "night" && minutes < minutesOfDay / 2) return undefined;
      // "Tomorrow evening at 8", "this evening at 8": once.
      if (days === undefined || (named?.half !== undefined && days.length === daysOfWeek))
        return { kind: "at", minutes, ...(form.Tomorrow === true ? { tomorrow: true } : {}) };
      if (form.Tomorrow === true) return undefined;
      return named?.each === true ? { kind: "every", minutes, days } : { kind: "at", minutes, days };
    case "every":
      return minutes === undefined || days === undefined ? undefined : { kind: "every", minutes, days };
    case "sunrise":
    case "sunset": {
      const offsetMinutes = ((form.Sign ?? 1) * (seconds ?? 0)) / 60;
      if (!Number.isInteger(offsetMinutes) || Math.abs(offsetMinutes) > 360) return undefined;
      return { kind: "sun", event: form.Kind, offsetMinutes, ...(days === undefined ? {} : { days }) };
    }
  }
}

/** "ten minutes", "an hour", "half an hour", "two and a half hours", "an hour and twenty minutes": seconds; undefined for anything else. */
export function readDuration(tokens: readonly string[], language: Language): number | undefined {
  const { And, Times } = language;
  const whole = Times.Spans.find(({ Words }) => Words.includes(tokens.join(" ")));
  if (whole !== undefined) return whole.Seconds;
  for (const [at, token] of tokens.entries()) {
    if (at === 0 || !And.includes(token)) continue;
    const first = readDuration(tokens.slice(0, at), language);
    const others = first === undefined ? undefined : readDuration(tokens.slice(at + 1), language);
    if (first !== undefined && others !== undefined) return bounded(first + others);
  }
  const unit = Times.Units.find(({ Words }) => Words.includes(tokens.at(-1) ?? ""));
  const amount = unit && readAmount(tokens.slice(0, -1), language);
  return amount === undefined || unit === undefined ? undefined : bounded(Math.round(amount * unit.Seconds));
}

function bounded(seconds: number): number | undefined {
  return seconds > 0 && seconds <= mostSeconds ? seconds : undefined;
}

/** "ten", "an", "half an", "two and a half", "one and a half". */
function readAmount(tokens: readonly string[], language: Language): number | undefined {
  const { Articles, And, Fractions } = language;
  const words = tokens.filter((token, at) => !(at > 0 && Articles.includes(token)));
  const [first = "", second = ""] = words;
  if (words.length === 1 && Articles.includes(first)) return 1;
  if (words.length === 1 && Object.hasOwn(Fractions, first)) return Fractions[first];
  const found = readNumber(words, 0, language);
  if (found === undefined) return words.length === 2 && Articles.includes(first) && Object.hasOwn(Fractions, second) ? Fractions[second] : undefined;
  if (found.next === words.length) return found.value;
  const part = words[found.next + 1] ?? "";
  const isPart = found.next + 2 === words.length && And.includes(words[found.next] ?? "") && Object.hasOwn(Fractions, part);
  return isPart ? found.value + (Fractions[part] ?? 0) : undefined;
}

/** "7", "7 30", "half past seven", "noon", "seven in the evening": minutes of the day; undefined for anything else. */
export function readClock(tokens: readonly string[], language: Language, rows: TimeRows): number | undefined {
  const written = tokens.length === 1 ? /^(\d{1,2})\.(\d\d)$/.exec(tokens[0] ?? "") : null;
  if (written) return timeOf(Number(written[1]), Number(written[2]));
  for (const { row, form } of rows.clock.fitting(tokens)) {
    for (const capture of matchRow(row, tokens)) {
      const minutes = clockOf(form, capture, language, rows);
      if (minutes !== undefined) return minutes;
    }
  }
  return undefined;
}

function clockOf(form: Language["Times"]["Clock"][number], capture: Capture, language: Language, rows: TimeRows): number | undefined {
  if (form.Minutes !== undefined) return form.Minutes;
  if (capture.clock !== undefined) return ofHalf(readClock(capture.clock, language, rows), form.Half);
  const hour = wholeNumber(capture.hour, 24, language);
  const minutes = capture.minutes === undefined ? 0 : wholeNumber(capture.minutes, 59, language);
  if (hour === undefined || minutes === undefined) return undefined;
  const full = timeOf(hour, 0);
  if (full === undefined) return undefined;
  return (full + (form.Add ?? 0) + (form.Sign ?? 1) * minutes + minutesOfDay) % minutesOfDay;
}

/** Part of the day that tells which seven is meant. */
type Half = NonNullable<Language["Times"]["Days"][number]["Half"]>;

/** A time of the clock face in one part of the day: undefined where it is none of it. What is said by the 24-hour clock stays as it is. */
function ofHalf(minutes: number | undefined, half: Half | undefined): number | undefined {
  if (minutes === undefined || half === undefined) return minutes;
  const hour = Math.floor(minutes / 60);
  const late = hour < 12 ? minutes + minutesOfDay / 2 : minutes;
  switch (half) {
    case "am":
      if (hour > 12) return undefined;
      return hour === 12 ? minutes - minutesOfDay / 2 : minutes;
    case "pm":
      return hour > 12 ? undefined : late;
    case "afternoon":
      return late;
    case "evening":
      return hour === 12 ? undefined : late;
    case "night":
      // "Two at night" is not "ten at night".
      if (hour === 12) return minutes - minutesOfDay / 2;
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

/** Days that are named; `each`: every such day, and not the next alone; `half`: of each a part, as "evening". */
interface NamedDays {
  readonly days: readonly number[];
  readonly each: boolean;
  readonly half?: Half | undefined;
}

/** The days of some words for a time; undefined where they have none, null where they are not known. "From monday to friday" are all between them. */
function daysOf({ days, until }: Capture, language: Language): NamedDays | undefined | null {
  if (days === undefined) return undefined;
  const named = readDays(days, language);
  if (named === undefined || until === undefined) return named ?? null;
  const last = readDays(until, language);
  const [from, to] = [named.days, last?.days ?? []].map(([day, ...others]) => (others.length === 0 ? day : undefined));
  if (from === undefined || to === undefined || named.half !== undefined || last?.half !== undefined) return null;
  const span = Array.from({ length: ((to - from + daysOfWeek) % daysOfWeek) + 1 }, (_, turn) => (from + turn) % daysOfWeek);
  return { days: span.sort((a, b) => a - b), each: true };
}

/** "monday", "weekdays", "mondays and fridays", "evening". */
export function readDays(tokens: readonly string[], language: Language): NamedDays | undefined {
  const { And, Times } = language;
  const known = Times.Days.find(({ Words }) => Words.includes(tokens.join(" ")));
  if (known !== undefined) return { days: known.Days, each: known.Each === true, half: known.Half };
  // "Weekday morning"; "monday mornings" are all of them.
  const part = Times.Days.find(({ Words, Half }) => Half !== undefined && Words.includes(tokens.at(-1) ?? ""));
  const whole = part && tokens.length > 1 ? readDays(tokens.slice(0, -1), language) : undefined;
  if (part && whole && whole.half === undefined && whole.days.length < daysOfWeek) {
    return { days: whole.days, each: whole.each || tokens.at(-1) !== part.Words[0], half: part.Half };
  }
  const at = tokens.findIndex((token) => And.includes(token));
  if (at < 1) return undefined;
  const first = readDays(tokens.slice(0, at), language);
  const others = readDays(tokens.slice(at + 1), language);
  if (first === undefined || others === undefined || first.half !== undefined || others.half !== undefined) return undefined;
  return { days: [...new Set([...first.days, ...others.days])].sort((a, b) => a - b), each: first.each && others.each };
}

/** True when a sentence has a word that stands for a time: what has one and is not understood is told so. */
export function speaksOfTime(tokens: readonly string[], language: Language): boolean {
  return tokens.some((_, at) => isTimeAt(tokens, at, language));
}

/** True where a word stands for a time, and not together with those beside it for something else. */
export function isTimeAt(tokens: readonly string[], at: number, { Times }: Language): boolean {
  const token = tokens[at] ?? "";
  if (!Times.Words.includes(token) && !Times.Units.some(({ Words }) => Words.includes(token))) return false;
  return !Times.None.some((text) => {
    const words = text.split(" ");
    return words.some((_, turn) => words.every((word, place) => tokens[at - turn + place] === word));
  });
}
