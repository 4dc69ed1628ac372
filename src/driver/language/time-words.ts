/** What a language says of times and of rules, as data (when.ts, rule.ts). */
import * as v from "valibot";
import { fold } from "./text.ts";

/** Words are compared as texts are: folded. */
export const words = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1))),
  v.maxLength(128),
  v.transform((list) => list.map((word) => fold(word))),
);
export const reply = v.pipe(v.string(), v.minLength(1));

const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(-most), v.maxValue(most));
export const says = v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1), v.maxLength(32));
const days = v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6))), v.minLength(1));

/** The part of the day that a time of the clock face is in: "evening" is never at noon, "night" is before and after midnight. */
const half = v.picklist(["am", "pm", "afternoon", "evening", "night"]);

const sunEvent = v.picklist(["sunrise", "sunset"]);

/** Words for times (when.ts). Patterns have the slots {duration} {clock} {days}, {end} for the time until which it is so, {until} for the last of several days, those of Clock {hour} {minutes} {clock}. */
export const timesSchema = v.strictObject({
  Units: v.array(v.strictObject({ Seconds: v.pipe(v.number(), v.integer(), v.minValue(1)), Words: words })),
  /** Words that are a span by themselves: "a moment". */
  Spans: v.array(v.strictObject({ Seconds: v.pipe(v.number(), v.integer(), v.minValue(1)), Words: words })),
  /** Days from Sunday, 0. `Each`: every such day, and not the next alone. `Half`: of the day that part alone, in which {clock} is then read. */
  Days: v.array(v.strictObject({ Words: words, Days: days, Each: v.optional(v.literal(true)), Half: v.optional(half) })),
  /** Words that are of today alone: "this evening". */
  Today: v.optional(words, []),
  Clock: v.array(
    v.strictObject({
      Say: says,
      /** Added to the hour, in minutes. */
      Add: v.optional(count(60)),
      /** -1 where the minutes are those before the hour. */
      Sign: v.optional(v.picklist([1, -1])),
      /** Part of the day of {clock}. */
      Half: v.optional(half),
      /** Said by the 24-hour clock: never in the evening where the hour is below twelve. */
      Exact: v.optional(v.literal(true)),
      /** A time of its own, in minutes of the day. */
      Minutes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1439))),
    }),
  ),
  When: v.array(
    v.strictObject({
      Say: says,
      /** `now`: it begins at once, and has an end alone. */
      Kind: v.picklist(["after", "for", "at", "every", "sunrise", "sunset", "now"]),
      /** What ends it, where that is no time of the clock. */
      End: v.optional(sunEvent),
      Tomorrow: v.optional(v.literal(true)),
      Days: v.optional(days),
      /** -1 where {duration} is before the sun's event. */
      Sign: v.optional(v.picklist([1, -1])),
    }),
  ),
  /** Words that speak of a time, wherever they stand: what has one and is not understood is told so. */
  Words: words,
  /** Words for days that stand apart from the time of the day: "every day turn on the lamp at seven". */
  Apart: says,
  /** Words beside each other that speak of none, though one of them does: "good morning". */
  None: words,
});

/** Words for rules: "when the hall door opens, turn on the hall light" (rule.ts). */
export const rulesSchema = v.strictObject({
  /** The whole sentence, with {condition} and {orders}. */
  Say: says,
  /** What becomes so, with {target}, {property} and {value}. */
  Conditions: v.array(
    v.strictObject({
      Say: says,
      Test: v.picklist(["is", "above", "below", "changes"]),
      /** Words for the value where the pattern has none: the first that the thing knows. */
      Value: v.optional(v.pipe(v.array(reply), v.minLength(1), v.maxLength(8))),
      /** The property where nothing names one. */
      Property: v.optional(reply),
    }),
  ),
  /** For how long it has been so, with {duration}. */
  Held: says,
  /** In which part of the day it counts: {clock}, {until}, {days}, or the sun. */
  Within: v.array(
    v.strictObject({
      Say: says,
      From: v.optional(sunEvent),
      Until: v.optional(sunEvent),
      Days: v.optional(days),
      /** {clock} is the end of it, and not the beginning. */
      Ends: v.optional(v.literal(true)),
    }),
  ),
});
