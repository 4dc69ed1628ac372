/**
 * Two orders in one sentence, each with a time of its own: "turn on the lamp at seven and off at nine", "every day open the blinds at eight and close them
 * at sunset". What is said once counts for both: the verb, what it was given to, and the days. Left out: more than two, and a second time that is
 * told by the first one ("and off after two hours").
 */
import type { Context } from "./context.ts";
import { after, unknownThen } from "./context.ts";
import type { Interpretation, TimedOrders } from "./interpret.ts";
import type { NameIndex } from "./name-index.ts";
import { readNumber } from "./number.ts";
import { referredBy } from "./referent.ts";
import type { When } from "./when.ts";
import { findWhen } from "./when.ts";
import { elided } from "./word-order.ts";

/** Before this minute of the day the sun has not set, and behind it it does not rise. */
const noon = 720;
const hour = 60;
/** What is said of a time after sunset: "eight" is before midnight, and "seven" in the morning. */
const evening = 1200;
const daysOfWeek = 7;

type Timed = Extract<Interpretation, { readonly kind: "timed" }>;

/** What some tokens mean as one order, without a time. */
type ReadOrder = (tokens: readonly string[], context: Context) => Interpretation | undefined;

/** Most ways in which words for a time are taken out of a part. */
const mostTimes = 4;

/** Where a sentence may be taken apart into two orders with a time each: before an "and" with words for times on both sides. */
export function partsWithTimes(
  tokens: readonly string[],
  { vocabulary: { language, times } }: NameIndex,
): readonly (readonly (readonly string[])[])[] {
  return [...tokens.keys()].flatMap((at) => {
    if (at === 0 || !language.And.includes(tokens[at] ?? "")) return [];
    const parts = [tokens.slice(0, at), tokens.slice(language.Then.includes(tokens[at + 1] ?? "") ? at + 2 : at + 1)];
    return parts.every((words) => times.when.fitting(words).length > 0) ? [parts] : [];
  });
}

/** Both of them, the first with what follows it; undefined where it is not so. */
export function readTwoTimes(tokens: readonly string[], index: NameIndex, context: Context, read: ReadOrder): Timed | undefined {
  const { language } = index.vocabulary;
  for (const [head = [], tail = []] of partsWithTimes(tokens, index)) {
    const first = readAt(head, index, context, read);
    if (first === undefined) continue;
    const then = after(context, referredBy(first.timed, index) ?? context.referred);
    for (const words of elided(first.order, tail, language)) {
      const second = readAt(words, index, then, read)?.timed;
      if (second === undefined) continue;
      const halves = { first: isHalfSaid(head, first.timed.when, index), second: isHalfSaid(tail, second.when, index) };
      const when = isOpen(first.timed.when, second.when, halves)
        ? undefined
        : following(first.timed.when, onFace(first.timed.when, second.when, halves.second));
      if (when !== undefined) return withNext(first.timed, { when, orders: second.orders, spoken: second.spoken });
    }
  }
  return undefined;
}

/** One order at its time, and the words of the order. */
function readAt(
  tokens: readonly string[],
  index: NameIndex,
  context: Context,
  read: ReadOrder,
): { readonly timed: Timed; readonly order: readonly string[] } | undefined {
  const { language, times } = index.vocabulary;
  let left = mostTimes;
  for (const { when, rest } of findWhen(tokens, language, times)) {
    if (left-- === 0) return undefined;
    const meant = read(rest, isAgain(when) ? unknownThen(context) : context);
    if (meant?.kind === "command") return { timed: { ...meant, kind: "timed", when }, order: rest };
  }
  return undefined;
}

function withNext({ notes, ...first }: Timed, next: TimedOrders): Timed {
  return { ...first, next, ...(notes === undefined ? {} : { notes }) };
}

/** True where the half of the day is said: "in the evening", "midnight", "05 00", "0" and "24", which no clock face has. */
function isHalfSaid(tokens: readonly string[], when: When, { vocabulary: { language, times } }: NameIndex): boolean {
  const { Articles, Connectors } = language;
  const words = times.clock.all
    .flatMap(({ row, form }) => (form.Half === undefined && form.Minutes === undefined ? [] : row))
    .flatMap((piece) => ("word" in piece ? [piece.word] : []));
  const halves = new Set(words.filter((word) => !Articles.includes(word) && !Connectors.includes(word)));
  if (tokens.some((token) => halves.has(token) || /^0\d/.test(token))) return true;
  if (!("minutes" in when) || when.minutes >= hour) return false;
  // "A quarter to one" has another hour than 0.
  return when.minutes === 0 || tokens.some((_, at) => readNumber(tokens, at, language)?.value === 0);
}

/** "From eight to ten pm": whether in the morning or in the evening, nobody can tell. "From nine to five pm" they can. */
function isOpen(first: When, second: When, halves: { readonly first: boolean; readonly second: boolean }): boolean {
  if (!halves.second || halves.first || !("minutes" in first) || !("minutes" in second)) return false;
  return first.minutes < noon && second.minutes >= noon && first.minutes + noon < second.minutes;
}

/** "On at nine and off at five", "on at sunset and off at eleven": the next five, the next eleven, that a clock face shows. */
function onFace(first: When, second: When, isHalf: boolean): When {
  if (second.kind !== "at" || isHalf || second.tomorrow || second.days || second.minutes >= noon + hour) return second;
  const isSunset = first.kind === "sun" && first.event === "sunset";
  const from = "minutes" in first ? first.minutes : isSunset ? evening : undefined;
  // "On at ten in the evening and off at twelve"
  if (second.minutes >= noon) return from !== undefined && from >= second.minutes ? { ...second, minutes: second.minutes - noon } : second;
  const late = second.minutes + noon;
  const isLate = isSunset ? late >= evening : from !== undefined && from >= second.minutes && from < late;
  return isLate ? { ...second, minutes: late } : second;
}

function isAgain(when: When): boolean {
  return when.kind === "every" || (when.kind === "sun" && when.days !== undefined);
}

/** The second time as it follows the first: on its days, and on the next where that is what is meant; undefined where nobody can tell. */
function following(first: When, second: When): When | undefined {
  if (first.kind === "for" || second.kind === "for") return undefined;
  if (second.kind === "after") return first.kind === "after" && first.seconds < second.seconds ? second : undefined;
  if (isAgain(second)) return isAgain(first) ? second : undefined;
  if (!isAgain(first)) return second;
  // "Every day at seven, and tomorrow at nine"
  if (first.kind === "at" || first.kind === "after" || (second.kind === "at" && (second.tomorrow || second.days))) return undefined;
  const shift = isNextDay(first, second) ? 1 : 0;
  const days = (first.days ?? []).map((day) => (day + shift) % daysOfWeek).sort((a, b) => a - b);
  return second.kind === "at" ? { kind: "every", minutes: second.minutes, days } : { ...second, days };
}

/** "On at ten and off at six", "on at sunset and off at one". */
function isNextDay(first: When, second: When): boolean {
  const minutesOf = (when: When): number | undefined => ("minutes" in when ? when.minutes : undefined);
  const [from, until] = [minutesOf(first), minutesOf(second)];
  const isOf = (when: When, event: "sunrise" | "sunset"): boolean => when.kind === "sun" && when.event === event;
  if (from !== undefined && until !== undefined) return until <= from;
  if (from === undefined && until !== undefined) return isOf(first, "sunset") && until < noon;
  if (from !== undefined) return isOf(second, "sunrise") && from >= noon;
  return isOf(first, "sunset");
}
