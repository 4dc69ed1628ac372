/** The configuration in words: the commented example file, and the list of values with their origins. */
import { type GroupKey, isGroup, keyTree, type ValueKey, valueKeys } from "./key-tree.ts";
import { getAt, type LoadedConfig } from "./load.ts";
import type { HubConfig } from "./schema.ts";

/** One line of `config show --origin`. */
export interface ConfigLine {
  readonly key: string;
  /** Undefined for a key that is not set. */
  readonly value: unknown;
  readonly origin: string;
}

/** All keys with value and origin, in the order of the schema. Values that are references to secrets are shown as such. */
export function describeConfig({ config, origins }: LoadedConfig): ConfigLine[] {
  return valueKeys.map(({ path }) => ({ key: path, value: getAt(config, path), origin: origins[path] ?? "default" }));
}

/** A key as it is shown to people, with what it is for. */
export interface ShownSetting {
  readonly key: string;
  /** What counts, in JSON; undefined for a key that is not set. */
  readonly value?: string;
  /** Whether it is what counts when nothing is written. */
  readonly standard: boolean;
  readonly about: string;
}

/** All keys of a configuration that counts, in the order of the schema. Secrets are shown as the references that they are. */
export function shownSettings(config: HubConfig): ShownSetting[] {
  return valueKeys.map(({ path, description, fallback }) => {
    const value = getAt(config, path);
    const standard = JSON.stringify(value) === JSON.stringify(fallback);
    return { key: path, ...(value === undefined ? {} : { value: JSON.stringify(value) }), standard, about: description };
  });
}

/**
 * A complete hub.config.json with every key explained; keys that are not set stand in comments with an example.
 * @param values dotted key to value, in place of the defaults
 */
export function exampleConfig(values: Readonly<Record<string, unknown>> = {}): string {
  const intro = [
    "// Configuration of mesh-hub: JSON with comments. Every key may be left out; what is written here is the default.",
    "// 'mesh-hub config check' tells what is wrong, 'mesh-hub config show --origin' what counts and why.",
  ];
  return `${intro.join("\n")}\n${renderGroup(keyTree, values, "")}\n`;
}

function renderGroup(group: GroupKey, values: Readonly<Record<string, unknown>>, indent: string): string {
  const inner = `${indent}  `;
  const lines = group.members.map((key, index) => {
    // Also before and behind commented keys: the loader takes a comma at the end, so any of them can be uncommented.
    const comma = index < group.members.length - 1 ? "," : "";
    const comment = `${inner}// ${key.description}\n`;
    if (isGroup(key)) return `${comment}${inner}"${key.name}": ${renderGroup(key, values, inner)}${comma}`;
    const value = writtenValue(key, values);
    if (value === undefined) return `${comment}${inner}// "${key.name}": ${JSON.stringify(key.example)}${comma}`;
    return `${comment}${inner}"${key.name}": ${JSON.stringify(value)}${comma}`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function writtenValue(key: ValueKey, values: Readonly<Record<string, unknown>>): unknown {
  return values[key.path] ?? key.fallback;
}
