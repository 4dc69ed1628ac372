/**
 * The little notation of phrases: words, `(a|b)` one of them, `[a]` may be missing, `{target} {property} {value} {setting}` slots; in words for
 * times `{duration} {clock} {end} {days} {until} {hour} {minutes}`, for rules `{condition} {orders}`, in what is put in other words `{before} {between} {after}`.
 * A pattern is written out into plain rows of words and slots when it is read, so that matching is a walk along two lists.
 */
import { appendAll } from "../../base/list.ts";

/** What may stand in a phrase for something that varies. */
const phraseSlots = ["target", "property", "value", "setting"] as const;
/** What may stand in words for a scene. */
export const sceneSlots = ["target"] as const;
/** What may stand in words for a recipe: its name, and the device that is to make it. */
export const recipeSlots = ["recipe", "target"] as const;
/** What may stand in words for a time. */
export const timeSlots = ["duration", "clock", "end", "days", "until", "hour", "minutes"] as const;
/** What may stand in words for a rule, for a condition of one, and for the time of the day in which it counts. */
export const ruleSlots = ["condition", "orders"] as const;
export const conditionSlots = ["target", "property", "value"] as const;
export const withinSlots = ["clock", "until", "days", "duration"] as const;
/** What may stand in a sentence that is put in other words: the parts that stay. */
export const rewordedSlots = ["before", "between", "after"] as const;
/** Name of a slot. */
export type Slot =
  | (typeof phraseSlots)[number]
  | (typeof recipeSlots)[number]
  | (typeof timeSlots)[number]
  | (typeof ruleSlots)[number]
  | (typeof withinSlots)[number]
  | (typeof rewordedSlots)[number];
/** One place of a row. */
export type Piece = { readonly word: string } | { readonly slot: Slot };
/** One way to say it. */
export type Row = readonly Piece[];
/** What a sentence has in the slots of a row: the tokens of each. */
export type Capture = Readonly<Partial<Record<Slot, readonly string[]>>>;

/** A pattern with more ways than this is a mistake. */
const rowLimit = 256;

/** The rows of a pattern, or what is wrong with it. */
export function parsePattern(pattern: string, slots: readonly Slot[] = phraseSlots): { readonly rows: readonly Row[]; readonly problem?: string } {
  const parts = pattern.toLowerCase().match(/\{[^{}]*\}|[()[\]|]|[^\s{}()[\]|]+/g) ?? [];
  const reader = { parts, at: 0, slots };
  const rows = readChoice(reader, "");
  if (rows === undefined || reader.at < parts.length) return { rows: [], problem: "brackets or slots are not well formed" };
  const problem = rows.map(rowProblem).find((text) => text !== undefined);
  return problem === undefined ? { rows } : { rows: [], problem };
}

interface Reader {
  readonly parts: readonly string[];
  readonly slots: readonly Slot[];
  at: number;
}

/** Alternatives up to the closing bracket. */
function readChoice(reader: Reader, close: string): Row[] | undefined {
  const all: Row[] = [];
  let rows: Row[] = [[]];
  for (; reader.at < reader.parts.length; reader.at++) {
    const part = reader.parts[reader.at] ?? "";
    if (part === close) break;
    if (part === "|") {
      // Outside brackets a bar would split the whole sentence, which nobody means.
      if (close === "") return undefined;
      appendAll(all, rows);
      rows = [[]];
      continue;
    }
    const next = readPart(reader, part);
    if (next === undefined || rows.length * next.length > rowLimit) return undefined;
    rows = rows.flatMap((row) => next.map((tail) => [...row, ...tail]));
  }
  return [...all, ...rows];
}

function readPart(reader: Reader, part: string): Row[] | undefined {
  if (part === "(" || part === "[") {
    const close = part === "(" ? ")" : "]";
    reader.at++;
    const inner = readChoice(reader, close);
    if (inner === undefined || reader.parts[reader.at] !== close) return undefined;
    return part === "[" ? [[], ...inner] : inner;
  }
  if (part.startsWith("{")) {
    const slot = reader.slots.find((name) => `{${name}}` === part);
    return slot === undefined ? undefined : [[{ slot }]];
  }
  return /^[)\]|{}]/.test(part) ? undefined : [[{ word: part }]];
}

function rowProblem(row: Row): string | undefined {
  if (row.length === 0 || row.length > 32) return "needs 1 to 32 words";
  const names = row.flatMap((piece) => ("slot" in piece ? [piece.slot] : []));
  if (new Set(names).size < names.length) return "has a slot twice";
  if (names.includes("value") && names.includes("setting")) return "has {value} and {setting}";
  return undefined;
}

/** Every way in which a sentence fits a row. */
export function matchRow(row: Row, tokens: readonly string[]): Capture[] {
  const found: Capture[] = [];
  const [first, last] = [row[0], row.at(-1)];
  // Each piece takes at least one token.
  if (row.length > tokens.length) return found;
  if (first !== undefined && "word" in first && tokens[0] !== first.word) return found;
  if (last !== undefined && "word" in last && tokens.at(-1) !== last.word) return found;
  walk(0, 0, []);
  return found;

  /** @param ends where each piece so far ends */
  function walk(piece: number, token: number, ends: number[]): void {
    const expected = row[piece];
    if (expected === undefined) {
      if (token === tokens.length) found.push(captureOf(row, tokens, ends));
      return;
    }
    const spare = tokens.length - token - (row.length - piece);
    if (spare < 0) return;
    if ("word" in expected) {
      if (tokens[token] !== expected.word) return;
      ends[piece] = token + 1;
      walk(piece + 1, token + 1, ends);
      return;
    }
    const next = row[piece + 1];
    // What ends the row takes all that is left.
    for (let end = next === undefined ? tokens.length : token + 1; end <= token + 1 + spare; end++) {
      if (next !== undefined && "word" in next && tokens[end] !== next.word) continue;
      ends[piece] = end;
      walk(piece + 1, end, ends);
    }
  }
}

/** The tokens of each slot, cut out where the whole row fits alone. */
function captureOf(row: Row, tokens: readonly string[], ends: readonly number[]): Capture {
  const capture: Partial<Record<Slot, readonly string[]>> = {};
  for (const [at, piece] of row.entries()) if ("slot" in piece) capture[piece.slot] = tokens.slice(ends[at - 1] ?? 0, ends[at]);
  return capture;
}
