/** Puts a signature that was made elsewhere, by several holders together, beside its body. What was signed is SHA-512 of the body, as by any signer. */
import { encodeJson } from "../codec/index.ts";
import { sha512 } from "../crypto/hash.ts";
import type { DareEnvelope } from "./envelope.ts";
import { DareHeader, DareTrailer } from "./header.ts";
import { digestId } from "./signature.ts";

/** A signed envelope without content metadata. The signature is not checked here. */
export function attachSignature(options: { readonly body: Uint8Array; readonly kid: string; readonly signature: Uint8Array }): DareEnvelope {
  const { body, kid, signature } = options;
  const header: DareHeader = { dig: digestId };
  const trailer: DareTrailer = { signatures: [{ alg: digestId, kid, signature }], PayloadDigest: sha512(body) };
  return { header, headerOctets: encodeJson(DareHeader.encode(header)), body, trailer, trailerOctets: encodeJson(DareTrailer.encode(trailer)) };
}
