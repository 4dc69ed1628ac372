/**
 * Sentences with a time: what is left without it is understood as an order, for that time and for no other. What goes on until a time, and two orders with
 * a time each, are those of two-times.ts.
 */
import { backOf } from "./back.ts";
import type { Context, ReadOnce } from "./context.ts";
import { later, unknownThen } from "./context.ts";
import type { Interpretation } from "./interpret.ts";
import type { NameIndex } from "./name-index.ts";
import { partsWithTimes, readTwoTimes, readUntil } from "./two-times.ts";
import { findWhen, soonest } from "./when.ts";
import { refuse } from "./why-not.ts";

/** Most ways to take words for a time out of a sentence. */
const timeLimit = 8;

/** What tokens mean without a time. */
export interface Readers {
  /** As one order or question. */
  readonly one: (tokens: readonly string[], context: Context) => ReadOnce;
  /** As several orders. */
  readonly several: (tokens: readonly string[], context: Context) => Interpretation | undefined;
  /** The same tokens in other words, as many as may still be looked at. */
  readonly inOtherWords: (tokens: readonly string[], context: Context) => Iterable<readonly string[]>;
}

/** The sentence without its time. What is understood so is meant for that time, and for no other. */
export function readTimed(tokens: readonly string[], index: NameIndex, context: Context, readers: Readers): Interpretation | undefined {
  const { language, times } = index.vocabulary;
  const order = (words: readonly string[], then: Context) => readers.one(words, then).meant;
  let left = timeLimit;
  let found: { readonly meant: Interpretation; readonly rest: string } | undefined;
  for (const said of findWhen(tokens, language, times)) {
    const { start, end, rest } = said;
    const others = rest.join(" ");
    if (found !== undefined && rest.length !== found.rest.split(" ").length) return found.meant;
    if (left-- === 0) return found?.meant;
    if (found?.rest === others) continue;
    const until = end === undefined ? undefined : readUntil(said, index, context, order);
    if (until !== undefined) return until;
    if (start === undefined || end !== undefined) continue;
    const when = soonest(start, context.minutes);
    const comesAgain = when.kind === "every" || (when.kind === "sun" && when.days !== undefined);
    const meant = order(rest, comesAgain ? unknownThen(context) : when.kind === "for" ? context : later(context));
    // "Keep the heater at 21 at seven": which of them is the time?
    if (found !== undefined && meant?.kind === "command") return refuse(language.Replies.TimeUnknown);
    if (found !== undefined) continue;
    if (meant?.kind === "command" && when.kind === "for") {
      const back = backOf(meant.orders, index, context.known);
      return back === undefined ? refuse(language.Replies.ForUnknown) : { ...meant, kind: "timed", when, back };
    }
    if (meant?.kind === "command") {
      found = { meant: { ...meant, kind: "timed", when }, rest: others };
      continue;
    }
    if (meant?.kind === "query") return refuse(language.Replies.TimeUnknown);
    if (meant !== undefined) return meant;
    // Of several orders and one time it is not known which of them it is for.
    if (readers.several(rest, context)?.kind === "command") return refuse(language.Replies.TimeOfWhich);
  }
  return found?.meant;
}

/** The same for a time that is said in other words: "in about ten minutes", "every weekday morning at seven". */
export function readOtherTime(tokens: readonly string[], index: NameIndex, context: Context, readers: Readers): Interpretation | undefined {
  const hasTwo = partsWithTimes(tokens, index).length > 0;
  for (const words of readers.inOtherWords(tokens, context)) {
    const meant = readTimed(words, index, context, readers) ?? (hasTwo ? undefined : readTwice(words, index, context, readers));
    if (meant?.kind === "timed") return meant;
  }
  return undefined;
}

/** The sentence as two orders with a time each. */
export function readTwice(tokens: readonly string[], index: NameIndex, context: Context, { one }: Readers): Interpretation | undefined {
  return readTwoTimes(tokens, index, context, (words, then) => one(words, then).meant);
}
