/**
 * Tries every key on everything sealed: each frame of each sequence, the messages in spools, and the envelopes inside what has been opened. Names
 * of keys in headers are ignored, so that nothing stays shut for a wrong label.
 */
import { copyFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { isMeshError } from "../../../src/base/errors.ts";
import type { Datum } from "../../../src/codec/index.ts";
import { decodeJsonB } from "../../../src/codec/index.ts";
import type { DareEnvelope, DareHeader, DareRecipient, SequenceFrame } from "../../../src/dare/index.ts";
import {
  baseSeedLength,
  envelope,
  exchangedSeed,
  isEncrypted,
  openEnvelope,
  openFrame,
  parseEnvelope,
  SequenceFile,
} from "../../../src/dare/index.ts";
import { publicKeyOf } from "../../../src/dare/public-key-ecdh.ts";
import { tempDirectory } from "../../harness/suite.ts";
import type { Harvest } from "./harvest.ts";

/** A sealed thing, and what was in it for these keys. */
export interface Found {
  /** Store label, and for what lies inside an entry or message the member: `MMM_Device/EnvelopedActivationDeal`. */
  readonly where: string;
  /** Undefined = nothing opened it. */
  readonly plaintext: Uint8Array | undefined;
}

/** Every sequence below a directory: label and frames. */
export async function sequencesOf(directory: string): Promise<{ label: string; path: string; frames: SequenceFrame[] }[]> {
  const scratch = tempDirectory();
  const found: { label: string; path: string; frames: SequenceFrame[] }[] = [];
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".dare")) continue;
    const path = join(entry.parentPath, entry.name);
    const copy = join(scratch, `${found.length}.dare`);
    copyFileSync(path, copy);
    const file = await SequenceFile.open({ path: copy });
    const frames: SequenceFrame[] = [];
    for await (const frame of file.frames()) frames.push(frame);
    await file.close();
    found.push({ label: basename(entry.name, ".dare"), path, frames });
  }
  return found;
}

function attempt<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}

/** What each key gave for each wrapping: attackers hold keys in common, and try the same locks. */
const tried = new Map<string, Uint8Array | undefined>();

function seedFor(recipient: DareRecipient, key: Harvest["keys"][number]): Uint8Array | undefined {
  const name = `${key.curve} ${key.public.udf} ${Buffer.from(recipient.wmk ?? []).toString("base64")}`;
  if (!tried.has(name))
    tried.set(
      name,
      attempt(() => exchangedSeed({ recipients: [recipient] }, { keys: [key] })),
    );
  return tried.get(name);
}

/** Base seeds of a header that the keys give. */
function seedsOf(header: DareHeader, { keys, octets }: Harvest): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const { kid: _name, ...recipient } of header.recipients ?? []) {
    const curve = recipient.epk && attempt(() => publicKeyOf(recipient.epk as never).curve);
    const symmetric = octets.map((symmetricKey) => ({ symmetricKey }));
    const { epk: _epk, ...plain } = recipient;
    for (const key of keys) {
      const seed = key.curve === curve ? seedFor(recipient, key) : undefined;
      if (seed) found.push(seed);
    }
    for (const held of symmetric) found.push(...(attempt(() => [exchangedSeed({ ...header, recipients: [plain] }, held)]) ?? []));
  }
  return found;
}

function openAny(sealed: DareEnvelope, purse: Harvest): Uint8Array | undefined {
  for (const { kid: _name, ...recipient } of sealed.header.recipients ?? []) {
    const { epk } = recipient;
    const header = { ...sealed.header, recipients: [recipient] };
    const curve = epk && attempt(() => publicKeyOf(epk).curve);
    for (const key of purse.keys) {
      const fits = key.curve === curve && seedFor(recipient, key) !== undefined;
      const opened = fits ? attempt(() => openEnvelope({ ...sealed, header }, { keys: [key] })) : undefined;
      if (opened) return opened;
    }
    for (const symmetricKey of epk ? [] : purse.octets) {
      const opened = attempt(() => openEnvelope({ ...sealed, header }, { symmetricKey }));
      if (opened) return opened;
    }
  }
  return undefined;
}

/** The envelopes inside an object, with the member that holds each. */
function* inside(value: Datum | undefined, name: string): Generator<{ name: string; envelope: DareEnvelope }, void, undefined> {
  if (Array.isArray(value)) {
    const found = value.length >= 2 && value.length <= 3 ? attempt(() => envelope.decode(value, name)) : undefined;
    if (found) yield { name, envelope: found };
    else for (const item of value) yield* inside(item, name);
  } else if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    for (const [member, item] of Object.entries(value)) yield* inside(item as Datum, member);
  }
}

function* openEnvelopes(sealed: DareEnvelope, where: string, purse: Harvest): Generator<Found, void, undefined> {
  const plaintext = isEncrypted(sealed.header) ? openAny(sealed, purse) : sealed.body;
  if (isEncrypted(sealed.header)) yield { where, plaintext };
  if (plaintext) yield* openInside(plaintext, where.split("/")[0] ?? "", purse);
}

function* openInside(plaintext: Uint8Array, label: string, purse: Harvest): Generator<Found, void, undefined> {
  const object = attempt(() => decodeJsonB(plaintext));
  for (const { name, envelope: found } of inside(object, "")) yield* openEnvelopes(found, `${label}/${name}`, purse);
}

/** Everything sealed in a sequence. */
export function* burgle(sequence: { label: string; frames: readonly SequenceFrame[] }, purse: Harvest): Generator<Found, void, undefined> {
  const { label, frames } = sequence;
  const guesses = purse.octets.filter(({ length }) => length === baseSeedLength);
  const seeds = frames.flatMap(({ header }) => seedsOf(header, purse));
  for (const frame of frames) {
    if (isEncrypted(frame.header)) {
      let plaintext: Uint8Array | undefined;
      for (const baseSeed of [...seeds, ...guesses]) plaintext ??= attempt(() => openFrame({ frame, baseSeed }).payload);
      yield { where: label, plaintext };
      if (plaintext) yield* openInside(plaintext, label, purse);
    } else if (frame.body.length > 0 && !frame.isMeta) {
      const message = attempt(() => parseEnvelope(frame.body));
      if (message) yield* openEnvelopes(message, `${label}/message`, purse);
    }
  }
}
