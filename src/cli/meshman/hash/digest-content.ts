/** The digest of a file or of stdin, in pieces. */
import { MeshError } from "../../../base/errors.ts";
import { runningDigest } from "../../../crypto/incremental.ts";
import { contentOf } from "../../term/content.ts";
import type { Invocation } from "../surroundings.ts";
import { numberOf } from "../values.ts";

/** Digests by the names of the drafts. */
const algorithms = { "SHA-2-512": "sha512", "SHA-2-256": "sha256", "SHA-3-512": "sha3-512" } as const;

/** Name of a digest. */
export type AlgorithmName = keyof typeof algorithms;

/** The digest that `--alg` names; SHA-2-512 unless given. Errors: ERR_USAGE. */
export function algorithmOf(text: string | undefined, allowed: readonly AlgorithmName[]): AlgorithmName {
  if (text === undefined) return "SHA-2-512";
  const letters = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, "");
  const found = allowed.find((name) => letters(name) === letters(text) || letters(name).replace("SHA2", "SHA") === letters(text));
  if (found === undefined)
    throw new MeshError("ERR_USAGE", `there is no digest ${JSON.stringify(text)} here`, { hint: `say ${allowed.join(" or ")}` });
  return found;
}

/** Digest of the content of an argument. Errors: those of contentOf. */
export async function digestContent(call: Invocation, file: string, algorithm: AlgorithmName): Promise<Uint8Array> {
  const digest = runningDigest(algorithms[algorithm]);
  for await (const piece of (await contentOf(call, file)).read("reading")) digest.update(piece);
  return digest.value();
}

/** Bits of a fingerprint, 140 unless given. Errors: ERR_USAGE below 100, where two could be made alike, and above 440. */
export function fingerprintBits(text: string | undefined): number {
  return text === undefined ? 140 : numberOf(text, { name: "--bits", least: 100, most: 440 });
}
