/** Compares what came with what was expected, member by member: texts, numbers and flags have to be the same, lists as long. */
import { toHex } from "../base/bytes.ts";
import type { Datum } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";

/** The first place where two values differ. */
export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly came: string;
}

/** Undefined when there is none. */
export function firstDifference(expected: Datum | undefined, came: Datum | undefined, path = ""): Difference | undefined {
  if (Array.isArray(expected) && Array.isArray(came)) {
    const [wanted, found] = [expected as readonly Datum[], came as readonly Datum[]];
    for (let i = 0; i < Math.max(wanted.length, found.length); i++) {
      const difference = firstDifference(wanted[i], found[i], `${path}[${i}]`);
      if (difference) return difference;
    }
    return undefined;
  }
  if (isObject(expected) && isObject(came)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(came)])) {
      const difference = firstDifference(expected[name], came[name], path === "" ? name : `${path}.${name}`);
      if (difference) return difference;
    }
    return undefined;
  }
  return expected === came ? undefined : { path, expected: show(expected), came: show(came) };
}

/** A value on one line, cut where it is long. */
function show(value: Datum | undefined): string {
  if (value === undefined) return "nothing";
  if (value instanceof Uint8Array) return `octets ${toHex(value).slice(0, 80)}`;
  const text = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "nothing");
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
