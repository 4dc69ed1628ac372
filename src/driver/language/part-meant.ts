/**
 * Where a whole sentence is not understood and a part of it is an order, that part is asked back, and never done: "it is dark in here, turn on the lamp".
 * What is left out must be talk: no other order, nothing that denies, asks, tells, sets a condition or a time, and nothing that may belong to the order
 * (a place, a number, an exception). Which words these are is data of the language (Beside). A part is looked for between words with which orders
 * begin and end, the longest first, and only so many are tried.
 */
import type { Interpretation } from "./interpret.ts";
import type { Language } from "./language.ts";
import type { NameIndex } from "./name-index.ts";
import { isNamedAt } from "./name-run.ts";
import { hasNumber } from "./number.ts";
import { put } from "./reply.ts";
import { spanOf, wordsIn } from "./text-span.ts";
import { isTimeAt } from "./when.ts";
import { fillerAt, fillerBefore } from "./word-order.ts";

/** Most parts of a sentence that are tried. */
const partLimit = 5;
/** Fewest words of a part: one alone is said by chance. */
const leastWords = 2;

/** Some tokens of a sentence, from `start` on, as far as `end`. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** The question whether a part of the sentence was meant; undefined where none is. @param read what tokens mean as a sentence of their own */
export function partMeant(
  sentence: string,
  tokens: readonly string[],
  index: NameIndex,
  read: (part: readonly string[]) => Interpretation | undefined,
): Interpretation | undefined {
  const { language } = index.vocabulary;
  if (tokens.length <= leastWords || tokens.some((token) => language.Denials.includes(token))) return undefined;
  for (const { start, end } of partsOf(sentence, tokens, index).slice(0, partLimit)) {
    const part = tokens.slice(start, end);
    const meant = read(part);
    // "It's late, turn off the night light": which one, is asked as if nothing had been said before.
    if (meant?.kind === "question" && end === tokens.length) return meant;
    if (meant?.kind !== "command" && meant?.kind !== "timed") continue;
    const said = spanOf(sentence, { start, end }, tokens, language);
    if (said !== undefined) return { kind: "question", text: put(language.Replies.ReadBack, { sentence: said }), candidates: [], sentence: said };
  }
  return undefined;
}

/** The parts that may be an order beside which the rest is talk, the longest first. */
function partsOf(sentence: string, tokens: readonly string[], index: NameIndex): readonly Part[] {
  const { language } = index.vocabulary;
  const edges = edgesOf(index);
  const { begin, close, end: endWords } = edges;
  const isOrders = tokens.map((token, at) => edges.never.has(token) || hasNumber([token], language) || isTimeAt(tokens, at, language));
  // Talk goes on until the first word that is none, and begins again behind the last.
  const until = isOrders.includes(true) ? isOrders.indexOf(true) : tokens.length;
  const from = isOrders.lastIndexOf(true) + 1;
  const ends = [...tokens.keys()].filter(
    (at) =>
      at >= Math.max(from, leastWords) &&
      (endWords.has(tokens[at - 1] ?? "") || /\d/.test(tokens[at - 1] ?? "")) &&
      isTalkBehind(tokens, at, edges, index),
  );
  const requests = [...tokens.keys()].filter((at) => language.Requests.includes(tokens[at] ?? ""));
  const named = new Set([0, ...behindSigns(sentence, language), ...requests]);
  const parts: Part[] = [];
  const { nouns } = index.vocabulary;
  // In "kitchen lights off" no order begins with "lights".
  const isNamed = (at: number): boolean => nouns.has(tokens[at] ?? "") && endWords.has(tokens[at - 1] ?? "");
  for (const start of new Set([0, ...startsOf(tokens, begin, language).filter((at) => !isNamed(at)), ...named])) {
    if (start > until || (start > 0 && !isTalkBefore(tokens, start, edges, language))) continue;
    const beginsSo = begin.has(tokens[fillerAt(tokens, start, language)] ?? "");
    for (const end of [...ends, tokens.length]) {
      if (end - start < leastWords || end - start === tokens.length) continue;
      // "Lights off": what names a thing first ends with what becomes of it.
      if (beginsSo || (named.has(start) && close.has(tokens[end - 1] ?? ""))) parts.push({ start, end });
    }
  }
  return parts.sort((a, b) => b.end - b.start - (a.end - a.start));
}

/** Where a word stands with which orders begin; "could you" before it belongs to it. */
function startsOf(tokens: readonly string[], begin: ReadonlySet<string>, language: Language): readonly number[] {
  return [...tokens.keys()].filter((at) => begin.has(tokens[at] ?? "")).map((at) => fillerBefore(tokens, at, language));
}

/** Where a word stands behind a sign: "it's late, kitchen light off". */
function behindSigns(sentence: string, language: Language): readonly number[] {
  if (!/[,.;:!]\s/.test(sentence)) return [];
  return wordsIn(sentence, language).flatMap(({ text, next }) => (/[,.;:!]$/.test(text) ? [next] : []));
}

/** True where what stands before a token is no other order, asks nothing, and what follows belongs to none of it: "he left the lights on". */
function isTalkBefore(tokens: readonly string[], at: number, { begin, joints }: Edges, { Articles, Beside }: Language): boolean {
  const [first = "", last = ""] = [tokens[0], tokens[at - 1]];
  if (Articles.includes(last)) return false;
  return !begin.has(first) && !Beside.First.includes(first) && !Beside.NotBefore.includes(last) && !joints.has(last);
}

/** The same from a token on; "please" is no talk, what follows it may be another order, and a name one of a list. */
function isTalkBehind(tokens: readonly string[], at: number, { begin, close, joints }: Edges, index: NameIndex): boolean {
  const { language } = index.vocabulary;
  const { Beside, Connectors } = language;
  const start = fillerAt(tokens, at, language);
  const first = tokens[start] ?? "";
  // "To 40 percent brighter": more of the order.
  if ([begin, close, joints].some((words) => words.has(first))) return false;
  if ([Beside.First, Beside.NotAfter, Connectors].some((list) => list.includes(first))) return false;
  return !tokens.some(
    (token, turn) => turn >= start && (turn === start ? isNamedAt(tokens, turn, index) : joints.has(token) && isNamedAt(tokens, turn + 1, index)),
  );
}

/** Words at the edges of orders, and what may not be left out. */
interface Edges {
  /** With which orders begin. */
  readonly begin: ReadonlySet<string>;
  /** With which orders end that begin with the name of a thing, units among them. */
  readonly close: ReadonlySet<string>;
  /** With which any order may end. */
  readonly end: ReadonlySet<string>;
  /** Between orders. */
  readonly joints: ReadonlySet<string>;
  readonly never: ReadonlySet<string>;
}

/** Made ready once for each book of names. */
const edges = new WeakMap<NameIndex, Edges>();

function edgesOf(index: NameIndex): Edges {
  const known = edges.get(index) ?? makeEdges(index);
  edges.set(index, known);
  return known;
}

function makeEdges(index: NameIndex): Edges {
  const { vocabulary, byKey, groupsByKey, scenesByKey, recipesByKey, placesByName, valueWords } = index;
  const { language, rows, scenes, recipes, nouns, units } = vocabulary;
  const orders = rows.all.filter(({ meanings }) => meanings.some(({ phrase }) => phrase.Ask !== true)).map(({ row }) => row);
  const ways = [...orders, ...[...scenes.all, ...recipes.all].map(({ row }) => row)];
  const first = ways.flatMap(([piece]) => (piece !== undefined && "word" in piece ? [piece.word] : []));
  const last = (some: typeof ways) =>
    some.flatMap((row) => {
      const piece = row.at(-1);
      return piece !== undefined && "word" in piece ? [piece.word] : [];
    });
  const names = [byKey, groupsByKey, scenesByKey, recipesByKey, placesByName, nouns, units].flatMap((known) => [...known.keys()]);
  const end = [...names, ...valueWords, ...language.Pronouns, ...language.There, ...language.Here].map((text) => text.split(" ").at(-1) ?? "");
  const named = orders.filter(([piece]) => piece !== undefined && "slot" in piece);
  // "I'm leaving", "a bit brighter": words with which talk begins as often.
  const { Articles, Beside, Fillers, Pronouns } = language;
  const noBeginning = new Set([...Articles, ...Beside.NotBefore, ...Fillers, ...Pronouns]);
  return {
    begin: new Set(first.filter((word) => !noBeginning.has(word))),
    close: new Set([...last(named), ...language.True, ...language.False, ...[...units.keys()].flatMap((unit) => unit.split(" "))]),
    end: new Set([...end, ...last(ways), ...Object.keys(language.Numbers), ...language.Times.Words]),
    joints: new Set([...language.And, ...language.Then]),
    never: new Set([...Beside.Never, ...language.Except]),
  };
}
