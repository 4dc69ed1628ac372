/**
 * What the account's service has done with its shares of the account's keys, as it says itself: MMM_Audit, read by administrators. Entries count up to the
 * last apex under ServiceSignature, and what this device was shown before has to be among them. docs/extensions.md §14
 */
import { equalBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import { checkFrame, frameOf, TreeFrontier } from "../../dare/index.ts";
import type { Head } from "../../schema/index.ts";
import { AuditEntry, auditHead, auditLabel, comparePositions, formerAudit, verifyAuditHead } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { pages } from "../epoch/pages.ts";
import { AuditHead } from "./audit-head.ts";

/** One use of a share. */
export interface AuditedUse extends AuditEntry {
  readonly index: number;
}

/** The audit of the epoch in force. */
export interface AuditBook {
  readonly epoch: number;
  /** The newest ones, oldest of them first. */
  readonly uses: readonly AuditedUse[];
  /** Of all that the epoch has. */
  readonly count: number;
  /** Where the epoch before ended; in epoch 0 there is none. */
  readonly former?: Head;
}

/**
 * Reads and checks it, frame by frame. @param most uses that are kept of it, the newest
 * Errors: ERR_NOT_AUTHORIZED for who is no administrator; ERR_VERIFICATION, ERR_ROLLBACK, ERR_FORK; those of the service.
 */
export async function readAudit(context: AccountContext, { most }: { readonly most: number }): Promise<AuditBook> {
  const { client, address } = context;
  const audit = new AuditHead(context.dir);
  const seen = await audit.highest();
  const epoch = await epochInForce(context);
  const frontier = new TreeFrontier();
  let open: AuditedUse[] = [];
  let uses: AuditedUse[] = [];
  let count = 0;
  let last: Head | undefined;
  for await (const envelopes of pages({ client, account: address }, { store: auditLabel, epoch, from: () => frontier.count })) {
    for (const frame of envelopes.map(frameOf)) {
      const before = frontier.last;
      checkFrame(frame, frontier);
      if (seen && (seen.Epoch ?? 0) === epoch && frame.index === seen.Index && !equalBytes(seen.TreeDigest, frontier.last ?? new Uint8Array()))
        throw new MeshError("ERR_FORK", `the service shows another audit up to frame ${seen.Index} than before`);
      if (frame.index === 0) continue;
      if (!frame.isMeta) {
        open.push({ ...decodeObject(AuditEntry, frame.body), index: frame.index });
        continue;
      }
      last = requireOf(verified(context, auditHead(frame)), {
        Store: auditLabel,
        Epoch: epoch,
        Index: frame.index - 1,
        TreeDigest: before ?? new Uint8Array(),
      });
      count += open.length;
      uses = [...uses, ...open].slice(-most);
      open = [];
    }
  }
  if (last || seen) await audit.take(last);
  const former = last && formerAudit(last);
  return { epoch, uses, count, ...(former ? { former } : {}) };
}

/** Its own word, which what was shown before is held against. */
async function epochInForce({ client, address }: AccountContext): Promise<number> {
  const { Updates } = await client.download({
    Account: address,
    Select: [{ Container: auditLabel, IndexMin: 0 }],
    ConstraintsPost: { MaxEntries: 1 },
  });
  return Updates.find(({ Container }) => Container === auditLabel)?.Epoch ?? 0;
}

function verified(context: AccountContext, head: Head): Head {
  const { accountUdf, profile, serviceSignature } = context;
  verifyAuditHead(head, { accountUdf, serviceUdf: profile.ServiceUdf, serviceSignature });
  return head;
}

/** An apex covers the frame before it, and with that all of them. */
function requireOf(head: Head, end: Head): Head {
  if (comparePositions(head, end) === 0 && equalBytes(head.TreeDigest, end.TreeDigest)) return head;
  throw new MeshError("ERR_VERIFICATION", `the apex in frame ${end.Index + 1} of the audit is of other frames`);
}
