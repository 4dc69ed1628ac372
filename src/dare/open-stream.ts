/**
 * Opens envelopes of any size in constant memory (dare-12 §3, §5). A signature stands at the end and CBC is malleable, so nothing is
 * given out before all of it was verified: openStream reads the source twice and decrypts only the second time; openToFile reads once,
 * decrypts into a file beside the target, and renames it when everything fits.
 */
import { equalBytes, wipe } from "../base/bytes.ts";
import { isMeshError, verificationError } from "../base/errors.ts";
import { FreshFile } from "../base/fresh-file.ts";
import type { DigestName, RunningCipher } from "../crypto/incremental.ts";
import { cbcDecryptor, runningDigest } from "../crypto/incremental.ts";
import type { PublicKey } from "../crypto/key.ts";
import { isEncrypted, saltOf } from "./content.ts";
import { decodeContentMeta } from "./content-meta.ts";
import type { StreamedEnvelope } from "./envelope-stream.ts";
import { streamEnvelope } from "./envelope-stream.ts";
import type { OpeningKeys } from "./exchange.ts";
import { exchangedSeed, mergeKeys } from "./exchange.ts";
import type { DareHeader, DareTrailer } from "./header.ts";
import { contentKeys } from "./key-schedule.ts";
import type { EnvelopeContent, OpenOptions } from "./open.ts";
import { openBlocks, uniformly } from "./open.ts";
import type { SealSecrets } from "./seal.ts";
import { checkStatedDigest, checkWitnesses, digestNameOf, judgeSignatures, verifyDigests } from "./signature.ts";

/** What must hold before anything is given out. */
export interface StreamOpenOptions extends OpenOptions {
  /** Keys of which one must have signed. Without them only the digest that is stated, if any is, is compared: for bodies whose sender does not matter. */
  readonly signedBy?: readonly PublicKey[];
  /** Keys whose signatures have to hold where they are there; what others signed is told and proves nothing. Beside `signedBy`, or without it. */
  readonly known?: readonly PublicKey[];
  /** For verifyStream: look at what can be seen from outside, and decrypt nothing, where `keysFor` has no keys (ERR_KEY). */
  readonly outside?: boolean;
  /** Accept the line breaks of foreign writers inside strings. */
  readonly lenient?: boolean;
  /** Finds further keys by the header, which was read and not verified: asked once for each reading of the source, before its body is read. */
  readonly keysFor?: (header: DareHeader) => OpeningKeys | Promise<OpeningKeys>;
}

/** What is known of an envelope that was verified to its end. */
export interface StreamContent extends Omit<EnvelopeContent, "plaintext"> {
  readonly header: DareHeader;
  readonly trailer?: DareTrailer;
  /** The key that signed, when keys were given. */
  readonly signer?: PublicKey;
  /** False when it was only looked at from outside. */
  readonly isOpened: boolean;
  /** Every signature, by the key that it names; `isVerified` when that key is known and it holds. */
  readonly signatures: readonly { readonly kid: string; readonly isVerified: boolean }[];
  /** Digest of the body as carried, by the algorithm that the header names. */
  readonly digest: Uint8Array;
  /** Octets of the body as carried. */
  readonly bodyLength: number;
}

/**
 * Opens an envelope that can be read twice. The plaintext is decrypted as it is asked for; if the source has changed since it was
 * verified, reading it ends in ERR_VERIFICATION. ERR_VERIFICATION, ERR_ENCODING, ERR_SCHEMA before that.
 * @example
 * const { plaintext } = await openStream({ source: () => createReadStream("film.dare"), keys: [own], signedBy: [sender] });
 * await pipeline(plaintext, createWriteStream("film.mkv"));
 */
export async function openStream(
  options: StreamOpenOptions & { readonly source: () => AsyncIterable<Uint8Array> },
): Promise<StreamContent & { readonly plaintext: AsyncGenerator<Uint8Array, void, undefined> }> {
  const { source } = options;
  const first = await readThrough({ source: source(), options });
  return { ...first.content, plaintext: secondReading({ source, options, first }) };
}

/** Verifies an envelope without giving out its payload; when it is encrypted, keys are needed for the witnesses and the padding, or `outside`. */
export async function verifyStream(options: StreamOpenOptions & { readonly source: AsyncIterable<Uint8Array> }): Promise<StreamContent> {
  return (await readThrough({ source: options.source, options })).content;
}

/**
 * Opens an envelope into a file (mode 0600), which appears under its name only when everything was verified (base/fresh-file.ts); `replace`
 * puts it in the place of another. Errors also: ERR_EXISTS, ERR_STORE, ERR_NOT_FOUND, ERR_PERMISSION, ERR_DISK_FULL.
 */
export async function openToFile(
  options: StreamOpenOptions & { readonly source: AsyncIterable<Uint8Array>; readonly path: string; readonly replace?: boolean },
): Promise<StreamContent> {
  const { source, path, replace = false } = options;
  const file = await FreshFile.create({ path, replace });
  try {
    const { content } = await readThrough({ source, options, take: (piece) => file.write(piece) });
    await file.commit();
    return content;
  } finally {
    await file.discard();
  }
}

interface Reading {
  readonly source: AsyncIterable<Uint8Array>;
  readonly options: StreamOpenOptions;
  /** Gets the plaintext, unverified as yet. */
  readonly take?: (piece: Uint8Array) => Promise<void>;
}

/** What a second reading must find again. */
interface FirstReading {
  readonly content: StreamContent;
  readonly digest: Uint8Array;
  readonly headerOctets: Uint8Array;
}

/** Reads all of it: digest, decryption for the padding and for `take`, then trailer, signature and witnesses. */
async function readThrough({ source, options, take }: Reading): Promise<FirstReading> {
  const envelope = await streamEnvelope(source, options);
  let secrets: SealSecrets | undefined;
  try {
    const { header } = envelope;
    const held = await heldFor(header, options).catch((error: unknown) => {
      if (options.outside && take === undefined && isMeshError(error, "ERR_KEY")) return undefined;
      throw error;
    });
    const isOpened = held !== undefined;
    secrets = isOpened ? secretsOf(header, held) : undefined;
    const blocks = isOpened ? openBlocks(header, held) : { contentMeta: decodeContentMeta(header.ContentMetaData), annotations: [] };
    const name = digestNameOf(envelope.header.dig);
    const digest = runningDigest(name);
    let bodyLength = 0;
    const cipher = decryptorOf(secrets);
    for await (const piece of envelope.body) {
      digest.update(piece);
      bodyLength += piece.length;
      const plain = cipher ? cipher.update(piece) : piece;
      if (take && plain.length > 0) await take(plain);
    }
    const last = cipher?.finish();
    if (take && last && last.length > 0) await take(last);
    const trailer = await envelope.trailer();
    const value = digest.value();
    const { signer, signatures } = checkTrailer({ envelope, trailer, name, digest: value, options });
    if (secrets) checkWitnesses({ header, ...(trailer && { trailer }) }, secrets);
    const content = { header, ...blocks, isOpened, bodyLength, digest: value, signatures, ...(trailer && { trailer }), ...(signer && { signer }) };
    return { content, digest: value, headerOctets: envelope.headerOctets };
  } finally {
    if (secrets) wipe(secrets.baseSeed);
    await envelope.close();
  }
}

function checkTrailer(found: {
  readonly envelope: StreamedEnvelope;
  readonly trailer: DareTrailer | undefined;
  readonly name: DigestName;
  readonly digest: Uint8Array;
  readonly options: StreamOpenOptions;
}): Pick<StreamContent, "signer" | "signatures"> {
  const { envelope, trailer, name, digest, options } = found;
  const around = { header: envelope.header, ...(trailer && { trailer }) };
  // Only the digest that the header announces was computed; signatures over another one say nothing here.
  const digestFor = (id: string | undefined): Uint8Array => {
    if (digestNameOf(id) !== name) throw verificationError("envelope");
    return digest;
  };
  checkStatedDigest(around, digestFor);
  const signatures = judgeSignatures(around, { known: options.known ?? [], digestFor });
  return { signatures, ...(options.signedBy && { signer: verifyDigests(around, { trusted: options.signedBy, digestFor }) }) };
}

async function* secondReading(options: {
  readonly source: () => AsyncIterable<Uint8Array>;
  readonly options: StreamOpenOptions;
  readonly first: FirstReading;
}): AsyncGenerator<Uint8Array, void, undefined> {
  const { first } = options;
  const envelope = await streamEnvelope(options.source(), options.options);
  let secrets: SealSecrets | undefined;
  try {
    if (!equalBytes(envelope.headerOctets, first.headerOctets)) throw verificationError("envelope");
    secrets = secretsOf(envelope.header, await heldFor(envelope.header, options.options));
    const digest = runningDigest(digestNameOf(envelope.header.dig));
    const cipher = decryptorOf(secrets);
    for await (const piece of envelope.body) {
      digest.update(piece);
      const plain = cipher ? cipher.update(piece) : piece;
      if (plain.length > 0) yield plain;
    }
    if (!equalBytes(digest.value(), first.digest)) throw verificationError("envelope");
    const last = cipher?.finish();
    if (last && last.length > 0) yield last;
  } finally {
    if (secrets) wipe(secrets.baseSeed);
    await envelope.close();
  }
}

/** The keys given, and those that the header leads to. */
async function heldFor(header: DareHeader, { keysFor, ...given }: StreamOpenOptions): Promise<OpenOptions> {
  if (!keysFor || !isEncrypted(header)) return given;
  const { symmetricKey: _, ...others } = given;
  return { ...others, ...mergeKeys(given, await keysFor(header)) };
}

function secretsOf(header: DareHeader, options: OpenOptions): SealSecrets | undefined {
  if (!isEncrypted(header)) {
    if (options.sealed) throw verificationError("envelope");
    return undefined;
  }
  return uniformly("envelope", () => ({ baseSeed: exchangedSeed(header, options), salt: saltOf(header) }));
}

function decryptorOf(secrets: SealSecrets | undefined): RunningCipher | undefined {
  if (secrets === undefined) return undefined;
  const keys = contentKeys(secrets.baseSeed, secrets.salt);
  return cbcDecryptor(keys.key, keys.iv);
}
