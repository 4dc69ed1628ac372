/**
 * JSON-B to value trees (jsonbcd-21 §4). Plain JSON is JSON-B too, and may stand inside it anywhere; what is read of JSON-C and
 * JSON-D is said in item.ts. Where draft and reference disagree the reader takes both (commas after binary items, B4-B7 names, A5/AD).
 */
import type { Datum } from "../datum.ts";
import type { DecodeOptions } from "../source.ts";
import { openSource, refuseHere, skipBlanks } from "../source.ts";
import { readTree } from "../tree.ts";
import type { CodeDictionary } from "./item.ts";
import { binaryItems } from "./item.ts";

/** What a JSON-B decoder accepts. */
export interface DecodeBinaryOptions extends DecodeOptions {
  /** Codes that both sides know beforehand, by the text they stand for (JSON-C). */
  readonly codes?: ReadonlyMap<string, number>;
  /** Dictionaries that both sides have, to which the octets may refer by fingerprint (JSON-C). */
  readonly dictionaries?: readonly CodeDictionary[];
  /** Give binary128, Intel 80-bit and decimal numbers as RawNumber: octets as they came, with the name of the format. */
  readonly rawNumbers?: boolean;
}

/**
 * Reads one value of JSON, JSON-B, JSON-C or JSON-D; ERR_ENCODING names the octet, ERR_TOO_LARGE when a limit is passed. Octets in the
 * result are copies.
 */
export function decodeJsonB(octets: Uint8Array, options?: DecodeBinaryOptions): Datum {
  const source = openSource(octets, options);
  const value = readTree(source, binaryItems(options));
  skipBlanks(source);
  if (source.at !== octets.length) refuseHere(source, "the end");
  return value;
}

/** Reads values one after another to the end, such as the two data items of an enhanced data sequence (dare-12 §3.3). */
export function decodeJsonBItems(octets: Uint8Array, options?: DecodeBinaryOptions): Datum[] {
  const source = openSource(octets, options);
  const items = binaryItems(options);
  const out: Datum[] = [];
  skipBlanks(source);
  while (source.at < octets.length) {
    out.push(readTree(source, items));
    skipBlanks(source);
  }
  return out;
}
