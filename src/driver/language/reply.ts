/** What is said back, from the words of the language and of the drivers. */
import type { StateValue } from "../../schema/device/state.ts";
import { formatValue } from "../value.ts";
import type { Language } from "./language.ts";
import type { NamedThing } from "./name-index.ts";
import type { Candidate } from "./resolve.ts";
import { keyOf, keyTokens } from "./text.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { plainName } from "./vocabulary.ts";

/** Most things that one answer lists by name. */
const listLimit = 6;

/** A reply with what stands in its places. */
export function put(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (slot, name: string) => values[name] ?? slot);
}

function list(items: readonly string[], separator: string): string {
  const shown = items.slice(0, listLimit);
  return shown.join(separator) + (items.length > listLimit ? ", ..." : "");
}

/** The question which of several things is meant. Things that even name and place do not tell apart get part of their fingerprint. */
export function askWhich(candidates: readonly Candidate[], language: Language): string {
  return put(language.Replies.Which, { candidates: choices(candidates, language) });
}

function choices(candidates: readonly Candidate[], language: Language): string {
  const labels = candidates.map((candidate) => label(candidate, language));
  const items = labels.map((text, i) => (labels.indexOf(text) === labels.lastIndexOf(text) ? text : `${text} ${candidates[i]?.udf.slice(0, 14)}`));
  return list(items, language.Replies.Or);
}

function label({ name, place }: Candidate, language: Language): string {
  return place.length === 0 ? name : put(language.Replies.Candidate, { name, place: place.join(" / ") });
}

/** That some things fit, but cannot do it. */
export function sayUnable(candidates: readonly Candidate[], language: Language): string {
  return put(language.Replies.Unable, {
    names: list(
      candidates.map((candidate) => label(candidate, language)),
      ", ",
    ),
  });
}

/** That others which were meant, too, cannot do it: by their names alone, beside what is done. */
export function sayUnableToo(things: readonly NamedThing[], { Replies }: Language): string {
  return put(Replies.Unable, { names: list([...new Set(things.map(({ name }) => name))], ", ") });
}

/** That what was set does nothing as long as something else is so, and what to say where to turn it on would change that. */
export function sayResting(thing: NamedThing, states: readonly StateValue[], vocabulary: Vocabulary): string {
  const state = states.map((value) => showSetting(thing, value, vocabulary)).join(", ");
  const { language, classes } = vocabulary;
  const { Resting, RestingUntil } = language.Replies;
  const on = classes.get(thing.class)?.values.get(keyOf(language.True[0] ?? "", language)) ?? {};
  const isWoken = states.every(({ Name, Value }) => (on[Name] ?? Value) !== Value);
  return put(isWoken ? RestingUntil : Resting, { name: thing.name, state });
}

/** Which of several are left as they are: "reading lamp, party lamp: off, and left so". */
export function sayLeft(
  left: readonly { readonly thing: NamedThing; readonly state: readonly StateValue[] }[],
  vocabulary: Vocabulary,
): readonly string[] {
  const byState = new Map<string, string[]>();
  for (const { thing, state } of left) {
    const shown = state.map((value) => showSetting(thing, value, vocabulary)).join(", ");
    byState.set(shown, [...(byState.get(shown) ?? []), thing.name]);
  }
  return [...byState].map(([state, names]) => put(vocabulary.language.Replies.Left, { names: list(names, ", "), state }));
}

/** That it depends on a state that is not known. */
export function sayUnsure(candidates: readonly Candidate[], language: Language): string {
  return put(language.Replies.Unsure, {
    names: list(
      candidates.map((candidate) => label(candidate, language)),
      ", ",
    ),
  });
}

/** The question whether one of these was meant, whose names look alike: it is asked, and never taken for granted. */
export function askMeant(phrase: readonly string[], candidates: readonly Candidate[], language: Language): string {
  return put(language.Replies.Meant, { phrase: phrase.join(" "), candidates: choices(candidates, language) });
}

/** That no thing fits. */
export function sayNothing(phrase: readonly string[], language: Language): string {
  if (language.Outside.Words.includes(keyTokens(phrase, language).join(" "))) return language.Replies.NoOutside;
  return put(language.Replies.Nothing, { phrase: phrase.join(" ") });
}

/** "Kitchen light is on", "string lights are on". */
export function sayIs(name: string, state: string, vocabulary: Vocabulary): string {
  const { Replies } = vocabulary.language;
  return isCalledSeveral(name, vocabulary) ? put(Replies.Are, { names: name, state }) : put(Replies.Is, { name, state });
}

/** "Kitchen light has not reported that yet", "string lights have not". */
export function sayNotReported(name: string, vocabulary: Vocabulary): string {
  const { Replies } = vocabulary.language;
  return isCalledSeveral(name, vocabulary) ? put(Replies.HaveNotReported, { names: name }) : put(Replies.NotReported, { name });
}

/** Letters of a compound before its last part. */
const leastPart = 3;

/** True where a name ends with what several of some kind are called: "string lights", „Weihnachtslichter“. */
export function isCalledSeveral(name: string, { language, nouns }: Vocabulary): boolean {
  const words = keyOf(name, language).split(" ");
  const [last = ""] = words.slice(-1);
  const ends = words.map((_, at) => words.slice(at).join(" "));
  const parts =
    language.Compounds === true ? Array.from({ length: Math.max(0, last.length - 2 * leastPart) }, (_, at) => last.slice(leastPart + at)) : [];
  return [...ends, ...parts].some((end) => nouns.get(end)?.plural === true);
}

/** What will be done: "kitchen light: brightness 40 %". Things that are told the same are listed together. */
export function sayCommand(
  command: string,
  targets: readonly { readonly thing: NamedThing; readonly arguments: readonly StateValue[] }[],
  vocabulary: Vocabulary,
): string {
  const groups = new Map<string, string[]>();
  for (const { thing, arguments: args } of targets) {
    const what = args.length === 0 ? plainName(command) : args.map((value) => showSetting(thing, value, vocabulary)).join(", ");
    groups.set(what, [...(groups.get(what) ?? []), thing.name]);
  }
  return [...groups].map(([what, names]) => `${list(names, ", ")}: ${what}`).join("; ");
}

/** One value with the name of its property: "brightness 40 %"; a boolean speaks for itself. */
export function showSetting(thing: NamedThing, { Name, Value }: StateValue, vocabulary: Vocabulary): string {
  const property = thing.description.Properties.find((candidate) => candidate.Name === Name);
  const words = vocabulary.classes.get(thing.class)?.shown.get(Name);
  if (property === undefined) return Value === "" ? `no ${plainName(Name)}` : `${plainName(Name)} ${String(Value)}`;
  if (Value === "") return `no ${words?.name ?? plainName(Name)}`;
  const text = formatValue(property, Value, words);
  const speaksForItself = property.Type === "boolean" && (Name === "On" || words?.True !== undefined);
  return speaksForItself ? text : `${words?.name ?? plainName(Name)} ${text}`;
}
