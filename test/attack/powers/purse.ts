/** What attackers hold: keys and shares out of memory and disks, what those open on the service's disk, and what that gives in turn. */
import { isMeshError } from "../../../src/base/errors.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { decodeJsonB } from "../../../src/codec/index.ts";
import type { PrivateKey, PublicKey } from "../../../src/crypto/index.ts";
import { addPrivate } from "../../../src/crypto/index.ts";
import { KeyData, privateKeyOf } from "../../../src/schema/index.ts";
import type { Found, sequencesOf } from "../hub/burgle.ts";
import { burgle } from "../hub/burgle.ts";

export type Loot = Awaited<ReturnType<typeof sequencesOf>>;

/** Keys, each once, and those among them that may be parts of others. */
export interface Purse {
  readonly keys: ReadonlyMap<string, PrivateKey>;
  readonly shares: ReadonlyMap<string, PrivateKey>;
}

const nameOf = (key: PrivateKey): string => `${key.curve} ${key.public.udf}`;

export function purse(keys: Iterable<PrivateKey>, shares: Iterable<PrivateKey> = []): Purse {
  const parts = new Map([...shares].map((key) => [nameOf(key), key]));
  return { keys: new Map([...[...keys].map((key) => [nameOf(key), key] as const), ...parts]), shares: parts };
}

export function joined(purses: readonly Purse[]): Purse {
  return purse(
    purses.flatMap(({ keys }) => [...keys.values()]),
    purses.flatMap(({ shares }) => [...shares.values()]),
  );
}

/** Opens what the keys open, takes the keys that lie there, and begins again until nothing new comes. */
export function enriched(held: Purse, loot: Loot): { readonly purse: Purse; readonly found: readonly Found[] } {
  const kids = new Set(
    loot.flatMap(({ frames }) => frames.flatMap(({ header, body }) => [...namesIn(JSON.stringify(header)), ...namesIn(text(body))])),
  );
  for (let now = held; ; ) {
    const keys = [...now.keys.values()].filter(({ public: { udf } }) => kids.has(udf));
    const found = loot.flatMap((sequence) => [...burgle(sequence, { keys, octets: [] })]);
    const opened = found.flatMap(({ plaintext }) => (plaintext ? [plaintext] : []));
    for (const name of opened.flatMap((octets) => namesIn(text(octets)))) kids.add(name);
    const next = joined([now, purse([], opened.flatMap(keysIn))]);
    if (next.keys.size === now.keys.size) return { purse: now, found };
    now = next;
  }
}

const text = (octets: Uint8Array): string => Buffer.from(octets).toString("latin1");
const namesIn = (value: string): string[] => value.match(/M[A-Z2-7]{3}(?:-[A-Z2-7]{4})+/g) ?? [];

function attempt<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** By what was opened: the keys that lie in it. */
const seen = new Map<string, readonly PrivateKey[]>();

/** Every private key in an object, or in octets that are one. */
export function keysIn(octets: Uint8Array): readonly PrivateKey[] {
  const name = text(octets);
  const keys = seen.get(name) ?? keysOf(octets);
  seen.set(name, keys);
  return keys;
}

function keysOf(octets: Uint8Array): readonly PrivateKey[] {
  const found: PrivateKey[] = [];
  const visit = (value: Datum | undefined): void => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
    if (!Array.isArray(value) && "PrivateParameters" in value) {
      const key = attempt(() => privateKeyOf(KeyData.decode(value, "Key")));
      if (key) found.push(key);
    }
    for (const item of Object.values(value)) visit(item as Datum);
  };
  visit(attempt(() => decodeJsonB(octets)));
  return found;
}

/** Of two parts each, made once: attackers hold parts in common, and its public key is what takes time. */
const sums = new Map<string, PrivateKey>();

function sumOf(one: PrivateKey, other: PrivateKey): PrivateKey {
  const name = `${nameOf(one)} + ${nameOf(other)}`;
  const sum = sums.get(name) ?? addPrivate(one, other);
  sums.set(name, sum);
  return sum;
}

/** The private key of a public one: a key that is held, or the sum of two parts. */
export function keyFor({ keys, shares }: Purse, wanted: PublicKey): PrivateKey | undefined {
  const fits = (key: PrivateKey): boolean => key.public.udf === wanted.udf;
  const whole = [...keys.values()].find(fits);
  if (whole) return whole;
  const parts = [...shares.values()].filter(({ curve }) => curve === wanted.curve);
  for (const [at, one] of parts.entries()) {
    for (const other of parts.slice(at + 1)) {
      const sum = sumOf(one, other);
      if (fits(sum)) return sum;
    }
  }
  return undefined;
}

/** True when something that was opened says this. */
export function says(found: readonly Found[], words: string): boolean {
  return found.some(({ plaintext }) => plaintext !== undefined && text(plaintext).includes(words));
}
