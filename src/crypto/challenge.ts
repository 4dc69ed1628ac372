/**
 * The hash of EdDSA signatures (RFC 8032 §5.1, §5.2). The Mesh signs with Ed25519ctx and an EMPTY context (dare-12 §5.2, also in
 * threshold signatures): the dom2 prefix is hashed. Plain Ed25519 is there for the published values of FROST and for other software.
 */
import { concat, utf8 } from "../base/bytes.ts";
import { type Curve, modOrder, readLittleEndian } from "./curve.ts";
import { sha512, shake256Ed448 } from "./hash.ts";

/** A curve whose keys sign. */
export type SigningCurve = Extract<Curve, "Ed25519" | "Ed448">;

/** `mesh` is Ed25519ctx with an empty context, `plain` Ed25519; both are the same for Ed448. */
export type SignatureForm = "mesh" | "plain";

/** dom2(0, "") and dom4(0, ""): flag zero, context of length zero. */
const domain: Readonly<Record<SigningCurve, Uint8Array>> = {
  Ed25519: concat(utf8("SigEd25519 no Ed25519 collisions"), Uint8Array.of(0, 0)),
  Ed448: concat(utf8("SigEd448"), Uint8Array.of(0, 0)),
};

/** H(dom || parts) as an integer mod L: the challenge k, and the nonce, of a signature. */
export function signatureHash(input: { curve: SigningCurve; form?: SignatureForm; parts: readonly Uint8Array[] }): bigint {
  const { curve, form = "mesh", parts } = input;
  const hash = curve === "Ed25519" ? sha512 : shake256Ed448;
  const octets = form === "plain" && curve === "Ed25519" ? hash(...parts) : hash(domain[curve], ...parts);
  return modOrder(curve, readLittleEndian(octets));
}
