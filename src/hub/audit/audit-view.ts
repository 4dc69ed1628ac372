/** The audit in the shapes of the hub's interface (src/api). */
import type { AuditLineView, AuditVerdictView } from "../../api/index.ts";
import { dateTime } from "../../base/clock.ts";
import type { CatalogedState } from "../../schema/index.ts";
import type { AuditLine } from "./audit-chain.ts";
import type { AuditLog } from "./audit-log.ts";

/** A line as lists show it. */
export function auditView({ n, t, p, k, f, d, m, c, o, x }: AuditLine): AuditLineView {
  const line = { line: n, at: dateTime(t), principal: p, kind: k, from: f, device: d, name: m, command: c, outcome: o };
  return x === undefined ? line : { ...line, alike: x };
}

/** Whether the lines are those that were written. @param own the hub's own entry in MMM_State, with what the account was told of the audit */
export async function verifyAudit(audit: AuditLog, own: CatalogedState | undefined): Promise<AuditVerdictView> {
  const { AuditCount: count, AuditDigest: digest, Updated: at = "" } = own ?? {};
  const published = count !== undefined && digest !== undefined ? { count, digest } : undefined;
  const verdict = await audit.verify(published);
  return { ...verdict, ...(published ? { published: { count: published.count, at } } : {}) };
}
