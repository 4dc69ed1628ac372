/** What the operations have in common: a power is prepared, written into the audit, and only then exercised. */
import type { Random } from "../../base/random.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import type { CryptographicResult } from "../../protocol/index.ts";
import type { AuditEntry, Enveloped, ServicedShare } from "../../schema/index.ts";
import { openServicedShare } from "../../schema/index.ts";
import type { ServiceIdentity } from "../identity.ts";
import type { SplitTable } from "../split/split-table.ts";
import type { KeptShares } from "./kept-shares.ts";
import type { SigningSessions } from "./signing-sessions.ts";

/** What operations work with, for one account and caller. */
export interface PowerTools {
  readonly identity: Pick<ServiceIdentity, "encryption" | "signature" | "udf">;
  readonly sessions: SigningSessions;
  readonly random: Random;
  readonly shares: KeptShares;
  /** Folded address. */
  readonly account: string;
  readonly accountUdf: string;
  /** Link key of the caller. */
  readonly linkUdf: string;
  /** The account's splits, and the time. */
  readonly splits: SplitTable;
  readonly now: number;
}

/** An operation that was checked. */
export interface Exercise {
  /** What the audit says of it beside who and when; absent for what uses no share yet. */
  readonly audited?: Pick<AuditEntry, "Digest">;
  /** Uses the share, once. */
  run(): CryptographicResult;
  /** In the place of run(), when it may not be any more. */
  drop?(): void;
}

/** Opens a share for one use, and erases it. ERR_VERIFICATION when it was sealed for something else. */
export function openShare<T>(
  { identity, accountUdf }: PowerTools,
  capabilityId: string,
  sealed: Enveloped<ServicedShare>,
  use: (share: PrivateKey) => T,
): T {
  const share = openServicedShare(sealed, { accountUdf, capabilityId, service: identity.encryption });
  try {
    return use(share);
  } finally {
    share.wipe();
  }
}
