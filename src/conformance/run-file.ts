/**
 * Runs vector files: finds the entries of a file, hands each to the check of its kind, and compares. An entry passes when everything that
 * the file expects of it came out of our code; it is skipped only when nothing can be recomputed, with the reason; else it failed.
 */
import { MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { isObject, parseJson } from "../codec/index.ts";
import { firstDifference } from "./compare.ts";
import { dareChecks } from "./dare.ts";
import { jsonbcdChecks } from "./jsonbcd.ts";
import { noiseChecks } from "./noise.ts";
import { protocolChecks, protocolSections } from "./protocol.ts";
import { schemaChecks } from "./schema.ts";
import { thresholdChecks } from "./threshold.ts";
import { udfChecks } from "./udf.ts";
import { type Checks, Members } from "./vector.ts";

/** What became of one entry. */
export interface Outcome {
  readonly id: string;
  readonly kind: string;
  readonly status: "passed" | "failed" | "skipped";
  /** Of a failed or skipped entry: what was expected and what came, or the reason. */
  readonly text?: string;
}

/** Checks of entries that name their kind; no two formats use a kind in different senses. */
const kinds: Checks = { ...udfChecks, ...jsonbcdChecks, ...dareChecks, ...thresholdChecks, ...protocolChecks, ...noiseChecks };

/** Checks of entries without a kind, by the section that they stand in. */
const sections: Checks = { ...schemaChecks, ...protocolSections };

const maxFileOctets = 0x4000000;

/** One entry of a vector file, with the checks that are its own. */
export interface Found {
  readonly id: string;
  readonly checks: Checks;
  readonly kind: string;
  readonly value: Datum;
}

/** Entries of a file: a list of them, or an object whose lists are sections; `vectors` and lists of kinds name the kind in each entry. */
export function entriesOf(file: Datum): Found[] {
  if (Array.isArray(file)) return (file as readonly Datum[]).map((value, i) => entryOf(value, String(i), "unknown"));
  if (!isObject(file)) throw new MeshError("ERR_SCHEMA", "vector file: expected a list or an object");
  const found: Found[] = [];
  for (const [section, content] of Object.entries(file)) {
    if (Array.isArray(content)) {
      (content as readonly Datum[]).forEach((value, i) => {
        found.push(entryOf(value, `${section}/${i}`, section));
      });
    } else if (section === "counts") {
      found.push({ id: section, checks: sections, kind: section, value: content ?? null });
    }
  }
  return found;
}

function entryOf(value: Datum, place: string, section: string): Found {
  const { id, kind } = isObject(value) ? (value as DatumObject) : {};
  const isNamed = typeof kind === "string";
  return { id: typeof id === "string" ? id : place, checks: isNamed ? kinds : sections, kind: isNamed ? kind : section, value };
}

/** Runs every entry of a file. ERR_ENCODING when it is not JSON, ERR_SCHEMA when it is no vector file. */
export async function runVectors(octets: Uint8Array): Promise<readonly Outcome[]> {
  const file = parseJson(octets, { maxOctets: maxFileOctets, maxItems: 0x400000 });
  const outcomes: Outcome[] = [];
  for (const found of entriesOf(file)) outcomes.push(await runEntry(found, file));
  return outcomes;
}

/** Runs one entry. */
export async function runEntry({ id, checks, kind, value }: Found, file: Datum): Promise<Outcome> {
  const check = Object.hasOwn(checks, kind) ? checks[kind] : undefined;
  if (!check) return { id, kind, status: "failed", text: `expected a known kind, came ${JSON.stringify(kind.slice(0, 64))}` };
  try {
    const result = await check({ id, kind, entry: new Members(value, id), file });
    if ("skip" in result) return { id, kind, status: "skipped", text: result.skip };
    const difference = firstDifference(result.expected, result.came);
    if (!difference) return { id, kind, status: "passed" };
    const place = difference.path === "" ? "" : `${difference.path}: `;
    return { id, kind, status: "failed", text: `${place}expected ${difference.expected}, came ${difference.came}` };
  } catch (error) {
    const text = error instanceof MeshError ? `${error.code}: ${error.message}` : `defect: ${String(error)}`;
    return { id, kind, status: "failed", text: `expected a result, came ${text}` };
  }
}
