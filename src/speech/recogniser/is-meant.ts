/**
 * When a sentence that was heard counts: whatever is said, one of the house's sentences is the nearest to it. Set by the sentences and voices that the bench
 * calls tuning, never by those of its figures (docs/figures.md).
 */
import type { HeardBySearch, HelperAnswer } from "./helper.ts";

/** What speaks for a sentence: how its sounds are above whatever else could be said, in all of it and in its worst word; what it is unlike; its length. */
const weights = { score: 0.17, worst: 0.08, unlike: -4, length: 1 } as const;
/** One word alone does not refuse a sentence. */
const leastWorst = -30;
/** What heard it: the grammar of the house, the language model, or both, so that they mean the same. */
export type HeardBy = "grammar" | "model" | "both";
/** What a sentence would be. */
export type HeardAs = "order" | "several" | "question" | "timed" | "answer" | "nothing";
/**
 * What all of that has to come to, by what heard the sentence and what it would be. What was said to nobody is hardly ever heard as something that could be done
 * by the language model, and so counts there with less. Orders that are done at once are hardly heard in other speech by the grammar, either: there it is a
 * time behind whatever it may be, a second order, a question, or what has to be asked back. A "yes" is soon heard in a noise. What this house could do nothing
 * with was most likely not said.
 */
const least: Readonly<Record<HeardBy, Readonly<Record<HeardAs, number>>>> = {
  both: { order: -3.2, several: -2.5, question: -2.3, timed: -2, answer: -0.4, nothing: 1 },
  model: { order: -1.5, several: -1, question: -1.7, timed: 0, answer: 1, nothing: 1 },
  grammar: { order: -2.3, several: -1.4, question: -1, timed: -0.9, answer: -0.4, nothing: 1 },
};
const leastOfAll = Object.values(least).reduce((all, own) => Object.values(own).reduce((one, other) => Math.min(one, other), all), 0);
/** So much more has to speak for what was heard at another speed: it has had two chances. */
const again = 0.4;
/** A sentence of few sounds must not sound too different from whatever else it may have been: a noise is soon a yes. */
const shortSounds = 4;
const mostUnlikeShort = 0.7;
/**
 * What has to speak for a sentence above the one with "off" for its "on", or the opposite. Of 150 tuning clips that were heard right 141
 * have it, and of those that were heard as another sentence seven of twelve.
 */
const leastAbove = 200;

/** What speaks for what was heard; undefined where nothing does. What the process did not tell speaks against it. @param times that the clip was listened to before */
export function evidenceOf(
  { words = [], score = Number.NEGATIVE_INFINITY, worst = score, unlike = 1, sounds = 1 }: HeardBySearch,
  times = 0,
): number | undefined {
  if (words.length === 0 || (sounds <= shortSounds && unlike > mostUnlikeShort)) return undefined;
  const sum =
    weights.score * score +
    weights.worst * Math.max(leastWorst, worst) +
    weights.unlike * unlike +
    weights.length * Math.log(Math.max(1, sounds)) -
    again * times;
  return sum < leastOfAll ? undefined : sum;
}

/** Whether somebody said it to the house. */
export function isMeant({ evidence, by }: { readonly evidence: number; readonly by: HeardBy }, as: HeardAs): boolean {
  return evidence >= least[by][as];
}

/** Whether it cannot be its own opposite. */
export function isClear({ above = Number.POSITIVE_INFINITY }: HelperAnswer): boolean {
  return above >= leastAbove;
}
