/** What differs between two configurations. */
import { valueKeys } from "./key-tree.ts";
import { getAt } from "./load.ts";
import type { HubConfig } from "./schema.ts";

/** Dotted keys whose values differ, in the order of the schema. */
export function changedKeys(before: HubConfig, after: HubConfig): string[] {
  const differs = (path: string): boolean => JSON.stringify(getAt(before, path)) !== JSON.stringify(getAt(after, path));
  return valueKeys.map(({ path }) => path).filter(differs);
}
