/**
 * Fingerprints as people type them. For user interfaces only: a wrong character is never replaced silently, since everything after
 * it would stand for other bits; what it may have been is offered, and the person decides. Protocol input goes to parseUdf.
 */
import { MeshError } from "../base/errors.ts";
import { parseUdf, type Udf } from "./udf.ts";

/** A character that is no Base32 digit. */
export interface EntryIssue {
  /** Position in the text as typed, counted in UTF-16 units. */
  readonly index: number;
  readonly character: string;
  /** The digit that it looks like, where there is one. */
  readonly suggestion?: string;
}

/** What a text may have meant: a fingerprint, or the characters to look at again. */
export type UdfEntry =
  | { readonly udf: Udf }
  | {
      readonly issues: readonly EntryIssue[];
      /** Canonical text with every suggestion taken; absent when a character has none. */
      readonly suggestion?: string;
    };

/** 9 looks like no digit in particular. */
const lookAlike: Readonly<Record<string, string>> = { "0": "O", "1": "I", "8": "B" };

/** Reads what a person typed. Throws ERR_ENCODING only for text that is empty or too long whatever its characters. */
export function readUdfEntry(text: string): UdfEntry {
  const issues: EntryIssue[] = [];
  let corrected = "";
  for (let index = 0; index < text.length && issues.length <= 64; index++) {
    const character = text.charAt(index);
    const suggestion = lookAlike[character];
    corrected += suggestion ?? character;
    if (!/[-\sA-Za-z2-7]/.test(character)) issues.push({ index, character, ...(suggestion !== undefined && { suggestion }) });
  }
  if (issues.length === 0) return { udf: parseUdf(text) };
  if (issues.some((issue) => issue.suggestion === undefined)) return { issues };
  return { issues, suggestion: parseUdf(corrected).text };
}

/** Canonical text of a fingerprint in any spelling: upper case, a dash after every fourth digit. Throws ERR_ENCODING, naming the first wrong character. */
export function canonicalUdf(text: string): string {
  const entry = readUdfEntry(text);
  if ("udf" in entry) return entry.udf.text;
  const [first] = entry.issues;
  throw new MeshError("ERR_ENCODING", `${JSON.stringify(first?.character)} is not a digit of a fingerprint`, {
    detail: { issues: entry.issues, ...(entry.suggestion !== undefined && { suggestion: entry.suggestion }) },
  });
}
