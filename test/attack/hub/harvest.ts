/**
 * What somebody gathers who has stolen a machine: every key, seed, share and octet string that can be reached from its memory or stands in its
 * files, and every key that can be made of those. Private fields of classes are read through the getters that hand out what they hold.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../../src/base/bytes.ts";
import { isMeshError } from "../../../src/base/errors.ts";
import { decodeBase64url, parseJson } from "../../../src/codec/index.ts";
import type { Curve, PrivateKey } from "../../../src/crypto/index.ts";
import { addPrivate, deriveKey, privateKeyFromScalar, privateKeyFromSeed } from "../../../src/crypto/index.ts";
import { catalogLabels, keyName, storeKeyName } from "../../../src/schema/index.ts";

/** The attacker's purse. */
export interface Harvest {
  /** Every key, once; sums of two where they can add up to something. */
  readonly keys: readonly PrivateKey[];
  /** Every octet string of 15 to 128 octets: tried as symmetric keys and as base seeds. */
  readonly octets: readonly Uint8Array[];
}

const curves: readonly Curve[] = ["X448", "Ed448", "X25519", "Ed25519"];
const names = [...Object.values(keyName), ...catalogLabels.map((label) => storeKeyName(label, 0))];
const seedLength: Readonly<Record<Curve, number>> = { X448: 56, Ed448: 56, X25519: 32, Ed25519: 32 };

function attempt<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** Gathers; roots are objects in memory. */
export function harvest(options: { readonly memory: readonly unknown[]; readonly directories: readonly string[] }): Harvest {
  const keys = new Map<string, PrivateKey>();
  const octets = new Map<string, Uint8Array>();
  const seeds = new Set<string>();
  const seen = new Set<object>();
  const keep = (key: PrivateKey | undefined): void => void (key && keys.set(`${key.curve} ${key.public.udf}`, key));
  const keepOctets = (value: Uint8Array): void => {
    if (value.length >= 15 && value.length <= 128) octets.set(toHex(value), value);
  };

  const text = (value: string): void => {
    if (value.length < 16 || value.length > 4096) return;
    if (/^[A-Z2-7-]+$/.test(value)) seeds.add(value);
    const decoded = attempt(() => decodeBase64url(value));
    if (decoded) keepOctets(decoded);
  };
  const visit = (value: unknown): void => {
    if (typeof value === "string") text(value);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Uint8Array) {
      keepOctets(value);
      // Objects in octets: a body in JSON.
      const inner = value.length > 128 && value[0] === 0x7b ? attempt(() => parseJson(value)) : undefined;
      if (inner !== undefined) visit(inner);
    } else if ("export" in value && "public" in value) {
      const key = value as PrivateKey;
      keep(key);
      keepOctets(key.export().Private);
    } else if (value instanceof Map) {
      for (const [name, item] of value) {
        visit(name);
        visit(item);
      }
    } else if (Symbol.iterator in value) for (const item of value as Iterable<unknown>) visit(item);
    else for (const item of Object.values(value)) visit(item);
  };

  for (const root of options.memory) visit(root);
  for (const directory of options.directories) {
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const content = readFileSync(join(entry.parentPath, entry.name));
      visit(new Uint8Array(content));
      // Whatever looks like a string in any file, framed or not.
      for (const [match] of content.toString("latin1").matchAll(/[A-Za-z0-9_-]{20,200}/g)) text(match);
    }
  }
  for (const value of octets.values()) {
    for (const curve of curves) {
      if (value.length !== seedLength[curve]) continue;
      keep(attempt(() => privateKeyFromSeed(curve, value)));
      if (curve.startsWith("Ed")) keep(attempt(() => privateKeyFromScalar(curve, value)));
    }
  }
  const derived: PrivateKey[] = [];
  for (const seed of seeds) {
    if (!attempt(() => deriveKey(seed, keyName.deviceSign, "Ed25519"))) continue;
    for (const name of names) for (const curve of curves) derived.push(deriveKey(seed, name, curve));
  }
  for (const key of derived) keep(key);
  return { keys: [...keys.values()], octets: [...octets.values()] };
}

/** Sums of two keys of one curve. */
export function* sums(keys: readonly PrivateKey[], curve: Curve): Generator<PrivateKey, void, undefined> {
  const own = keys.filter((key) => key.curve === curve);
  for (const [i, a] of own.entries()) for (const b of own.slice(i)) yield addPrivate(a, b);
}
