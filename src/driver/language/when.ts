/**
 * Words for a time: "in ten minutes", "at half past seven in the evening", "every weekday at 7", "an hour before sunset". What they look like is data
 * of the language (Times). What goes on has its end with it: "until eleven", "from seven to nine" (two-times.ts). Left out: dates.
 */
import type { ClockTime, Half, SaidBy } from "./clock.ts";
import { nextShown, ofHalf, readClock } from "./clock.ts";
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

/** A time as it is said: of the clock, or in other words. */
export interface SaidTime {
  readonly when: When;
  readonly said?: SaidBy | undefined;
  /** The day is said behind the time of it: "at nine tomorrow". */
  readonly isDayLast?: boolean;
}

/** A sentence without its words for a time: when it begins, or when it ends, which both are said of "from seven to nine". */
export interface WhenFound {
  readonly start?: SaidTime;
  readonly end?: SaidTime;
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

/** True where some words are of today alone: "this evening". */
export function saysToday(tokens: readonly string[], { Times }: Language): boolean {
  const said = ` ${tokens.join(" ")} `;
  return Times.Today.some((words) => said.includes(` ${words} `));
}

/** Words before a time of the day: "at", and "from" in "from seven to nine". Made ready once for each language. */
const wordsBeforeClock = new WeakMap<TimeRows, ReadonlySet<string>>();

function clockWords(rows: TimeRows): ReadonlySet<string> {
  const made = rows.when.all.flatMap(({ row: [word, slot, ...more] }) => {
    const isAll = more.length === 0 || (more.length === 2 && more.some((piece) => "slot" in piece && piece.slot === "end"));
    return word && "word" in word && slot && "slot" in slot && slot.slot === "clock" && isAll ? [word.word] : [];
  });
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
          const found = timesOf(form, capture, language, rows);
          if (found === undefined) continue;
          // "From six this evening to nine tomorrow": not of tomorrow alone.
          if (form.Tomorrow === true && form.Kind !== "now" && saysToday(span, language)) continue;
          const last = row.at(-1);
          const isDayLast = last !== undefined && !("slot" in last && last.slot === "clock");
          yield {
            ...found,
            ...(found.start === undefined ? {} : { start: { ...found.start, isDayLast } }),
            rest: [...tokens.slice(0, start), ...tokens.slice(start + length)],
          };
        }
      }
    }
  }
}

type Form = Language["Times"]["When"][number];

/** The next time that a clock shows it, of what is done once; on a day that is named it is that of the 24-hour clock. */
export function soonest({ when, said = "day" }: SaidTime, now: number | undefined): When {
  const isOpen = when.kind === "at" && when.tomorrow !== true && when.days === undefined;
  return isOpen ? { ...when, minutes: nextShown({ minutes: when.minutes, said }, now) } : when;
}

/** What some words say: when, and until when. */
function timesOf(form: Form, capture: Capture, language: Language, rows: TimeRows): Pick<WhenFound, "start" | "end"> | undefined {
  if (capture.end === undefined && form.End === undefined) {
    const start = whenOf(form, capture, language, rows);
    return start && { start };
  }
  const clock = capture.end === undefined ? undefined : readClock(capture.end, language, rows);
  if (capture.end !== undefined && clock === undefined) return undefined;
  const ofSun = form.End === undefined ? undefined : { kind: "sun" as const, event: form.End, offsetMinutes: 0 };
  const isTomorrow = form.Kind === "now" && form.Tomorrow === true;
  const when = ofSun ?? (clock && { kind: "at" as const, minutes: clock.minutes, ...(isTomorrow ? { tomorrow: true } : {}) });
  if (when === undefined) return undefined;
  const end = { when, said: clock?.said };
  if (form.Kind === "now") return { end };
  const start = whenOf(form, capture, language, rows);
  return start && { start, end };
}

function whenOf(form: Form, capture: Capture, language: Language, rows: TimeRows): SaidTime | undefined {
  const seconds = capture.duration === undefined ? undefined : readDuration(capture.duration, language);
  const named = daysOf(capture, language);
  if (named === null) return undefined;
  // "Every evening at 7": the half of the day is said with the days.
  const clock = capture.clock === undefined ? undefined : ofHalf(readClock(capture.clock, language, rows), named?.half);
  if ((capture.duration && !seconds) || (capture.clock && clock === undefined)) return undefined;
  // "Friday night at one": is it that of friday, or the one before it?
  if (named?.half === "night" && named.days.length < daysOfWeek && clock !== undefined && clock.minutes < minutesOfDay / 2) return undefined;
  const when = whenOfKind(form, { seconds, clock, named });
  return when && { when, said: clock?.said };
}

/** @param said what stands in the slots */
function whenOfKind(
  form: Form,
  { seconds, clock, named }: { readonly seconds: number | undefined; readonly clock: ClockTime | undefined; readonly named: NamedDays | undefined },
): When | undefined {
  const days = named?.days ?? form.Days;
  const minutes = clock?.minutes;
  switch (form.Kind) {
    case "now":
      return undefined;
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
