/**
 * Signed apexes: who signs the last digest of a sequence vouches for everything before it. dare-12 §4.2.3 wants a `typ` field for that
 * which its schema lacks, so the statement is the payload of an envelope of its own, beside the sequence or in a frame about it.
 */
import { equalBytes } from "../../base/bytes.ts";
import { verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Struct } from "../../codec/index.ts";
import { binary, dateTime, decodeObject, encodeObject, integer, optional, string, struct } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/key.ts";
import type { DareEnvelope } from "../envelope.ts";
import { sealEnvelope } from "../seal.ts";
import { verifyEnvelope } from "../signature.ts";

/** What is vouched for: the sequence of this name, up to the frame of this index. */
export interface ApexStatement {
  readonly Sequence: string;
  readonly Index: number;
  /** T(Index); of a chain, C(Index) stands in ChainDigest instead. */
  readonly TreeDigest?: Uint8Array;
  readonly ChainDigest?: Uint8Array;
  readonly Time?: string;
}
export const ApexStatement: Struct<ApexStatement> = struct<ApexStatement>("ApexStatement", {
  Sequence: string,
  Index: integer,
  TreeDigest: optional(binary),
  ChainDigest: optional(binary),
  Time: optional(dateTime),
});

/** A signed statement. */
export function signApex(options: { readonly statement: ApexStatement; readonly signer: PrivateKey; readonly random: Random }): DareEnvelope {
  const { statement, signer, random } = options;
  return sealEnvelope({
    plaintext: encodeObject(ApexStatement, statement),
    signers: [signer],
    contentMeta: { MessageType: "ApexStatement" },
    random,
  });
}

/** Verifies a statement and who made it, for the sequence of this name. ERR_VERIFICATION, ERR_SCHEMA, ERR_ENCODING. */
export function verifyApex(options: { readonly envelope: DareEnvelope; readonly signedBy: readonly PublicKey[]; readonly sequence: string }): {
  readonly statement: ApexStatement;
  readonly signer: PublicKey;
} {
  const signer = verifyEnvelope(options.envelope, options.signedBy);
  const statement = decodeObject(ApexStatement, options.envelope.body);
  if (statement.Sequence !== options.sequence || statement.Index < 0) throw verificationError("apex");
  return { statement, signer };
}

/** Checks that a sequence still holds what a verified statement vouches for. ERR_VERIFICATION, also when frames are missing. */
export async function checkApex(
  sequence: { readonly count: number; treeDigestAt(index: number): Promise<Uint8Array> },
  statement: ApexStatement,
): Promise<void> {
  const { Index, TreeDigest } = statement;
  if (TreeDigest === undefined || Index >= sequence.count || !equalBytes(await sequence.treeDigestAt(Index), TreeDigest))
    throw verificationError("apex");
}
