/**
 * Two orders in one sentence, each with a time of its own: "turn on the lamp at seven and off at nine", "every day open the blinds at eight and close them
 * at sunset". What is said once counts for both: the verb, what it was given to, and the days. "From seven to nine" has the second order with it, and
 * "until nine" begins now. Left out: more than two, and a second time that is told by the first one ("and off after two hours").
 */
import { backOf, switchesSeveralOff } from "./back.ts";
import { lastShown, minutesAfter, nextShown } from "./clock.ts";
import type { Context } from "./context.ts";
import { after, later, unknownThen } from "./context.ts";
import type { Interpretation, SpokenOrder, TimedOrders } from "./interpret.ts";
import type { NameIndex } from "./name-index.ts";
import { referredBy } from "./referent.ts";
import type { SaidTime, When, WhenFound } from "./when.ts";
import { findWhen, saysToday, soonest } from "./when.ts";
import { refuse } from "./why-not.ts";
import { elided } from "./word-order.ts";

/** Before this minute of the day the sun has not set, and behind it it does not rise. */
const noon = 720;
const hour = 60;
/** What is said of a time after sunset: "eight" is before midnight, and "seven" in the morning. */
const evening = 1200;
const daysOfWeek = 7;

type Timed = Extract<Interpretation, { readonly kind: "timed" }>;
type Command = Extract<Interpretation, { readonly kind: "command" }>;

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
    const then = after(context, referredBy(first.meant, index) ?? context.referred);
    for (const words of elided(first.order, tail, language)) {
      const second = readAt(words, index, then, read);
      if (second === undefined) continue;
      // "On at six this evening and off at ten tomorrow": each has its day.
      const day = saysToday(head, language) ? undefined : dayOfBoth(first.start.when, second.start);
      const start = day ?? soonest(first.start, context.minutes);
      // How things are then nobody knows now.
      const meant = day && isAgain(day) ? read(first.order, unknownThen(context)) : first.meant;
      if (meant?.kind !== "command" || isOpen(start, first.start, second.start)) continue;
      const when = following(start, onFace(start, day ? ofDay(second.start) : second.start, context.minutes));
      if (when !== undefined) return withNext(meant, start, { when, orders: second.meant.orders, spoken: second.meant.spoken });
    }
  }
  return undefined;
}

/**
 * What goes on until a time: "leave the lamp on until eleven", "turn on the lamp from six to midnight". What begins now is undone then, as "for an hour" is;
 * what begins later is two orders, the second of which is the other of the first. @returns undefined where no order goes on
 */
export function readUntil({ start, end, rest }: WhenFound, index: NameIndex, context: Context, read: ReadOrder): Interpretation | undefined {
  if (end === undefined) return undefined;
  const meant = start === undefined ? read(rest, context) : undefined;
  if (meant?.kind === "command") {
    const back = backOf(meant.orders, index, context.known);
    return back === undefined ? forUnknown(index) : { ...meant, kind: "timed", when: soonest(end, context.minutes), back };
  }
  // "Turn off the heating until six": which one, is asked.
  if (meant?.kind === "question") return meant;
  const first = start === undefined ? readAt(rest, index, context, read) : readFrom(start, rest, context, read);
  if (first === undefined) return undefined;
  const begins = dayBefore(startOf(first.start, end, context.minutes), first.start, end, context.minutes);
  const when = following(begins, onFace(begins, end, context.minutes));
  if (when === undefined) return undefined;
  // Which of "the lights" are on then, and are to be on again, nobody knows.
  const undone = switchesSeveralOff(first.meant.orders)
    ? undefined
    : (backOf(first.meant.orders, index, undefined) ?? turned(first, index, context, read));
  if (undone === undefined) return forUnknown(index);
  return withNext(first.meant, begins, { when, orders: undone, spoken: undone.map(({ spoken }) => spoken).join("; ") });
}

function forUnknown({ vocabulary }: NameIndex): Interpretation {
  return refuse(vocabulary.language.Replies.ForUnknown);
}

/** "Six" of "from six to midnight" is the last six before it. */
function startOf(start: SaidTime, end: SaidTime, now: number | undefined): When {
  const { when } = start;
  if (start.said !== "face" || end.said !== "half" || !("minutes" in when) || !("minutes" in end.when)) return soonest(start, now);
  return { ...when, minutes: lastShown(when.minutes, end.when.minutes) };
}

/** "From ten at night to six tomorrow" begins today: the day that is said last is that of the end, where that is the earlier of them by the clock. */
function dayBefore(begins: When, { isDayLast }: SaidTime, end: SaidTime, now: number | undefined): When {
  if (isDayLast !== true || begins.kind !== "at" || begins.tomorrow !== true) return begins;
  const ends = onFace(begins, end, now);
  return "minutes" in ends && ends.minutes <= begins.minutes ? { kind: "at", minutes: begins.minutes } : begins;
}

/** The same order with "off" in the place of "on". */
function turned({ meant, order }: Read, index: NameIndex, context: Context, read: ReadOrder): readonly SpokenOrder[] | undefined {
  const { language } = index.vocabulary;
  const { True, False } = language;
  const other = order.some((word) => True.includes(word)) ? False[0] : order.some((word) => False.includes(word)) ? True[0] : undefined;
  if (other === undefined) return undefined;
  const then = unknownThen(after(context, referredBy(meant, index) ?? context.referred));
  for (const words of elided(order, [other], language)) {
    const opposite = read(words, then);
    if (opposite?.kind === "command") return opposite.orders;
  }
  return undefined;
}

/** One order at its time, and the words of the order. */
interface Read {
  readonly start: SaidTime;
  readonly meant: Command;
  readonly order: readonly string[];
}

function readAt(tokens: readonly string[], index: NameIndex, context: Context, read: ReadOrder): Read | undefined {
  const { language, times } = index.vocabulary;
  let left = mostTimes;
  for (const { start, end, rest } of findWhen(tokens, language, times)) {
    if (left-- === 0) return undefined;
    const found = start === undefined || end !== undefined ? undefined : readFrom(start, rest, context, read);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readFrom(start: SaidTime, order: readonly string[], context: Context, read: ReadOrder): Read | undefined {
  const meant = read(order, isAgain(start.when) ? unknownThen(context) : later(context));
  return meant?.kind === "command" ? { start, meant, order } : undefined;
}

function withNext({ notes, ...first }: Command, when: When, next: TimedOrders): Timed {
  return { ...first, kind: "timed", when, next, ...(notes === undefined ? {} : { notes }) };
}

/** "On at seven and off at nine tomorrow": the day that is said behind both is that of both, where the second is the later of them by the clock. */
function dayOfBoth(first: When, { when: second, isDayLast }: SaidTime): When | undefined {
  if (isDayLast !== true || first.kind !== "at" || first.tomorrow || first.days) return undefined;
  const { minutes } = first;
  if (second.kind === "every") return { kind: "every", minutes, days: second.days };
  if (second.kind !== "at" || minutes >= second.minutes) return undefined;
  return second.tomorrow || second.days ? { ...second, minutes } : undefined;
}

/** A time without its days, where the first has them now. */
function ofDay({ when, said }: SaidTime): SaidTime {
  return { when: when.kind === "every" ? { kind: "at", minutes: when.minutes } : when, said };
}

/** "On at eight and off at ten in the evening": whether in the morning or in the evening, nobody can tell. "On at nine and off at five pm" they can. */
function isOpen(start: When, { said: first }: SaidTime, { when: second, said }: SaidTime): boolean {
  if (first !== "face" || said !== "half" || !("minutes" in start) || !("minutes" in second)) return false;
  return start.minutes < noon && second.minutes >= noon && start.minutes + noon < second.minutes;
}

/** "On at nine and off at five", "on in ten minutes and off at nine", "on at sunset and off at eleven": the next five, nine, eleven that a clock face shows. */
function onFace(first: When, { when: second, said }: SaidTime, now: number | undefined): When {
  if (second.kind !== "at" || said !== "face" || second.tomorrow || second.days || second.minutes >= noon + hour) return second;
  const isSunset = first.kind === "sun" && first.event === "sunset";
  if (first.kind === "after")
    return now === undefined ? second : { ...second, minutes: nextShown({ minutes: second.minutes, said }, minutesAfter(now, first.seconds)) };
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
