/**
 * Looks for words in files as somebody would who owns the disk: in the raw octets, in everything that decodes from Base64 in any alignment,
 * and in every value of whatever is JSON or JSON-B, down through all layers.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { asBuffer, joinBytes, utf8 } from "../../base/bytes.ts";
import { isMeshError } from "../../base/errors.ts";
import type { Datum } from "../../codec/index.ts";
import { decodeJsonBItems, isObject } from "../../codec/index.ts";

/** Where a word was found. */
export interface Finding {
  readonly word: string;
  readonly file: string;
}

/** What a search covered. */
export interface SearchReport {
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly octets: number;
  /** Layers that were decoded: Base64 runs and JSON or JSON-B values. */
  readonly layers: number;
}

const deepest = 8;
const shortestRun = 20;

class Search {
  readonly #needles: readonly { readonly word: string; readonly octets: Buffer }[];
  readonly #found = new Set<string>();
  layers = 0;

  constructor(words: readonly string[]) {
    this.#needles = words.map((word) => ({ word, octets: asBuffer(utf8(word)) }));
  }

  /** Words in the octets or in any layer below them. */
  look(octets: Uint8Array): ReadonlySet<string> {
    this.#found.clear();
    this.#layer(octets, 0);
    return new Set(this.#found);
  }

  #layer(octets: Uint8Array, depth: number): void {
    const buffer = asBuffer(octets);
    for (const { word, octets: needle } of this.#needles) if (buffer.includes(needle)) this.#found.add(word);
    if (depth === deepest) return;
    this.#values(octets, depth);
    for (const [run] of buffer.toString("latin1").matchAll(/[A-Za-z0-9_\-+/]{20,}/g)) {
      for (let shift = 0; shift < 4; shift += 1) {
        if (run.length - shift < shortestRun) continue;
        this.layers += 1;
        const decoded = Buffer.from(run.slice(shift).replaceAll("+", "-").replaceAll("/", "_"), "base64url");
        if (shift === 0) this.#layer(decoded, depth + 1);
        else this.#plain(decoded);
      }
    }
  }

  #plain(octets: Buffer): void {
    for (const { word, octets: needle } of this.#needles) if (octets.includes(needle)) this.#found.add(word);
  }

  #values(octets: Uint8Array, depth: number): void {
    const first = octets[0];
    if (first === undefined || !(first === 0x7b || first === 0x5b || (first >= 0x80 && first <= 0x8f))) return;
    try {
      for (const value of decodeJsonBItems(octets)) this.#walk(value, depth + 1);
      this.layers += 1;
    } catch (error) {
      // Whatever is no JSON-B has been looked at as octets.
      if (!isMeshError(error)) throw error;
    }
  }

  #walk(value: Datum | undefined, depth: number): void {
    if (value instanceof Uint8Array) this.#layer(value, depth);
    else if (typeof value === "string") this.#plain(asBuffer(utf8(value)));
    else if (Array.isArray(value)) for (const item of value as readonly Datum[]) this.#walk(item, depth);
    else if (isObject(value)) for (const member of Object.values(value)) this.#walk(member, depth);
  }
}

async function filesBelow(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Searches every file below a directory. */
export async function searchFiles(dir: string, words: readonly string[]): Promise<SearchReport> {
  const search = new Search(words);
  const findings: Finding[] = [];
  let octets = 0;
  const files = await filesBelow(dir);
  for (const file of files) {
    const content = await readFile(file);
    octets += content.length;
    for (const word of search.look(content)) findings.push({ word, file });
  }
  return { findings, files: files.length, octets, layers: search.layers };
}

/** Searches octets that are at hand. */
export function searchOctets(parts: readonly Uint8Array[], words: readonly string[]): ReadonlySet<string> {
  return new Search(words).look(joinBytes(parts));
}
