/** What a way to say something asks of one particular thing, given what stands in its slots. */
import type { DeviceProperty } from "../../schema/device/device-description.ts";
import type { StateValue } from "../../schema/device/state.ts";
import type { Phrase } from "../driver-schema.ts";
import type { Language } from "./language.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import type { Capture } from "./pattern.ts";
import { keyOf, keyTokens } from "./text.ts";
import type { Meaning, Settings, Vocabulary } from "./vocabulary.ts";
import { inUnit, plainName, readMeasure } from "./vocabulary.ts";

/** What one thing is asked to do or to tell; the arguments are not checked yet. */
export type Act =
  /** `isLess`: of a number less than there is. */
  | { readonly kind: "command"; readonly command: string; readonly arguments: readonly StateValue[]; readonly isLess?: true }
  /** `expected`: the values asked after in "is it on". */
  | { readonly kind: "query"; readonly property?: string | undefined; readonly expected?: readonly StateValue[] | undefined }
  /** What it is to do depends on a state that is not known. */
  | { readonly kind: "unsure" };

/** What is known of a thing's state: the value of one of its properties. */
export type KnownValue = (udf: string, property: string) => unknown;

/** Slots of a sentence, in the form in which words are looked up. */
export interface Filled {
  readonly property?: string | undefined;
  readonly value?: readonly string[] | undefined;
  /** A second value behind the first: "red at twenty percent". */
  readonly also?: readonly string[] | undefined;
}

/** What an act depends on beside the thing. */
export interface ActOptions {
  readonly filled: Filled;
  readonly vocabulary: Vocabulary;
  readonly known?: KnownValue | undefined;
}

/** Longest two values, in tokens. */
const longestPair = 8;

const nothing: Filled = { property: undefined, value: undefined };

/** Slots of a capture; undefined when what stands in one cannot be a property or a value of anything. */
export function fill(capture: Capture, index: NameIndex): Filled | undefined {
  const { vocabulary } = index;
  // Most rows have neither.
  if (capture.property === undefined && capture.value === undefined && capture.setting === undefined) return nothing;
  const said = capture.value ?? capture.setting;
  if (!consistsOf(capture.property, index.propertyParts)) return undefined;
  const { Joints } = vocabulary.language;
  if (!consistsOf(said, index.valueParts)) return said?.some((token) => Joints.includes(token)) ? fillTwo(capture, said, index) : undefined;
  const key = (tokens: readonly string[] | undefined) => (tokens === undefined ? undefined : keyTokens(tokens, vocabulary.language));
  const property = key(capture.property)?.join(" ");
  if (property !== undefined && !index.propertyWords.has(property)) return undefined;
  const value = measured(said, key(said), vocabulary);
  const measure = value === undefined ? undefined : readMeasure(value, vocabulary);
  if (value !== undefined && measure === undefined && !index.valueWords.has(value.join(" "))) return said && fillTwo(capture, said, index);
  // In "kitchen light 2" the number is more likely part of a name.
  if (capture.setting !== undefined && measure !== undefined && measure.unit === undefined) return undefined;
  return { property, value };
}

/** "Red at twenty percent": two values, what is between them left out. A bare number is none of them: "red at seven" has a time. */
function fillTwo({ property, target }: Capture, said: readonly string[], { vocabulary, valueParts, valueWords }: NameIndex): Filled | undefined {
  if (property !== undefined || target === undefined || said.length < 2 || said.length > longestPair) return undefined;
  const { Joints } = vocabulary.language;
  const valueIn = (tokens: readonly string[]): readonly string[] | undefined => {
    if (tokens.length === 0 || !consistsOf(tokens, valueParts)) return undefined;
    const key = keyTokens(tokens, vocabulary.language);
    if (valueWords.has(key.join(" "))) return key;
    return readMeasure(key, vocabulary)?.unit === undefined ? undefined : key;
  };
  for (let at = 1; at < said.length; at++) {
    const value = valueIn(said.slice(0, at));
    const also = value && valueIn(said.slice(Joints.includes(said[at] ?? "") ? at + 1 : at));
    if (also !== undefined) return { value, also };
  }
  return undefined;
}

/** True where every token is a number in digits or one of the words: to look is cheaper than to read. */
function consistsOf(tokens: readonly string[] | undefined, words: ReadonlySet<string>): boolean {
  return tokens === undefined || tokens.every((token) => words.has(token) || /\d/.test(token));
}

/** "A degree" as "1 degree": the article is the number. */
function measured(tokens: readonly string[] | undefined, key: readonly string[] | undefined, vocabulary: Vocabulary): readonly string[] | undefined {
  const hasArticle = vocabulary.language.Articles.includes(tokens?.[0] ?? "");
  return hasArticle && key !== undefined && vocabulary.units.has(key.join(" ")) ? ["1", ...key] : key;
}

/** What a thing is asked by the first meaning that fits its class and what it has; undefined when none does. */
export function actOf(thing: NamedThing, meanings: readonly Meaning[], { filled, vocabulary, known }: ActOptions): Act | undefined {
  for (const meaning of meanings) {
    if (meaning.class !== undefined && meaning.class !== thing.class) continue;
    if (meaning.phrase.Toggle !== undefined) {
      const toggled = toggle(thing, meaning.phrase.Toggle, known);
      if (toggled !== undefined) return toggled;
      continue;
    }
    if (meaning.phrase.Raise !== undefined) {
      const raised = raise(thing, meaning.phrase, { filled, vocabulary, known });
      if (raised !== undefined) return raised;
      continue;
    }
    const act = meaning.phrase.Ask === true ? ask(thing, meaning.phrase, filled, vocabulary) : command(thing, meaning.phrase, filled, vocabulary);
    if (act !== undefined) return act;
  }
  return undefined;
}

/** The other of two values, as an absolute one: so that the command may be repeated. */
function toggle(thing: NamedThing, name: string, known: KnownValue | undefined): Act | undefined {
  const property = propertyOf(thing, name);
  if (property?.Type !== "boolean" || property.Writable !== true) return undefined;
  const value = known?.(thing.udf, name);
  return typeof value === "boolean" ? { kind: "command", command: "Set", arguments: [{ Name: name, Value: !value }] } : { kind: "unsure" };
}

/** More or less of a number than there is, as an absolute value that the property can have. */
function raise(thing: NamedThing, phrase: Phrase, { filled, vocabulary, known }: ActOptions): Act | undefined {
  const words = vocabulary.classes.get(thing.class);
  const name = phrase.Property ?? (filled.property === undefined ? words?.number : propertyNamed(thing, filled.property, vocabulary));
  const property = name === undefined ? undefined : propertyOf(thing, name);
  if (name === undefined || property?.Type !== "number" || property.Writable !== true) return undefined;
  const { Minimum = 0, Maximum = 100, Unit } = property;
  const measure = filled.value === undefined ? undefined : readMeasure(filled.value, vocabulary);
  const said = measure === undefined ? undefined : inUnit(measure, Unit, true);
  if (filled.value !== undefined && said === undefined) return undefined;
  if (filled.also !== undefined) return undefined;
  const { Raise: steps = 0 } = phrase;
  const usual = words?.shown.get(name)?.usual ?? (Maximum - Minimum) / 10;
  const by = said === undefined ? steps * usual : Math.sign(steps) * said;
  const now = known?.(thing.udf, name);
  if (typeof now !== "number" && typeof now !== "bigint") return { kind: "unsure" };
  const value = Math.min(Maximum, Math.max(Minimum, Number(now) + by));
  return { kind: "command", command: "Set", arguments: [{ Name: name, Value: value }], ...(by < 0 ? { isLess: true } : {}) };
}

function command(thing: NamedThing, phrase: Phrase, filled: Filled, vocabulary: Vocabulary): Act | undefined {
  if (phrase.Command !== undefined) {
    const known = thing.description.Commands.some(({ Name }) => Name === phrase.Command);
    return known ? { kind: "command", command: phrase.Command, arguments: [] } : undefined;
  }
  const settings = allWanted(thing, phrase, filled, vocabulary);
  if (settings === undefined || !Object.keys(settings).every((name) => propertyOf(thing, name)?.Writable === true)) return undefined;
  return { kind: "command", command: "Set", arguments: stateValues(settings) };
}

/**
 * What a phrase sets, and what stands in its slots; undefined where one of them is nothing that the thing has, both are of one property, or one keeps the
 * other from being seen: "off at 20 percent".
 */
function allWanted(thing: NamedThing, { Set: fixed, Property }: Phrase, filled: Filled, vocabulary: Vocabulary): Settings | undefined {
  const { value, also } = filled;
  if (value === undefined) return fixed;
  if (also !== undefined && Property !== undefined) return undefined;
  const parts = [
    ...(fixed === undefined ? [] : [fixed]),
    wanted(thing, Property, filled, vocabulary),
    ...(also === undefined ? [] : [freeValue(thing, also, vocabulary)]),
  ];
  let all: Settings = {};
  for (const part of parts) {
    if (part === undefined || Object.keys(part).some((name) => Object.hasOwn(all, name))) return undefined;
    all = { ...all, ...part };
  }
  const wakes = vocabulary.classes.get(thing.class)?.wakes;
  const needed = Object.keys(all).flatMap((name) => Object.entries(wakes?.get(name) ?? {}));
  return needed.some(([name, value]) => all[name] !== undefined && all[name] !== value) ? undefined : all;
}

function ask(thing: NamedThing, phrase: Phrase, filled: Filled, vocabulary: Vocabulary): Act | undefined {
  if (filled.also !== undefined) return undefined;
  if (filled.value !== undefined) {
    const asked = (phrase.Property ?? filled.property) ? undefined : vocabulary.classes.get(thing.class)?.asked.get(filled.value.join(" "));
    if (asked !== undefined) return askedFor(thing, asked);
    const settings = wanted(thing, phrase.Property, filled, vocabulary);
    const property = settings === undefined ? undefined : Object.keys(settings)[0];
    if (settings === undefined || property === undefined || propertyOf(thing, property) === undefined) return undefined;
    return { kind: "query", property, expected: stateValues(settings) };
  }
  const property = phrase.Property ?? (filled.property === undefined ? undefined : propertyNamed(thing, filled.property, vocabulary));
  if (property === undefined) return filled.property === undefined ? { kind: "query" } : undefined;
  if (propertyOf(thing, property) === undefined) return undefined;
  return { kind: "query", property, expected: phrase.Set === undefined ? undefined : stateValues(phrase.Set) };
}

/** "Is the oven on" asks for its mode, and an alarm panel whether it is armed. */
function askedFor(thing: NamedThing, asked: Readonly<Record<string, Settings[string] | null>>): Act | undefined {
  const settings = Object.entries(asked).flatMap(([Name, Value]) => (Value === null ? [] : [{ Name, Value }]));
  const [property] = Object.keys(asked);
  if (property === undefined || propertyOf(thing, property) === undefined) return undefined;
  return { kind: "query", property, expected: settings.length === 0 ? undefined : settings };
}

/** Settings that the slots ask of a thing. */
export function wanted(thing: NamedThing, fixed: string | undefined, filled: Filled, vocabulary: Vocabulary): Settings | undefined {
  const { value } = filled;
  if (value === undefined) return undefined;
  const name = fixed ?? (filled.property === undefined ? undefined : propertyNamed(thing, filled.property, vocabulary));
  if (name === undefined) return filled.property === undefined ? freeValue(thing, value, vocabulary) : undefined;
  const property = propertyOf(thing, name);
  return property === undefined ? undefined : valueFor(property, thing, value, vocabulary);
}

/** Value of a property that is named. */
function valueFor(property: DeviceProperty, thing: NamedThing, value: readonly string[], vocabulary: Vocabulary): Settings | undefined {
  const text = value.join(" ");
  const { Name, Type } = property;
  if (Type === "number") {
    const measure = readMeasure(value, vocabulary);
    const number = measure === undefined ? undefined : inUnit(measure, property.Unit);
    if (measure !== undefined) return number === undefined ? undefined : { [Name]: number };
  }
  if (Type === "boolean" && vocabulary.language.True.includes(text)) return { [Name]: true };
  if (Type === "boolean" && vocabulary.language.False.includes(text)) return { [Name]: false };
  const chosen = Type === "enum" ? enumValue(property, text, vocabulary) : undefined;
  if (chosen !== undefined) return { [Name]: chosen };
  const settings = wordSettings(thing, text, vocabulary);
  // "The colour to red" sets how much of it, too.
  return settings !== undefined && Object.keys(settings)[0] === Name ? settings : undefined;
}

/** Settings of a value without a property: by its words, by its unit, or by the property that bare numbers are for. */
function freeValue(thing: NamedThing, value: readonly string[], vocabulary: Vocabulary): Settings | undefined {
  const measure = readMeasure(value, vocabulary);
  if (measure !== undefined) {
    const usual = vocabulary.classes.get(thing.class)?.number;
    const fitting = thing.description.Properties.filter(({ Type, Unit }) => Type === "number" && inUnit(measure, Unit) !== undefined).map(
      ({ Name }) => Name,
    );
    const name = measure.unit !== undefined && fitting.length === 1 ? fitting[0] : fitting.find((candidate) => candidate === usual);
    const number = name === undefined ? undefined : inUnit(measure, propertyOf(thing, name)?.Unit);
    return name === undefined || number === undefined ? undefined : { [name]: number };
  }
  const text = value.join(" ");
  const settings = wordSettings(thing, text, vocabulary);
  if (settings !== undefined) return settings;
  const choices = thing.description.Properties.flatMap((property) => {
    const chosen = enumValue(property, text, vocabulary);
    return chosen === undefined ? [] : [{ [property.Name]: chosen }];
  });
  return choices.length === 1 ? choices[0] : undefined;
}

function wordSettings(thing: NamedThing, text: string, vocabulary: Vocabulary): Settings | undefined {
  const words = vocabulary.classes.get(thing.class);
  return words?.values.get(text) ?? words?.typedValues.get(text) ?? vocabulary.values.get(text);
}

/** Keys of the values of a property, in the language in which they were asked for last. */
const enumKeys = new WeakMap<DeviceProperty, { readonly language: Language; readonly values: ReadonlyMap<string, string> }>();

function enumValue(property: DeviceProperty, text: string, { language }: Vocabulary): string | undefined {
  if (property.Values === undefined) return undefined;
  const known = enumKeys.get(property);
  if (known?.language === language) return known.values.get(text);
  const values = new Map<string, string>();
  for (const value of property.Values) {
    for (const key of [keyOf(value, language), keyOf(plainName(value), language)]) if (!values.has(key)) values.set(key, value);
  }
  enumKeys.set(property, { language, values });
  return values.get(text);
}

/** A property of a thing by its name. */
export function propertyOf(thing: NamedThing, name: string): DeviceProperty | undefined {
  return thing.description.Properties.find(({ Name }) => Name === name);
}

/** Property that a word means for a thing. */
export function propertyNamed(thing: NamedThing, key: string, vocabulary: Vocabulary): string | undefined {
  const known = vocabulary.classes.get(thing.class)?.properties.get(key);
  return known ?? thing.description.Properties.find(({ Name }) => plainName(Name) === key)?.Name;
}

function stateValues(settings: Settings): StateValue[] {
  return Object.entries(settings).map(([Name, Value]) => ({ Name, Value }));
}
