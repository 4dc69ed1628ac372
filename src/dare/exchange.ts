/**
 * Key exchange: a base seed and its wrapping for each recipient (dare-12 §3.4). A recipient is an agreement key of any of the four
 * curves, with an ephemeral key of the same curve, or a symmetric key without one (the EARL form, udf-13 §6).
 */
import { wipe } from "../base/bytes.ts";
import { isMeshError, MeshError, verificationError } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import type { AgreeingKey, PublicKey } from "../crypto/key.ts";
import { newEphemeral } from "../crypto/key.ts";
import { symmetricKeyId } from "../crypto/udf.ts";
import type { DareHeader, DareRecipient } from "./header.ts";
import { baseSeedLength, unwrapBaseSeed, wrapBaseSeed } from "./key-schedule.ts";
import { agreementKeyOf, publicParametersOf } from "./public-key-ecdh.ts";

/** A base seed and those who can learn it. */
export interface KeyExchange {
  /** Secret. */
  readonly baseSeed: Uint8Array;
  /** Identifier of the base seed, for header `kid`. */
  readonly kid: string;
  readonly recipients: readonly DareRecipient[];
}

/** Keys that may open something. */
export interface OpeningKeys {
  readonly keys?: readonly AgreeingKey[];
  readonly symmetricKey?: Uint8Array;
  /** Further symmetric keys. */
  readonly symmetricKeys?: readonly Uint8Array[];
}

/** The keys of both. */
export function mergeKeys(held: OpeningKeys, more: OpeningKeys): OpeningKeys {
  return { keys: [...(held.keys ?? []), ...(more.keys ?? [])], symmetricKeys: [...symmetricOf(held), ...symmetricOf(more)] };
}

/** Bound on the entries looked at, so that a header cannot cost more than its size. */
const maxRecipients = 1024;
/** Bound on the agreements computed for one header. */
const maxAttempts = 16;

/** Draws a base seed and wraps it for every recipient; ERR_KEY without any. */
export function newExchange(options: {
  readonly recipients?: readonly PublicKey[];
  readonly symmetricKey?: Uint8Array;
  /** Further symmetric keys that may open it. */
  readonly symmetricKeys?: readonly Uint8Array[];
  readonly random: Random;
}): KeyExchange {
  const { recipients = [], random } = options;
  const symmetric = symmetricOf(options);
  if (recipients.length === 0 && symmetric.length === 0) throw new MeshError("ERR_KEY", "no recipient to encrypt to");
  const baseSeed = random.bytes(baseSeedLength);
  const wrapped = recipients.map((recipient) => wrapFor({ recipient, baseSeed, random }));
  for (const key of symmetric) wrapped.push({ kid: symmetricKeyId(key), wmk: wrapBaseSeed(key, baseSeed) });
  return { baseSeed, kid: symmetricKeyId(baseSeed), recipients: wrapped };
}

function symmetricOf(held: { readonly symmetricKey?: Uint8Array; readonly symmetricKeys?: readonly Uint8Array[] }): readonly Uint8Array[] {
  const { symmetricKey, symmetricKeys = [] } = held;
  return symmetricKey === undefined ? symmetricKeys : [symmetricKey, ...symmetricKeys];
}

function wrapFor(options: { readonly recipient: PublicKey; readonly baseSeed: Uint8Array; readonly random: Random }): DareRecipient {
  const { recipient, baseSeed, random } = options;
  const ephemeral = newEphemeral(recipient.curve, random);
  const agreement = ephemeral.agree(recipient);
  try {
    return { kid: recipient.udf, epk: publicParametersOf(ephemeral), wmk: wrapBaseSeed(agreement, baseSeed) };
  } finally {
    wipe(agreement);
    ephemeral.wipe();
  }
}

/** Base seed of a header's key exchange; one ERR_VERIFICATION whether no key fits or the wrapping is damaged. */
export function exchangedSeed(header: DareHeader, held: OpeningKeys): Uint8Array {
  let attempts = 0;
  for (const recipient of (header.recipients ?? []).slice(0, maxRecipients)) {
    for (const agree of agreements(recipient, held)) {
      if (++attempts > maxAttempts) throw verificationError("envelope");
      const seed = unwrapOrNothing(agree, recipient);
      if (seed !== undefined) return seed;
    }
  }
  throw verificationError("envelope");
}

/** Ways to get this recipient's agreement value from the keys held: those it names, or any of its curve when it names none. */
function agreements(recipient: DareRecipient, held: OpeningKeys): (() => Uint8Array)[] {
  const { kid, epk } = recipient;
  const { keys = [] } = held;
  if (epk === undefined) {
    return symmetricOf(held)
      .filter((key) => kid === undefined || kid === symmetricKeyId(key))
      .map((key) => () => key);
  }
  return keys
    .filter((key) => (kid === undefined ? key.curve === epk.value.crv : kid === key.public.udf))
    .map((key) => () => key.agree(agreementKeyOf(epk)));
}

/** True when an agreement value opens what a recipient's entry wraps: a value that several have made may be none. */
export function isAgreed(agreement: Uint8Array, recipient: DareRecipient): boolean {
  const seed = unwrapOrNothing(() => agreement, recipient);
  if (seed) wipe(seed);
  return seed !== undefined;
}

function unwrapOrNothing(agree: () => Uint8Array, recipient: DareRecipient): Uint8Array | undefined {
  const agreement = attempt(agree);
  if (agreement === undefined) return undefined;
  for (const info of ["", "master"] as const) {
    const seed = attempt(() => unwrapBaseSeed(agreement, recipient.wmk ?? new Uint8Array(), info));
    if (seed?.length === baseSeedLength) return seed;
  }
  return undefined;
}

function attempt(task: () => Uint8Array): Uint8Array | undefined {
  try {
    return task();
  } catch (error) {
    if (isMeshError(error)) return undefined;
    throw error;
  }
}
