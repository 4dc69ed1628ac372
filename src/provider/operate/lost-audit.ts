/**
 * An audit that the service has lost, as one that was put back to an earlier day has: whoever was shown more of it brings the head that the service has
 * signed itself. What was done up to there cannot be told any more, so the audit says that it lacks something, and goes on in an epoch that begins after
 * that head: devices that know it believe the next one. docs/extensions.md, Powers.
 */
import { equalBytes } from "../../base/bytes.ts";
import { statedTreeDigest } from "../../dare/index.ts";
import type { Head } from "../../schema/index.ts";
import { auditLabel, comparePositions, formerAudit, verifyAuditHead } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { ServiceIdentity } from "../identity.ts";

/** Errors: ERR_VERIFICATION for a head that this service has not signed for the account. */
export function requireOwnHead(account: Account, head: Head, { udf, signature }: Pick<ServiceIdentity, "udf" | "signature">): void {
  verifyAuditHead(head, { accountUdf: account.accountUdf, serviceUdf: udf, serviceSignature: signature.public });
}

/**
 * True when the audit does not go on from a head that the service has signed: who knows it would take what is there for another history.
 * @param own the newest head that is there
 */
export async function lacks(account: Account, own: Head | undefined, shown: Head): Promise<boolean> {
  if (own === undefined) return true;
  const [epoch, at] = [own.Epoch ?? 0, shown.Epoch ?? 0];
  if (at > epoch || (at === epoch && shown.Index > own.Index)) return true;
  if (at === epoch) return !equalBytes(statedTreeDigest(await account.frame(auditLabel, shown.Index)), shown.TreeDigest);
  if (at < epoch - 1) return false;
  const former = formerAudit(own);
  if (former === undefined) return true;
  const order = comparePositions(former, shown);
  return order < 0 || (order === 0 && !equalBytes(former.TreeDigest, shown.TreeDigest));
}
