/** Values as they are said to a house, and the whole numbers among them: "on", "light blue", "forty percent", "by one degree". */
import type { Language, NamedThing, NameIndex } from "../../driver/index.ts";
import { plainName, tokenise } from "../../driver/index.ts";
import { numberWords, spokenWords } from "./spoken-word.ts";
import type { Phrase } from "./target-phrases.ts";

/** Whole numbers that a slot takes. */
export interface NumberSlot {
  readonly from: number;
  readonly to: number;
}

/** A value that may be said. */
export interface ValueWords {
  /** As the resolver is shown it. */
  readonly sample: readonly string[];
  readonly spoken: Phrase;
  /** The numbers that it stands for. */
  readonly range?: NumberSlot;
  /** A part of all: "half". */
  readonly isPart?: boolean;
}

/** Numbers above this are not spoken of in houses, and sound too much alike. */
const mostNumber = 100;

/** The values that a kind of things may be set to or asked for. @param numbers takes the slots of numbers among them */
export function valuesOf(
  { class: kind, description }: NamedThing,
  { vocabulary }: NameIndex,
  { numbers, isTyped }: { readonly numbers: Map<string, NumberSlot>; readonly isTyped: boolean },
): ValueWords[] {
  const { language, classes, values, units } = vocabulary;
  const own = classes.get(kind);
  const words = [
    ...(own?.values.keys() ?? []),
    ...(isTyped ? (own?.typedValues.keys() ?? []) : []),
    ...values.keys(),
    ...language.True,
    ...language.False,
  ];
  for (const { Values = [] } of description.Properties) for (const value of Values) words.push(plainName(value));
  const named = [...new Set(words)].flatMap((word) => {
    const spoken = spokenWords(word);
    return spoken === undefined ? [] : [{ sample: tokenise(word, language), spoken }];
  });
  const measured = description.Properties.flatMap(({ Type, Unit, Minimum, Maximum }) => {
    const slot = rangeOf({ Minimum, Maximum });
    if (Type !== "number" || slot.from >= slot.to) return [];
    const name = `<number:${slot.from}:${slot.to}>`;
    numbers.set(name, slot);
    const spokenUnits = [...units].flatMap(([text, unit]) => {
      // "Nineteen degree" is heard where "degrees" is said, and "per cent" is "percent".
      const isHeard = unit === Unit && !units.has(pluralOf(text)) && !(text.includes(" ") && units.has(text.replaceAll(" ", "")));
      const unitWords = isHeard ? spokenWords(text) : undefined;
      return unitWords === undefined ? [] : [unitWords];
    });
    const counted = [[], ...spokenUnits].map((unit) => ({ sample: [String(slot.to), ...unit], spoken: [name, ...unit], range: slot }));
    // "By one degree"
    const single = [...units].flatMap(([text, unit]) => {
      const unitWords = unit === Unit && units.has(pluralOf(text)) ? spokenWords(text) : undefined;
      const [one = ""] = numberWords(1);
      return unitWords === undefined ? [] : [{ sample: ["1", ...unitWords], spoken: [one, ...unitWords] }];
    });
    return [...counted, ...single, ...(Unit === "%" ? partsOf(language) : [])];
  });
  return [...named, ...measured];
}

/** "Half", "a third", "three quarters". */
function partsOf({ Articles, Fractions }: Language): ValueWords[] {
  const [, a = ""] = Articles;
  const named = new Map<number, readonly string[]>();
  for (const [word, part] of Object.entries(Fractions)) named.set(part, [...(named.get(part) ?? []), word]);
  return [...named].flatMap(([part, [one = "", many = one]]) => {
    const all = part === 0.25 ? [[...numberWords(3), many]] : [];
    const spoken = part === 0.5 ? [[one]] : [[a, one], ...all];
    return spoken.map((words) => ({ sample: words, spoken: words, isPart: true }));
  });
}

/** The whole numbers of a property that are spoken of. */
export function rangeOf({
  Minimum = 0,
  Maximum = mostNumber,
}: {
  readonly Minimum?: number | undefined;
  readonly Maximum?: number | undefined;
}): NumberSlot {
  return { from: Math.max(0, Math.ceil(Minimum)), to: Math.min(mostNumber, Math.floor(Maximum)) };
}

/** "Degrees celsius" of "degree celsius". */
function pluralOf(unit: string): string {
  return unit.replace(/^\S+/, "$&s");
}
