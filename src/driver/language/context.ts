/** From where a sentence is said, with what is known already of parts of it: the ways to take a sentence apart have most of their parts in common. */
import type { KnownValue } from "./act.ts";
import type { Referred, ResolveContext } from "./find.ts";
import type { Interpretation } from "./interpret.ts";
import type { Trigger } from "./rule.ts";

/** From where a sentence is said, and what is known of the state of things: "toggle" needs it. */
export type SpeakerContext = Pick<ResolveContext, "place" | "home" | "referred"> & {
  readonly known?: KnownValue | undefined;
  /** How late it is, in minutes of the day on the house's clock: "at seven" is the next seven. Without it hours are those of the 24-hour clock. */
  readonly minutes?: number | undefined;
};

/** Words as a sentence of their own: what they mean, or what comes closest to a meaning. */
export interface ReadOnce {
  readonly meant?: Interpretation;
  readonly closest?: () => Interpretation | undefined;
}

/** The context of one sentence. */
export interface Context extends SpeakerContext {
  readonly steps: NonNullable<ResolveContext["steps"]>;
  /** By the words. */
  readonly read: Map<string, ReadOnce>;
  /** What a rule begins with, by the words. */
  readonly conditions: Map<string, Trigger | Interpretation | undefined>;
  /** The same where something else was spoken of last. */
  readonly others: Map<string, Context>;
  /** For another time than now: some may be on then that are off now. */
  readonly isLater: boolean;
  /** Ways of parts of the sentence in other words that are looked at yet: in a long row of words each part has some. */
  readonly rewordings: { left: number };
}

/** Most of them. What the tables understand takes five at most. */
const mostRewordings = 16;

export function contextOf(speaker: SpeakerContext & { readonly isLater?: boolean }, rewordings = { left: mostRewordings }): Context {
  const { place, home, referred, known, minutes, isLater = false } = speaker;
  const kept = { steps: new Map(), read: new Map(), conditions: new Map(), others: new Map() };
  return { place, home, referred, known, minutes, isLater, ...kept, rewordings };
}

/** The context after something was spoken of. */
export function after(context: Context, referred: Referred | undefined): Context {
  const key = JSON.stringify(referred ?? null);
  const known = context.others.get(key) ?? contextOf({ ...context, referred }, context.rewordings);
  context.others.set(key, known);
  return known;
}

/** The context of what is carried out again and again: how things are then nobody knows now. */
export function unknownThen(context: Context): Context {
  const known = context.others.get("then") ?? contextOf({ ...context, known: undefined }, context.rewordings);
  context.others.set("then", known);
  return known;
}

/** The context of what is carried out once, at another time. */
export function later(context: Context): Context {
  const known = context.others.get("later") ?? contextOf({ ...context, isLater: true }, context.rewordings);
  context.others.set("later", known);
  return known;
}

/** What some words mean, read once. */
export function once({ read }: Context, tokens: readonly string[], begin: () => ReadOnce): ReadOnce {
  const words = tokens.join(" ");
  const known = read.get(words) ?? begin();
  read.set(words, known);
  return known;
}
