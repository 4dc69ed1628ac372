/** What is wrong with a configuration, in words: the path, the reason and, for an unknown key, the nearest one. */
import type * as v from "valibot";
import { namesAt } from "./key-tree.ts";
import { nearest } from "./nearest.ts";

/** One fault. */
export interface ConfigIssue {
  readonly path: string;
  readonly reason: string;
  /** The known key that was probably meant. */
  readonly nearest?: string;
  /** Where the value was given, when not in the file: "environment MESH_HUB_MQTT_PORT", "--set". */
  readonly source?: string;
}

/** What some kinds of fault expect, where valibot has no words for the owner. */
const expectations: Readonly<Record<string, string>> = { strict_object: "an object", ipv4: "an IPv4 address" };

/** A fault that valibot found. */
export function describeIssue(issue: v.BaseIssue<unknown>): ConfigIssue {
  const names = (issue.path ?? []).map((item) => String(item.key));
  const path = names.join(".") || "(the whole file)";
  if (issue.type === "strict_object" && issue.expected === "never") {
    return unknownKey(path, names.at(-1) ?? "", namesAt(names.slice(0, -1)));
  }
  if (issue.type === "non_empty") return { path, reason: "must not be empty" };
  // A literal in place of a secret's reference must not reach the log.
  if (issue.type === "regex") return { path, reason: issue.message };
  const expected = expectations[issue.type] ?? issue.expected ?? issue.type.replaceAll("_", " ");
  return { path, reason: `expected ${expected.replace(/^\((.*)\)$/, "$1")}, got ${issue.received}` };
}

/** A key that the schema does not have. */
export function unknownKey(path: string, name: string, candidates: readonly string[]): ConfigIssue {
  const meant = nearest(name, candidates);
  if (meant === undefined) return { path, reason: `unknown key; known here: ${candidates.join(", ")}` };
  return { path, reason: `unknown key; the nearest is "${meant}"`, nearest: meant };
}
