/**
 * FROST (RFC 9591) by @noble, for signers that are always on, such as hub and service: safe with sessions in parallel. In the form
 * `plain` it is the RFC's ciphersuites to the letter; in the form `mesh` the challenge of Ed25519 has the dom2 prefix that all
 * signatures of the Mesh have. Nonces stay in memory, answer once, and are lost in a crash. Left out: distributed key generation by
 * @noble; joint.ts does it.
 */
import { createFROST, type FROST } from "@noble/curves/abstract/frost.js";
import { ed448_FROST } from "@noble/curves/ed448.js";
import { ed25519, ed25519_FROST } from "@noble/curves/ed25519.js";
import { concat, toHex, wipe } from "../../base/bytes.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { sha512 } from "../hash.ts";
import type { FrostGroup, FrostShare } from "./frost-group.ts";

/** Commitments of one signer in one session. */
export interface FrostCommitment {
  readonly identifier: string;
  /** D_i. */
  readonly hiding: Uint8Array;
  /** E_i. */
  readonly binding: Uint8Array;
}

/** The RFC's suite with the challenge of Ed25519ctx under an empty context (dare-12 §5.2). */
const ed25519Mesh: FROST = createFROST({
  name: "FROST-ED25519-SHA512-v1",
  Point: ed25519.Point,
  hash: (octets) => new Uint8Array(sha512(octets)),
  H2: "SigEd25519 no Ed25519 collisions\0\0",
});

function suiteOf(group: FrostGroup): FROST {
  if (group.curve === "Ed448") return ed448_FROST;
  return group.form === "plain" ? ed25519_FROST : ed25519Mesh;
}

type Package = Parameters<FROST["aggregate"]>[0];

function packageOf(group: FrostGroup): Package {
  return { signers: { ...group.signers }, commitments: [...group.commitments], verifyingShares: { ...group.verifyingShares } };
}

/** Sessions that one signer may have open: more is a caller that starves the others. */
const maxOpen = 64;

/** Signs with one share of one group. */
export class FrostSigner {
  readonly #group: FrostGroup;
  readonly #share: FrostShare;
  readonly #random: Random;
  #isWiped = false;
  readonly #nonces = new Map<string, ReturnType<FROST["commit"]>["nonces"]>();

  constructor(input: { readonly group: FrostGroup; readonly share: FrostShare; readonly random: Random }) {
    this.#group = input.group;
    this.#share = input.share;
    this.#random = input.random;
  }

  /** Round one: fresh commitments. Throws ERR_CONFLICT when 64 are unanswered, ERR_KEY after wipe(). */
  commit(): FrostCommitment {
    if (this.#isWiped) throw new MeshError("ERR_KEY", "the share of a signing key was erased");
    if (this.#nonces.size >= maxOpen) {
      throw new MeshError("ERR_CONFLICT", `${maxOpen} signing sessions are open`, { hint: "answer or give up some of them" });
    }
    const { nonces, commitments } = suiteOf(this.#group).commit({ ...this.#share }, (length = 32) => new Uint8Array(this.#random.bytes(length)));
    this.#nonces.set(sessionOf(commitments), nonces);
    return commitments;
  }

  /**
   * Round two: the share of a signature of a message that the signer has seen and approved. Throws ERR_REPLAY when its commitment among
   * `commitments` was answered before or is not its own, ERR_VERIFICATION when the others' are malformed, too few or too many.
   */
  sign(input: { readonly commitments: readonly FrostCommitment[]; readonly message: Uint8Array }): Uint8Array {
    const own = input.commitments.find((commitment) => commitment.identifier === this.#share.identifier);
    const session = own && sessionOf(own);
    const nonces = session === undefined ? undefined : this.#nonces.get(session);
    if (session === undefined || nonces === undefined) throw new MeshError("ERR_REPLAY", "no nonces are left of this signing session");
    this.#nonces.delete(session);
    try {
      return suiteOf(this.#group).signShare({ ...this.#share }, packageOf(this.#group), nonces, [...input.commitments], input.message);
    } catch (cause) {
      throw verificationError("commitments of a signing session", cause);
    } finally {
      nonces.hiding.fill(0);
      nonces.binding.fill(0);
    }
  }

  /** Gives up all sessions and erases the share. Signing is over. */
  wipe(): void {
    for (const { hiding, binding } of this.#nonces.values()) wipe(hiding, binding);
    this.#nonces.clear();
    wipe(this.#share.signingShare);
    this.#isWiped = true;
  }

  /** Gives a session up, and erases its nonces. */
  abandon(commitment: FrostCommitment): void {
    const session = sessionOf(commitment);
    const nonces = this.#nonces.get(session);
    if (nonces) wipe(nonces.hiding, nonces.binding);
    this.#nonces.delete(session);
  }
}

function sessionOf(commitment: FrostCommitment): string {
  return toHex(concat(commitment.hiding, commitment.binding));
}

/** Signature R || S of all shares. Throws ERR_VERIFICATION; `blame` names the identifiers whose share is wrong. */
export function frostAggregate(input: {
  readonly group: FrostGroup;
  readonly commitments: readonly FrostCommitment[];
  readonly message: Uint8Array;
  /** By identifier. */
  readonly shares: Readonly<Record<string, Uint8Array>>;
}): Uint8Array {
  const { group, commitments, message, shares } = input;
  try {
    return suiteOf(group).aggregate(packageOf(group), [...commitments], message, { ...shares });
  } catch (cause) {
    const blame = Object.entries(shares)
      .filter(([identifier, share]) => !frostVerifyShare({ group, commitments, message, identifier, share }))
      .map(([identifier]) => identifier);
    throw new MeshError("ERR_VERIFICATION", "threshold signature did not verify", { detail: { blame }, cause });
  }
}

/** True when a share of a signature fits the signer's commitments and its public half. */
export function frostVerifyShare(input: {
  readonly group: FrostGroup;
  readonly commitments: readonly FrostCommitment[];
  readonly message: Uint8Array;
  readonly identifier: string;
  readonly share: Uint8Array;
}): boolean {
  const { group, commitments, message, identifier, share } = input;
  try {
    return suiteOf(group).verifyShare(packageOf(group), [...commitments], message, identifier, share);
  } catch {
    // Malformed points, scalars and identifiers do not verify.
    return false;
  }
}
