/** Which texts of a value a JSON-C writer gives codes (jsonbcd-21 §5), and which it has defined so far. */
import { MeshError } from "../../base/errors.ts";
import type { Datum } from "../datum.ts";
import { isObject } from "../datum.ts";
import { defaultMaxDepth } from "../source.ts";

/** Codes of one encoding. */
export interface CodeTable {
  /** The code of a text, and whether the reader knows it by now; undefined for a text without one. Taking defines. */
  take(text: string): { readonly code: number; readonly isDefined: boolean } | undefined;
}

/** Shorter texts are no longer than their code. */
const shortest = 2;

/** Gives codes to the texts that occur more than once, beside those known beforehand. ERR_ENCODING for a code that is none or is given twice. */
export function codeTable(datum: Datum, known: ReadonlyMap<string, number> = new Map()): CodeTable {
  const taken = new Set<number>();
  for (const code of known.values()) {
    if (!Number.isInteger(code) || code < 0 || code > 0xffff_ffff || taken.has(code))
      throw new MeshError("ERR_ENCODING", `code ${code} cannot be used`);
    taken.add(code);
  }
  const counts = new Map<string, number>();
  count(datum, { counts, depth: 0 });
  const codes = new Map<string, { readonly code: number; isDefined: boolean }>();
  for (const [text, code] of known) codes.set(text, { code, isDefined: true });
  let next = 0;
  return {
    take: (text) => {
      const found = codes.get(text);
      if (found === undefined && (counts.get(text) ?? 0) < 2) return undefined;
      if (found?.isDefined) return found;
      while (taken.has(next)) next++;
      const made = { code: next++, isDefined: true };
      codes.set(text, made);
      return { code: made.code, isDefined: false };
    },
  };
}

function count(datum: Datum | undefined, state: { readonly counts: Map<string, number>; readonly depth: number }): void {
  const { counts, depth } = state;
  // The writer refuses deeper values with an error of its own.
  if (depth > defaultMaxDepth) return;
  const note = (text: string): void => void (text.length >= shortest && counts.set(text, (counts.get(text) ?? 0) + 1));
  const deeper = { counts, depth: depth + 1 };
  if (typeof datum === "string") note(datum);
  else if (Array.isArray(datum)) for (const element of datum as readonly Datum[]) count(element, deeper);
  else if (isObject(datum)) {
    for (const [name, member] of Object.entries(datum)) {
      if (member === undefined) continue;
      note(name);
      count(member, deeper);
    }
  }
}
