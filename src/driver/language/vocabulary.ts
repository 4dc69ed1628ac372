/** The words of one language and of the drivers, made ready for look-up once. */
import type { Driver, Phrase } from "../driver-schema.ts";
import type { BooleanWords } from "../value.ts";
import type { Language } from "./language.ts";
import type { FoundNumber } from "./number.ts";
import { readNumber } from "./number.ts";
import type { Row, Slot } from "./pattern.ts";
import { conditionSlots, parsePattern, recipeSlots, rewordedSlots, ruleSlots, sceneSlots, timeSlots, withinSlots } from "./pattern.ts";
import type { RewordedRows } from "./reworded.ts";
import { type FormRow, RowIndex } from "./row-index.ts";
import type { RuleRows } from "./rule.ts";
import { fold, keyOf, looseKey, tokenise } from "./text.ts";
import type { TimeRows } from "./when.ts";

/** Settings that a word stands for. */
export type Settings = Readonly<Record<string, boolean | number | string>>;

/** The words of one class. */
export interface ClassWords {
  /** Key of a word -> property. */
  readonly properties: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, Settings>;
  /** Those that are understood and seldom said. */
  readonly typedValues: ReadonlyMap<string, Settings>;
  /** Word of a question -> what it asks after; null where that is told as it is. */
  readonly asked: ReadonlyMap<string, Readonly<Record<string, Settings[string] | null>>>;
  /** Property -> what is so while it does nothing. */
  readonly resting: ReadonlyMap<string, Settings>;
  /** Property -> what is set together with it where the device is known to be otherwise. */
  readonly wakes: ReadonlyMap<string, Settings>;
  /** Property -> the word to show for it, and what "a bit more" of it is. */
  readonly shown: ReadonlyMap<string, BooleanWords & { readonly name: string; readonly usual?: number | undefined }>;
  /** The property that a number without unit is for. */
  readonly number?: string | undefined;
}

/** What a way to say something means, for one class or for all that have the property. */
export interface Meaning {
  readonly class?: string | undefined;
  readonly phrase: Phrase;
}

/** Everything that is known of words, and nothing of particular devices. */
export interface Vocabulary {
  readonly language: Language;
  readonly classes: ReadonlyMap<string, ClassWords>;
  /** Key of a noun -> the classes that are called so. */
  readonly nouns: ReadonlyMap<string, Noun>;
  readonly values: ReadonlyMap<string, Settings>;
  /** Key of a unit word -> unit. */
  readonly units: ReadonlyMap<string, string>;
  /** Ways to say something. */
  readonly rows: RowIndex<PhraseRow>;
  readonly times: TimeRows;
  readonly rules: RuleRows;
  /** Ways to ask for a scene. */
  readonly scenes: RowIndex<{ readonly row: Row }>;
  /** Ways to ask for a meal. */
  readonly recipes: RowIndex<{ readonly row: Row }>;
  readonly reworded: RewordedRows;
}

/** What people call things of some classes: a light that has colours is a light. */
export interface Noun {
  readonly classes: readonly string[];
  readonly plural: boolean;
  /** In the singular, all there are: "the heating". */
  readonly mass: boolean;
  /** Switched off by this word, without a place, all of them are. */
  readonly allOff: boolean;
  /** The noun as names end with it, and those of whose names it is none: no curtains are meant by "blinds". */
  readonly end: string;
  readonly others: readonly string[];
}

/** One way to say something. */
export interface PhraseRow {
  readonly row: Row;
  readonly meanings: readonly Meaning[];
}

/** Vocabulary of one language; a driver without words in it takes part by name and place only. */
export function makeVocabulary(drivers: Iterable<Driver>, language: Language): Vocabulary {
  const classes = new Map<string, ClassWords>();
  const nouns = new Map<string, Noun>();
  const units = new Map<string, string>();
  const rows = new Map<string, { row: Row; meanings: Meaning[] }>();
  const key = (text: string) => keyOf(text, language);
  const addUnits = (words: Readonly<Record<string, readonly string[]>>) => {
    // Also as they are compared: in "pour cent" there is a number.
    for (const [unit, names] of Object.entries(words))
      for (const name of names) for (const text of [tokenise(name, language).join(" "), key(name)]) units.set(text, unit);
  };
  const addPhrases = (phrases: readonly Phrase[], owner?: string) => {
    for (const phrase of phrases) {
      for (const row of phrase.Say.flatMap((say) => parsePattern(fold(say)).rows)) {
        const text = row.map((piece) => ("word" in piece ? piece.word : `{${piece.slot}}`)).join(" ");
        const entry = rows.get(text) ?? { row, meanings: [] };
        entry.meanings.push({ class: owner, phrase });
        rows.set(text, entry);
      }
    }
  };
  const addNoun = (name: string, kind: string, noun: Omit<Noun, "classes">) => {
    const classes = nouns.get(name)?.classes ?? [];
    nouns.set(name, { ...noun, classes: classes.includes(kind) ? classes : [...classes, kind] });
  };
  addUnits(language.Units);
  for (const driver of drivers) {
    const words = driver.Words[language.Language];
    if (words === undefined) continue;
    const endOf = (one: string): string => looseKey(key(one), language);
    for (const { One, Many, Mass: mass = false, AllOff: allOff = false, Own } of words.Nouns) {
      const end = endOf(One);
      const others = words.Nouns.filter((other) => other.One !== One && (Own === true || other.Own === true)).map((other) => endOf(other.One));
      addNoun(key(Many), driver.Class, { plural: true, mass: false, allOff, end, others });
      // A noun without a plural of its own counts as one.
      addNoun(key(One), driver.Class, { plural: false, mass, allOff: allOff && mass, end, others });
    }
    const properties = new Map<string, string>();
    const shown = new Map<string, BooleanWords & { name: string; usual?: number | undefined }>();
    for (const [property, { Names, True, False, Usual }] of Object.entries(words.Properties)) {
      for (const name of Names) properties.set(key(name), property);
      shown.set(property, { name: Names[0] ?? property, True, False, usual: Usual });
    }
    const keyed = <T>(record: Readonly<Record<string, T>> = {}) => new Map(Object.entries(record).map(([word, each]) => [key(word), each]));
    classes.set(driver.Class, {
      properties,
      values: keyed(words.Values),
      typedValues: keyed(words.TypedValues),
      asked: keyed(words.Asked),
      resting: new Map(Object.entries(driver.Resting ?? {})),
      wakes: new Map(Object.entries(driver.Wakes ?? {})),
      shown,
      number: words.Number,
    });
    addUnits(words.Units ?? {});
    addPhrases(words.Phrases ?? [], driver.Class);
  }
  // After those of the classes: what a class says of itself goes before what holds for all.
  addPhrases(language.Phrases);
  const values = new Map(Object.entries(language.Values).map(([word, settings]) => [key(word), settings]));
  return {
    language,
    classes,
    nouns,
    values,
    units,
    rows: new RowIndex([...rows.values()]),
    times: timeRows(language),
    rules: ruleRows(language),
    scenes: new RowIndex(rowsOf(language.Scenes, sceneSlots)),
    recipes: new RowIndex(rowsOf(language.Recipes, recipeSlots)),
    reworded: rewordedRows(language),
  };
}

function rowsOf(says: readonly string[], slots: readonly Slot[]): { readonly row: Row }[] {
  return says.flatMap((say) => parsePattern(fold(say), slots).rows.map((row) => ({ row })));
}

/** Each way to say a form, with the form. */
function rowsOfForms<T extends { readonly Say: readonly string[] }>(forms: readonly T[], slots: readonly Slot[]): RowIndex<FormRow<T>> {
  return new RowIndex(forms.flatMap((form) => rowsOf(form.Say, slots).map(({ row }) => ({ row, form }))));
}

function rewordedRows({ Reworded }: Language): RewordedRows {
  return new RowIndex(
    Reworded.flatMap(({ Say, As, Typed = false }) => {
      const [as = []] = rowsOf([As], rewordedSlots).map(({ row }) => row);
      return rowsOf(Say, rewordedSlots).map(({ row }) => ({ row, as, isTyped: Typed }));
    }),
  );
}

function ruleRows({ Rules: { Say, Conditions, Held, Within } }: Language): RuleRows {
  return {
    say: new RowIndex(rowsOf(Say, ruleSlots)),
    conditions: rowsOfForms(Conditions, conditionSlots),
    held: rowsOfForms([{ Say: Held }], withinSlots),
    within: rowsOfForms(Within, withinSlots),
  };
}

function timeRows({ Times: { When, Clock, Apart } }: Language): TimeRows {
  return { when: rowsOfForms(When, timeSlots), clock: rowsOfForms(Clock, timeSlots), apart: rowsOfForms([{ Say: Apart }], timeSlots) };
}

/**
 * A measure in another unit; undefined where there is no way from one to the other. What has no unit is in the one that is asked for.
 * A difference of temperatures has no zero: ten degrees more are ten degrees more.
 */
export function inUnit({ number, unit }: Measure, wanted: string | undefined, isDifference = false): number | undefined {
  if (unit === undefined || unit === wanted) return number;
  if (unit !== "°F" || wanted !== "°C") return undefined;
  const celsius = ((isDifference ? number : number - 32) * 5) / 9;
  return Math.round(celsius * 100) / 100;
}

/** "ColourTemperature" -> "colour temperature": what a property is called where nobody gave it a word. */
export function plainName(property: string): string {
  return property.replace(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
}

/** A number in a unit. */
export interface Measure {
  readonly number: number;
  readonly unit?: string;
}

/** A number and its unit, where it has one: "40", "40 percent", "nineteen and a half degrees", "three quarters", "a third"; undefined when the tokens are anything else. */
export function readMeasure(tokens: readonly string[], vocabulary: Vocabulary): Measure | undefined {
  const { Articles, Fractions } = vocabulary.language;
  const found = readWithPart(tokens, vocabulary.language);
  const start = found?.next ?? (tokens.length === 2 && Articles.includes(tokens[0] ?? "") ? 1 : 0);
  const part = tokens[start] ?? "";
  if (start === tokens.length - 1 && Object.hasOwn(Fractions, part))
    return { number: Math.round((found?.value ?? 1) * (Fractions[part] ?? 0) * 100), unit: "%" };
  const amount = found ?? readPartOfOne(tokens, start, vocabulary.language);
  if (amount === undefined) return undefined;
  if (amount.next === tokens.length) return { number: amount.value };
  const unit = vocabulary.units.get(tokens.slice(amount.next).join(" "));
  return unit === undefined ? undefined : { number: amount.value, unit };
}

/** "Nineteen", "nineteen and a half". */
function readWithPart(tokens: readonly string[], language: Language): FoundNumber | undefined {
  const whole = readNumber(tokens, 0, language);
  if (whole === undefined || !language.And.includes(tokens[whole.next] ?? "")) return whole;
  const at = whole.next + (language.Articles.includes(tokens[whole.next + 1] ?? "") ? 2 : 1);
  const part = tokens[at] ?? "";
  return Object.hasOwn(language.Fractions, part) ? { value: whole.value + (language.Fractions[part] ?? 0), next: at + 1 } : whole;
}

/** "Half a degree", "a half degree". */
function readPartOfOne(tokens: readonly string[], start: number, { Articles, Fractions }: Language): FoundNumber | undefined {
  const part = tokens[start] ?? "";
  const next = start + (Articles.includes(tokens[start + 1] ?? "") ? 2 : 1);
  return Object.hasOwn(Fractions, part) && next < tokens.length ? { value: Fractions[part] ?? 0, next } : undefined;
}
