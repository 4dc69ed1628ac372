/**
 * What can be said to the things of a house, as lists of words with `<...>` in the places of names and numbers: each row of the language and of the drivers
 * (src/driver/language), with every property and value for which it means something to a thing that is there.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { NamedThing, NameIndex, PhraseRow } from "../../driver/index.ts";
import { actOf, fill, plainName, takesProgrammes } from "../../driver/index.ts";
import type { Breadth } from "./breadth.ts";
import { spokenWords } from "./spoken-word.ts";
import { article, briefPhrases, type Phrase, placedPhrases, type Telling } from "./target-phrases.ts";
import { type NumberSlot, rangeOf, type ValueWords, valuesOf } from "./value-words.ts";

/** Phrases of orders and of questions, and what stands for what in them. */
export interface OrderPhrases {
  readonly orders: readonly Phrase[];
  /** Scenes and meals. */
  readonly scenes: readonly Phrase[];
  readonly questions: readonly Phrase[];
  /** Orders without numbers and places: what is said in one breath with another one. */
  readonly brief: readonly Phrase[];
  readonly targets: ReadonlyMap<string, Targets>;
  /** What "off in the kitchen" is said of, and where; and what lists are made of. */
  readonly placed: ReadonlyMap<string, readonly Phrase[]>;
  readonly numbers: ReadonlyMap<string, NumberSlot>;
}

/** What stands in one place of a sentence. */
interface Targets extends Telling {
  readonly things: readonly NamedThing[];
}

/** Things that are told the same: of one class, with the same abilities. */
interface Kind {
  readonly id: number;
  readonly things: readonly NamedThing[];
  readonly values: readonly ValueWords[];
  readonly properties: readonly string[];
}

/** Before what things are, and no name. */
const which = "which";
/** Behind it: "what lights are on", and not "what kettle". */
const many = "are";
/** Before one thing and before many. */
const verbs = new Map([
  ["is", "one"],
  ["are", "many"],
] as const);

/** The phrases of a house. */
export async function orderPhrases(index: NameIndex, breadth: Breadth): Promise<OrderPhrases> {
  const numbers = new Map<string, NumberSlot>();
  const kinds = kindsOf(index, breadth, numbers);
  /** Template with a hole for the name -> kinds. */
  const templates = new Map<
    string,
    { readonly words: Phrase; readonly isQuestion: boolean; readonly isOfPlace: boolean; readonly kinds: Set<number> }
  >();
  const meant = new Meant(index, breadth);
  for (const row of index.vocabulary.rows.all) {
    for (const kind of kinds) {
      const isOfPlace = row.meanings.some(({ phrase }) => phrase.OfPlace === true && phrase.Typed !== true);
      for (const { words, isQuestion } of phrasesOf(row, kind, meant)) {
        const key = `${isQuestion} ${words.join(" ")}`;
        const known = templates.get(key) ?? { words, isQuestion, isOfPlace, kinds: new Set<number>() };
        templates.set(key, known);
        known.kinds.add(kind.id);
      }
    }
    // A house of many kinds takes a moment; nobody waits for it meanwhile.
    await nextTurn();
  }
  // "A little brighter" is typed as "little brighter", too.
  for (const { words, isQuestion } of [...templates.values()]) {
    for (const [at, word] of words.entries()) {
      if (index.vocabulary.language.Articles.includes(word)) templates.delete(`${isQuestion} ${words.toSpliced(at, 1).join(" ")}`);
    }
  }
  const targets = new Map<string, Targets>();
  const placed = new Map<string, readonly Phrase[]>();
  const thingsOf = (ids: ReadonlySet<number>): NamedThing[] => kinds.filter(({ id }) => ids.has(id)).flatMap(({ things }) => things);
  const namesOf = (ids: ReadonlySet<number>): string => [...ids].sort((a, b) => a - b).join("-");
  const named = (ids: ReadonlySet<number>, telling: Telling): string => {
    const { asksOf, number = "", isOfKind = false, isSwitched = false, isOfPlaces = false } = telling;
    const how = [asksOf ? "asked" : "told", number, isOfKind ? "kind" : "", isSwitched ? "switched" : "", isOfPlaces ? "places" : ""].join("");
    const name = `<${how}:${namesOf(ids)}>`;
    if (!targets.has(name)) targets.set(name, { things: thingsOf(ids), ...telling });
    return name;
  };
  const orders: Phrase[] = [];
  const questions: Phrase[] = [];
  const brief: Phrase[] = [];
  const { True, False } = index.vocabulary.language;
  for (const { words, isQuestion, isOfPlace, kinds: ids } of templates.values()) {
    const isSwitched = !isQuestion && words.some((word) => word === True[0] || word === False[0]);
    const phrase = words.map((word, at) => {
      if (word !== "<target>") return word;
      const before = words[at - 1] ?? "";
      const number = isQuestion ? verbs.get(before as "is") : undefined;
      // "Is the kettle on", and not "is the kitchen on".
      const isOfPlaces = isQuestion ? !(at === 1 && number !== undefined) : isOfPlace || breadth.isTyped;
      return named(ids, {
        asksOf: isQuestion,
        ...(number === undefined ? {} : { number }),
        isOfKind: isQuestion && (before === which || (at === 1 && words[2] === many)),
        isSwitched,
        isOfPlaces,
      });
    });
    (isQuestion ? questions : orders).push(phrase);
    // A name behind all else: so all lists end alike, and the grammar stays small.
    if (!isQuestion && ["<target>", True[0], False[0]].includes(words.at(-1))) {
      const name = `<brief:${namesOf(ids)}>`;
      placed.set(name, briefPhrases(thingsOf(ids), index));
      const saidOf = (told: Phrase): Phrase => words.flatMap((word) => (word === "<target>" ? told : [word]));
      // "Turn off the kitchen light and the kettle"
      const [and = ""] = index.vocabulary.language.And;
      if (words.at(-1) === "<target>") orders.push(saidOf([name, and, name]));
      if (!words.some((word) => word.startsWith("<number"))) brief.push(saidOf([name]));
    }
    // "Turn the lights off in the kitchen", "are the lights on in the kitchen", "which lights are on in the kitchen"
    if (![True[0], False[0]].includes(words.at(-1))) continue;
    const target = words.lastIndexOf("<target>");
    if (target !== words.length - 2 && !(isQuestion && target === words.length - 3 && verbs.get(words.at(-2) as "is") === "many")) continue;
    const slot = (part: string): string => `<${part}:${namesOf(ids)}>`;
    for (const [part, phrases] of Object.entries(placedPhrases(thingsOf(ids), index, breadth))) placed.set(slot(part), phrases);
    const [before, state] = [words.slice(0, target), words.slice(target + 1)];
    (isQuestion ? questions : orders).push([...before, slot("what"), ...state, slot("where")]);
  }
  const cooks = (classes: readonly string[]): string | undefined => {
    const able = kinds.filter(({ things: [first] }) => first !== undefined && classes.includes(first.class) && takesProgrammes(first.description));
    return able.length === 0 ? undefined : named(new Set(able.map(({ id }) => id)), { asksOf: false });
  };
  return { orders, scenes: [...scenePhrases(index), ...recipePhrases(index, cooks)], questions, brief, targets, placed, numbers };
}

function kindsOf(index: NameIndex, breadth: Breadth, numbers: Map<string, NumberSlot>): Kind[] {
  const groups = new Map<string, NamedThing[]>();
  for (const thing of index.things) {
    const { Properties, Commands } = thing.description;
    const key = JSON.stringify([thing.class, Properties, Commands.map(({ Name }) => Name)]);
    const group = groups.get(key);
    if (group) group.push(thing);
    else groups.set(key, [thing]);
  }
  return [...groups.values()].flatMap((things, id) => {
    const [first] = things;
    return first
      ? [{ id, things, values: valuesOf(first, index, { numbers, isTyped: breadth.isTyped }), properties: propertiesOf(first, index, breadth) }]
      : [];
  });
}

/** Words for properties, those that the driver names first; a property has its wire name where its class has no other words for it. */
function propertiesOf({ class: kind, description }: NamedThing, { vocabulary }: NameIndex, { propertyWords }: Breadth): string[] {
  const said: string[] = [];
  const used = new Map<string, number>();
  for (const [word, property] of vocabulary.classes.get(kind)?.properties ?? []) {
    const count = used.get(property) ?? 0;
    if (count >= propertyWords || spokenWords(word) === undefined) continue;
    used.set(property, count + 1);
    said.push(word);
  }
  const others = description.Properties.flatMap(({ Name }) => (used.has(Name) ? [] : [plainName(Name)]));
  return [...new Set([...said, ...others])].filter((word) => spokenWords(word) !== undefined);
}

/** What stands in the slots of a row where it means something to a kind of things. */
interface Filling {
  readonly property: string | undefined;
  readonly value: ValueWords | undefined;
  readonly isQuestion: boolean;
}

/** Which fillings mean something; many rows are other words for one meaning, and are looked at once. */
class Meant {
  readonly #index: NameIndex;
  readonly #breadth: Breadth;
  readonly #ids = new Map<object, number>();
  readonly #known = new Map<string, readonly Filling[]>();

  constructor(index: NameIndex, breadth: Breadth) {
    this.#index = index;
    this.#breadth = breadth;
  }

  of({ row, meanings }: PhraseRow, kind: Kind): readonly Filling[] {
    const [thing] = kind.things;
    const { isTyped } = this.#breadth;
    if (!isLikely(row, this.#index)) return [];
    // What is toggled depends on how it is, and one word is heard in many.
    const own = meanings.filter(
      ({ class: owner, phrase }) =>
        (owner === undefined || owner === thing?.class) && phrase.Toggle === undefined && (phrase.Typed !== true || isTyped),
    );
    if (thing === undefined || own.length === 0) return [];
    const slots = row.flatMap((piece) => ("slot" in piece ? [piece.slot] : []));
    const slot = slots.find((name) => name === "value" || name === "setting");
    const hasProperty = slots.includes("property");
    // "Kitchen light off" is said; "kitchen light forty percent" is heard in whatever else is said.
    const isBare = slot !== undefined && row.every((piece) => "slot" in piece);
    // "What kitchen light" and "show kettle" are typed and not said.
    const curt = isCurt(row, hasProperty);
    const isAimed = slots.includes("target");
    const key = JSON.stringify([kind.id, slot, hasProperty, isBare, curt, isAimed, own.map(({ phrase }) => this.#id(phrase))]);
    const known = this.#known.get(key);
    if (known) return known;
    const found: Filling[] = [];
    for (const property of hasProperty ? kind.properties : [undefined]) {
      for (const value of slot === undefined ? [undefined] : kind.values) {
        const capture = { ...(property === undefined ? {} : { property: property.split(" ") }), ...(slot && value ? { [slot]: value.sample } : {}) };
        const filled = fill(capture, this.#index);
        const act = filled && actOf(thing, own, { filled, vocabulary: this.#index.vocabulary });
        if (act?.kind === "command" && value?.range && !isRangeOf(value.range, act.arguments, thing)) continue;
        const isQuestion = act?.kind === "query";
        // "How bright is it", and never "which lights are at a third".
        if (isQuestion && value?.isPart === true) continue;
        // "What is the temperature", and not "what is the lid".
        if (act?.kind === "query" && !isAimed && !isMeasured(act.property, thing)) continue;
        if (!act || (isBare && !isTyped && !isSwitch(value, this.#index)) || (isQuestion && curt)) continue;
        // "Turn the lamp on" is said; "make the lamp on" and "set the lamp to on" are heard in whatever else is said.
        if (!isQuestion && !isBare && slot !== undefined && isSwitch(value, this.#index)) continue;
        found.push({ property, value, isQuestion });
      }
    }
    this.#known.set(key, found);
    return found;
  }

  #id(phrase: object): number {
    const id = this.#ids.get(phrase) ?? this.#ids.size;
    this.#ids.set(phrase, id);
    return id;
  }
}

/** Whether a property is a figure that a device takes and nobody sets. */
function isMeasured(name: string | undefined, { description }: NamedThing): boolean {
  return description.Properties.some((property) => property.Name === name && property.Unit !== undefined && property.Writable !== true);
}

/** Whether numbers are those of the property that they would be set to: a radiator knows 85 degrees, and is set to 30 at most. */
function isRangeOf({ from, to }: NumberSlot, values: readonly { readonly Name: string }[], { description }: NamedThing): boolean {
  const property = description.Properties.find(({ Name }) => Name === values[0]?.Name);
  if (!property) return false;
  const own = rangeOf(property);
  return own.from === from && own.to === to;
}

/** False for rows that people type and hardly say: what a property is named beside another slot, as in "what kitchen light brightness"; "the humidity at". */
function isLikely(row: PhraseRow["row"], { vocabulary }: NameIndex): boolean {
  const { Articles, Connectors } = vocabulary.language;
  const [usual = "", ...others] = Connectors;
  const [first] = row;
  // "Kitchen light to forty percent"
  if (first && "slot" in first && row.some((piece) => "slot" in piece && piece.slot === "value")) return false;
  return row.every((piece, at) => {
    const next = row[at + 1];
    if (!next || !("slot" in next)) return true;
    if ("slot" in piece) return piece.slot !== "property" && next.slot !== "property";
    // "Turn on" is no place.
    return at < 2 || next.slot !== "target" || [usual, ...Articles].includes(piece.word) || !others.includes(piece.word);
  });
}

/** "What brightness", "show kettle", "tell me the kettle": too little for what they would be heard in. */
function isCurt(row: PhraseRow["row"], hasProperty: boolean): boolean {
  const isSlot = (piece: PhraseRow["row"][number] | undefined, slot: string): boolean =>
    piece !== undefined && "slot" in piece && piece.slot === slot;
  return hasProperty ? isSlot(row[1], "property") : row.length < 3 || (row.length === 3 && isSlot(row[2], "target"));
}

function isSwitch(value: ValueWords | undefined, { vocabulary }: NameIndex): boolean {
  const { True, False } = vocabulary.language;
  return [...True.slice(0, 1), ...False.slice(0, 1)].includes(value?.spoken.join(" ") ?? "");
}

/** The ways of one row that mean something to a kind; a property has an article when it is said. */
function phrasesOf(row: PhraseRow, kind: Kind, meant: Meant): { readonly words: Phrase; readonly isQuestion: boolean }[] {
  return meant.of(row, kind).map(({ property, value, isQuestion }) => ({
    isQuestion,
    words: row.row.flatMap((piece): readonly string[] => {
      if ("word" in piece) return [piece.word];
      if (piece.slot === "target") return ["<target>"];
      return piece.slot === "property" ? [article, ...(property ?? "").split(" ")] : (value?.spoken ?? []);
    }),
  }));
}

function scenePhrases({ scenes, vocabulary }: NameIndex): Phrase[] {
  return scenes.flatMap((scene) =>
    spokenNames(scene).flatMap((name) =>
      vocabulary.scenes.all.flatMap(({ row }) => {
        const said = (words: Phrase): Phrase => row.flatMap((piece) => ("word" in piece ? [piece.word] : words));
        // "Start the movie night scene"
        const isBetween = row.length === 3 && [row[0], row[2]].every((piece) => piece !== undefined && "word" in piece);
        return isBetween && name[0] !== article ? [said(name), said([article, ...name])] : [said(name)];
      }),
    ),
  );
}

/** Of meals that something in the house can make. */
function recipePhrases({ recipes, vocabulary }: NameIndex, cooks: (classes: readonly string[]) => string | undefined): Phrase[] {
  return recipes.flatMap((recipe) => {
    const target = cooks(recipe.programmes.map((programme) => programme.class));
    if (target === undefined) return [];
    const named = spokenNames(recipe).flatMap((name) => [name, ["the", ...name], ["a", ...name]]);
    return named.flatMap((name) =>
      vocabulary.recipes.all.map(({ row }) => row.flatMap((piece) => ("word" in piece ? [piece.word] : piece.slot === "recipe" ? name : [target]))),
    );
  });
}

function spokenNames({ name, aliases = [] }: Pick<NameIndex["scenes"][number], "name" | "aliases">): readonly Phrase[] {
  return [name, ...aliases.map(({ Name }) => Name)].flatMap((text) => {
    const words = spokenWords(text);
    return words === undefined ? [] : [words];
  });
}
