/**
 * Seals bodies of any size in constant memory (dare-12 §3): header, body as it comes, and at the end a trailer with digest and
 * signatures. In JSON the body is base64url text; in the binary form header and trailer are JSON and the body is data chunks of JSON-B.
 */
import { asBuffer, asciiBytes, concat } from "../base/bytes.ts";
import { writeLongItem } from "../codec/index.ts";
import type { RunningDigest } from "../crypto/incremental.ts";
import { cbcEncryptor, runningDigest } from "../crypto/incremental.ts";
import { contentKeys } from "./key-schedule.ts";
import type { SealingOptions, SealSecrets } from "./seal.ts";
import { needsDigest, sealHeader, sealTrailer } from "./seal.ts";

/** What to seal, how, for whom, and in which form. */
export interface SealStreamOptions extends SealingOptions {
  readonly plaintext: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** `binary` is a third smaller and faster; `json` can stand in other JSON. Default `binary`. */
  readonly form?: "json" | "binary";
}

/** Largest piece that is ciphered or encoded at once: small, because each is new memory, which the collector gives back late on a busy machine. */
const pieceOctets = 0x4000;

/**
 * The octets of an envelope, made as they are asked for; parseEnvelope and the functions of open-stream.ts read them. Errors as
 * sealEnvelope, and those of the source.
 * @example
 * await pipeline(sealStream({ plaintext: createReadStream("film.mkv"), recipients: [key], signers: [own], random }), createWriteStream("film.dare"));
 */
export async function* sealStream(options: SealStreamOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { form = "binary", signers = [] } = options;
  const { headerOctets, secrets } = sealHeader(options);
  const digest = needsDigest(options) ? runningDigest() : undefined;
  const body = bodyOf(pieces(options.plaintext), { secrets, digest });
  yield concat(asciiBytes("["), headerOctets, asciiBytes(","));
  if (form === "json") yield* quoted(body);
  else yield* writeLongItem(body, { kind: "data" });
  if (digest !== undefined) yield concat(asciiBytes(","), sealTrailer({ digest: digest.value(), secrets, signers }).trailerOctets);
  yield asciiBytes("]");
}

/** The body as carried, digested on its way. */
async function* bodyOf(
  source: AsyncIterable<Uint8Array>,
  work: { readonly secrets: SealSecrets | undefined; readonly digest: RunningDigest | undefined },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { secrets, digest } = work;
  const keys = secrets && contentKeys(secrets.baseSeed, secrets.salt);
  const cipher = keys && cbcEncryptor(keys.key, keys.iv);
  for await (const plain of source) {
    const piece = cipher ? cipher.update(plain) : plain;
    digest?.update(piece);
    if (piece.length > 0) yield piece;
  }
  if (cipher === undefined) return;
  const last = cipher.finish();
  digest?.update(last);
  yield last;
}

async function* pieces(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of source) {
    for (let at = 0; at < piece.length; at += pieceOctets) yield piece.subarray(at, at + pieceOctets);
  }
}

/** Base64url text between quotes: groups of three octets, what is left over waits for the next piece. */
async function* quoted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield asciiBytes('"');
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of source) {
    const all = rest.length === 0 ? piece : concat(rest, piece);
    const whole = all.length - (all.length % 3);
    yield asciiBytes(asBuffer(all.subarray(0, whole)).toString("base64url"));
    rest = all.slice(whole);
  }
  yield asciiBytes(`${asBuffer(rest).toString("base64url")}"`);
}
