/**
 * The configuration of the hub from its four sources, later ones winning: defaults, hub.config.json, environment (MESH_HUB_MQTT_PORT
 * for mqtt.port), flags. Each value's origin is kept. Unknown keys are errors in all of them.
 */

import { existsSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import * as v from "valibot";
import { fromUtf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { appendAll } from "../base/list.ts";
import { notBuiltValue } from "../base/not-built.ts";
import { readRegularSync } from "../base/regular-file.ts";
import { parseCommentedJson } from "./commented-json.ts";
import { type ConfigIssue, describeIssue, unknownKey } from "./issue.ts";
import { groupKeys, type ValueKey, valueKeys } from "./key-tree.ts";
import { type HubConfig, hubConfigSchema } from "./schema.ts";
import { setValue } from "./set-value.ts";

/** Where a configuration may come from. */
export interface ConfigSources {
  /** The file; without it MESH_HUB_CONFIG, ./hub.config.json and /etc/mesh-hub/hub.config.json are tried in this order. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Dotted key to value: `{ "mqtt.port": "1884" }`; undefined values are skipped. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly cwd: string;
}

/** A configuration and where each of its values comes from: dotted key to "default", a file name, "env NAME" or "flag". */
export interface LoadedConfig {
  readonly config: HubConfig;
  readonly origins: Readonly<Record<string, string>>;
  /** The file that was read, if any. */
  readonly file?: string;
}

const fileVariable = "MESH_HUB_CONFIG";
const systemFile = "/etc/mesh-hub/hub.config.json";

type Tree = { [name: string]: unknown };

/**
 * Loads and checks the configuration.
 * Errors: ERR_CONFIG; the message tells path and reason of the first fault, `detail.issues` holds all.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { config, origins, file, issues } = gather(sources);
  const first = issues[0];
  if (config === undefined || first !== undefined) {
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
    const place = first?.source ?? file;
    throw new MeshError("ERR_CONFIG", `${place === undefined ? "" : `${place}: `}${first?.path}: ${first?.reason}${more}`, {
      ...(first?.source === undefined ? {} : { hint: "correct it where it was given; the file is not at fault" }),
      detail: { issues },
    });
  }
  return { config, origins, ...(file === undefined ? {} : { file }) };
}

/**
 * All faults of a file by itself, without environment and flags; empty when it is right.
 * @param text what would stand in it; what stands there when absent
 * Errors: ERR_CONFIG when it cannot be read or is no JSON.
 */
export function checkConfig(file: string, text?: string): ConfigIssue[] {
  return gather({ file, env: {}, cwd: process.cwd() }, text).issues;
}

/** The text of a file with a value at a dotted key. @param text the value as a person types it, lists by commas Errors: ERR_USAGE for a key that there is not, ERR_CONFIG. */
export function fileWith(file: string, path: string, text: string): string {
  const key = valueKeys.find((candidate) => candidate.path === path);
  if (key === undefined) {
    const known = valueKeys.map((candidate) => candidate.path);
    throw new MeshError("ERR_USAGE", `no key ${path}: ${unknownKey(path, path, known).reason}`, { hint: "'mesh-hub config show' lists them" });
  }
  return setValue(readText(file), path, fromText(key, text), file);
}

interface Gathered {
  readonly config: HubConfig | undefined;
  readonly origins: Record<string, string>;
  readonly file: string | undefined;
  readonly issues: ConfigIssue[];
}

function gather(sources: ConfigSources, text?: string): Gathered {
  const file = findFile(sources);
  const tree = file === undefined ? {} : treeOf(text ?? readText(file), file);
  const issues: ConfigIssue[] = [];
  const origins = originsOf(tree, file ?? "");
  overlayEnv(sources.env, tree, origins, issues);
  overlayFlags(sources.flags ?? {}, tree, origins, issues);
  // valibot takes an array for an object without members.
  for (const { path } of groupKeys) if (Array.isArray(getAt(tree, path))) issues.push({ path, reason: "expected an object, got an array" });
  const result = v.safeParse(hubConfigSchema, tree);
  appendAll(
    issues,
    result.success ? notBuiltValues(result.output, origins) : result.issues.map((issue) => withSource(describeIssue(issue), origins)),
  );
  const config = result.success ? resolvePaths(result.output, file === undefined ? sources.cwd : dirname(file)) : undefined;
  return { config, origins, file, issues };
}

/** Values that the schema knows and no program makes true yet. */
function notBuiltValues(config: HubConfig, origins: Readonly<Record<string, string>>): ConfigIssue[] {
  return valueKeys.flatMap(({ path }) => {
    const refused = notBuiltValue(`--set ${path}=${getAt(config, path)}`);
    if (!refused) return [];
    return [withSource({ path, reason: `${JSON.stringify(getAt(config, path))} is not built yet: ${refused.hint}` }, origins)];
  });
}

/** A fault with the place where its value was given, when that is not the file. */
function withSource(issue: ConfigIssue, origins: Readonly<Record<string, string>>): ConfigIssue {
  // A fault of an item of a list is one of its list.
  const key = Object.hasOwn(origins, issue.path) ? issue.path : issue.path.replace(/\.\d+$/, "");
  const origin = Object.hasOwn(origins, key) ? origins[key] : undefined;
  if (origin === "flag") return { ...issue, source: issue.path === "stateDir" ? "--state-dir or --set" : "--set" };
  return origin?.startsWith("env ") ? { ...issue, source: origin.replace("env ", "environment ") } : issue;
}

function findFile({ file, env, cwd }: ConfigSources): string | undefined {
  const named = file ?? env[fileVariable];
  if (named !== undefined && named !== "") return resolve(cwd, named);
  return [resolve(cwd, "hub.config.json"), systemFile].find((path) => existsSync(path));
}

/** A configuration with every key and its comment has some 10 kB. */
const mostOctets = 1 << 20;

function readText(file: string): string {
  try {
    return fromUtf8(readRegularSync(file, mostOctets));
  } catch (cause) {
    throw new MeshError("ERR_CONFIG", `cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function treeOf(text: string, file: string): Tree {
  const value = parseCommentedJson(text, file);
  if (!isTree(value)) throw new MeshError("ERR_CONFIG", `${file}: expected an object`);
  return value;
}

function originsOf(tree: Tree, file: string): Record<string, string> {
  const origins: Record<string, string> = {};
  for (const { path } of valueKeys) origins[path] = getAt(tree, path) === undefined ? "default" : file;
  return origins;
}

function overlayEnv(env: ConfigSources["env"], tree: Tree, origins: Record<string, string>, issues: ConfigIssue[]): void {
  const byName = new Map(valueKeys.map((key) => [envName(key.path), key]));
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("MESH_HUB_") || name === fileVariable || value === undefined) continue;
    const key = byName.get(name);
    if (key === undefined) {
      issues.push({ ...unknownKey(name, name, [...byName.keys()]), source: "environment" });
      continue;
    }
    setAt(tree, key.path, fromText(key, value));
    origins[key.path] = `env ${name}`;
  }
}

/** The environment variable of a key: state.coalesceMs -> MESH_HUB_STATE_COALESCE_MS. */
export function envName(path: string): string {
  return `MESH_HUB_${path.replaceAll(".", "_").replace(/[A-Z]/g, "_$&").toUpperCase()}`;
}

function overlayFlags(flags: Readonly<Record<string, unknown>>, tree: Tree, origins: Record<string, string>, issues: ConfigIssue[]): void {
  for (const [path, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const key = valueKeys.find((candidate) => candidate.path === path);
    if (key === undefined) {
      const known = valueKeys.map((candidate) => candidate.path);
      issues.push({ ...unknownKey(path, path, known), source: "--set" });
      continue;
    }
    setAt(tree, path, typeof value === "string" ? fromText(key, value) : value);
    origins[path] = "flag";
  }
}

/** Text in the type of the key, lists by commas; text that does not fit stays text, so that the schema names the fault. */
function fromText(key: ValueKey, text: string): unknown {
  if (key.type === "number") return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  if (key.type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (key.type === "list") return text === "" ? [] : text.split(",");
  return text;
}

function resolvePaths(config: HubConfig, folder: string): HubConfig {
  const stateDir = resolve(folder, config.stateDir);
  const { userDir } = config.drivers;
  const { password, ca } = config.mqtt.external;
  const external = {
    ...config.mqtt.external,
    ...(password === undefined ? {} : { password: absolute(password, folder) }),
    ...(ca === undefined ? {} : { ca: resolve(folder, ca) }),
  };
  const { certificate, key } = config.web.tls;
  return {
    ...config,
    stateDir,
    api: { ...config.api, socket: resolve(stateDir, config.api.socket) },
    bridges: config.bridges.map((bridge) => ({
      ...bridge,
      ...(bridge.password === undefined ? {} : { password: absolute(bridge.password, folder) }),
      ...(bridge.ca === undefined ? {} : { ca: resolve(folder, bridge.ca) }),
    })),
    drivers: { ...config.drivers, ...(userDir === undefined ? {} : { userDir: resolve(folder, userDir) }) },
    web: {
      ...config.web,
      tls: {
        ...config.web.tls,
        ...(certificate === undefined ? {} : { certificate: resolve(folder, certificate) }),
        ...(key === undefined ? {} : { key: resolve(folder, key) }),
      },
    },
    mqtt: { ...config.mqtt, external },
  };
}

function absolute(reference: string, folder: string): string {
  const path = reference.startsWith("file:") ? reference.slice("file:".length) : "";
  return path === "" || isAbsolute(path) ? reference : `file:${resolve(folder, path)}`;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a dotted path of a tree that may not have the shape of the schema. */
export function getAt(tree: unknown, path: string): unknown {
  let value = tree;
  for (const name of path.split(".")) value = isTree(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

function setAt(tree: Tree, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let group = tree;
  for (const name of names) {
    const next = Object.hasOwn(group, name) ? group[name] : undefined;
    // A group that is not an object is a fault of the file, which the schema reports: it stays.
    if (next !== undefined && !isTree(next)) return;
    const child = next ?? {};
    group[name] = child;
    group = child;
  }
  group[last] = value;
}
