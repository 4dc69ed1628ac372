/**
 * Other words for what is understood already, as data of the language (Reworded): "tell me if the door is open" for "is the door open". They are looked at
 * where a sentence means nothing as it stands, so that no meaning becomes ambiguous by them, and a recogniser does not listen for them.
 */
import type { Capture, Row } from "./pattern.ts";
import { matchRow } from "./pattern.ts";
import { RowIndex } from "./row-index.ts";

/** Ways to say something in other words, made ready. */
export type RewordedRows = RowIndex<{ readonly row: Row; readonly as: Row; readonly isTyped: boolean }>;

/** Most ways in which one sentence is put in other words. */
const mostWays = 8;

/** Some tokens in other words, and those in other words again. */
export function rewordings(said: readonly (readonly string[])[], rows: RewordedRows): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const known = new Set(said.map((tokens) => tokens.join(" ")));
  for (let next = [...said]; next.length > 0 && found.length < mostWays; ) {
    const more: (readonly string[])[] = [];
    for (const tokens of next) {
      for (const words of rewordedOnce(tokens, rows)) {
        const text = words.join(" ");
        if (known.has(text) || words.length === 0) continue;
        known.add(text);
        more.push(words);
      }
    }
    for (const words of more.slice(0, mostWays - found.length)) found.push(words);
    next = more.slice(0, mostWays);
  }
  return found;
}

/** A rule that fits what is said plainly: all its ways to say the same, and what stands in their slots. */
export interface OtherWording {
  readonly ways: readonly Row[];
  readonly capture: Capture;
}

/** The rules the other way round, of those that are said: of what is said plainly each rule that fits, with the other words that it understands so. */
export function otherWordings(rows: RewordedRows): (said: readonly string[]) => readonly OtherWording[] {
  const rules = new Map<Row, Row[]>();
  for (const { row, as, isTyped } of rows.all) {
    // Where nothing stands between two slots the words could be put in anywhere.
    const isAnywhere = as.length > 1 && as.every((piece) => "slot" in piece);
    if (!isTyped && !isAnywhere) rules.set(as, [...(rules.get(as) ?? []), row]);
  }
  const plainly = new RowIndex([...rules].map(([row, ways]) => ({ row, ways })));
  return (said) => plainly.fitting(said).flatMap(({ row, ways }) => matchRow(row, said).map((capture) => ({ ways, capture })));
}

function rewordedOnce(tokens: readonly string[], rows: RewordedRows): readonly (readonly string[])[] {
  return rows.fitting(tokens).flatMap(({ row, as }) => matchRow(row, tokens).map((capture) => filled(as, capture)));
}

/** A way with what stands in its slots. */
export function filled(row: Row, capture: Capture): readonly string[] {
  return row.flatMap((piece) => ("word" in piece ? [piece.word] : (capture[piece.slot] ?? [])));
}
