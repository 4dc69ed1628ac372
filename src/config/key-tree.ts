/** The schema of the configuration as a plain tree, for the parts that walk over all keys: environment, origins, example, messages. */
import * as v from "valibot";
import { hubConfigSchema } from "./schema.ts";

/** A key that holds a value. */
export interface ValueKey {
  readonly name: string;
  /** The dotted path: "mqtt.external.url". */
  readonly path: string;
  readonly type: "boolean" | "number" | "string" | "list";
  readonly description: string;
  readonly fallback?: unknown;
  readonly example?: unknown;
}

/** A key that holds other keys. */
export interface GroupKey {
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly members: readonly (GroupKey | ValueKey)[];
}

/** What we look at of a valibot schema; its own types cannot be walked without knowing them. */
interface AnySchema extends v.GenericSchema {
  readonly entries?: Readonly<Record<string, AnySchema>>;
  readonly wrapped?: AnySchema;
  readonly default?: unknown;
}

function keyOf(name: string, parent: string, schema: AnySchema): GroupKey | ValueKey {
  const path = parent === "" ? name : `${parent}.${name}`;
  const description = v.getDescription(schema) ?? "";
  const inner = schema.wrapped ?? schema;
  if (inner.entries !== undefined) {
    const members = Object.entries(inner.entries).map(([child, member]) => keyOf(child, path, member));
    return { name, path, description, members };
  }
  const type = inner.type === "boolean" || inner.type === "number" ? inner.type : inner.type === "array" ? "list" : "string";
  return { name, path, type, description, fallback: schema.default, example: (v.getExamples(schema) as readonly unknown[])[0] };
}

/** The whole tree; its root has no name. */
export const keyTree: GroupKey = {
  ...(keyOf("", "", hubConfigSchema as unknown as AnySchema) as GroupKey),
  members: Object.entries(hubConfigSchema.entries)
    .map(([name, schema]) => keyOf(name, "", schema as unknown as AnySchema))
    .filter((key) => key.name !== "$schema"),
};

/** True for a key that holds other keys. */
export function isGroup(key: GroupKey | ValueKey): key is GroupKey {
  return "members" in key;
}

/** All keys that hold values. */
export const valueKeys: readonly ValueKey[] = flatten(keyTree);

/** All keys that hold other keys, without the root. */
export const groupKeys: readonly GroupKey[] = groups(keyTree);

function groups(group: GroupKey): GroupKey[] {
  return group.members.filter(isGroup).flatMap((key) => [key, ...groups(key)]);
}

function flatten(group: GroupKey): ValueKey[] {
  return group.members.flatMap((key) => (isGroup(key) ? flatten(key) : [key]));
}

/** Names of the keys in the group at a path. */
export function namesAt(path: readonly string[]): string[] {
  let group = keyTree;
  for (const name of path) {
    const next = group.members.find((key) => key.name === name);
    if (next === undefined || !isGroup(next)) return [];
    group = next;
  }
  return group.members.map((key) => key.name);
}
