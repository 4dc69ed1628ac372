/** Turns the first issue of a valibot check into a path, a reason in plain words and, for an unknown key, the nearest known one. */
import type { BaseIssue, GenericSchema } from "valibot";
import { nearest } from "../config/nearest.ts";

/** What is wrong where. */
export interface SchemaIssue {
  /** `Properties[1].Minimum`; empty for the whole value. */
  readonly path: string;
  readonly reason: string;
}

/** Parts of the valibot schemas that hold other schemas. */
interface Node {
  readonly entries?: Readonly<Record<string, Node>>;
  readonly item?: Node;
  readonly value?: Node;
  readonly wrapped?: Node;
}

function unwrap(node: Node | undefined): Node | undefined {
  let inner = node;
  while (inner?.wrapped !== undefined) inner = inner.wrapped;
  return inner;
}

/** Keys that the schema knows at a path. */
function knownKeys(schema: Node, keys: readonly unknown[]): readonly string[] {
  let node = unwrap(schema);
  for (const key of keys) node = unwrap(typeof key === "number" ? node?.item : (node?.entries?.[String(key)] ?? node?.value));
  return Object.keys(node?.entries ?? {});
}

/** Writes keys as a path. */
export function pathText(keys: readonly unknown[]): string {
  return keys.reduce<string>((path, key) => (typeof key === "number" ? `${path}[${key}]` : path === "" ? String(key) : `${path}.${String(key)}`), "");
}

/** The issue to show first: an unknown key explains a missing one, so it goes before it. */
export function firstIssue(schema: GenericSchema, issues: readonly [BaseIssue<unknown>, ...BaseIssue<unknown>[]]): SchemaIssue {
  const issue = issues.find((candidate) => candidate.expected === "never") ?? issues[0];
  const keys = (issue.path ?? []).map((item) => item.key);
  const path = pathText(keys);
  if (issue.expected === "never") {
    const near = nearest(String(keys.at(-1)), knownKeys(schema as unknown as Node, keys.slice(0, -1)));
    return { path, reason: near === undefined ? "unknown key" : `unknown key, nearest is ${near}` };
  }
  if (issue.received === "undefined") return { path, reason: "a value is missing" };
  if (issue.kind === "schema") return { path, reason: `expected ${issue.expected}, found ${issue.received}` };
  return { path, reason: issue.message };
}
