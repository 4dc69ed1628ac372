/** What the service writes into an account's MMM_Audit at once: entries, closed by an apex under ServiceSignature; before them what an epoch begins with. */
import type { Random } from "../../base/random.ts";
import { encodeObject } from "../../codec/index.ts";
import type { EncodedFrame } from "../../dare/index.ts";
import { firstFrame, sealNext, TreeFrontier } from "../../dare/index.ts";
import type { Head } from "../../schema/index.ts";
import { AuditEntry, auditLabel, EpochBegin, SequenceApex } from "../../schema/index.ts";
import type { ServiceIdentity } from "../identity.ts";
import type { StoreEnd } from "../store/service-store.ts";

/** Who writes, for whom, and when. */
export interface AuditWriter {
  readonly identity: Pick<ServiceIdentity, "signature" | "udf">;
  readonly random: Random;
  readonly accountUdf: string;
  /** RFC 3339. */
  readonly time: string;
}

/** What is told of operations, without the time. */
export type AuditedUse = Omit<AuditEntry, "Time">;

const contentType = "application/mmm-audit";

/** Frames that entries take beside themselves: the apex, and frame 0. */
export const overhead = 2;

/** Where entries are written. */
interface AuditPlace {
  readonly frontier: TreeFrontier;
  readonly epoch: number;
  /** In an epoch above 0: the newest head of the one before, which every apex repeats for those who have not asked meanwhile. */
  readonly former?: Head;
}

/** Frames for the end of the epoch in force; the frontier is moved. */
export function auditGroup(writer: AuditWriter, uses: readonly AuditedUse[], at: AuditPlace): EncodedFrame[] {
  const { frontier } = at;
  const first = frontier.count === 0 ? [begun(frontier, firstFrame({ contentType }))] : [];
  return [...first, ...group(writer, uses, at)];
}

/** The first frames of the epoch that goes on from where the one in force ends; `head` is its newest. */
export function nextAuditEpoch(writer: AuditWriter, uses: readonly AuditedUse[], former: StoreEnd, head: Head): EncodedFrame[] {
  const { accountUdf: AccountUdf, identity, time: Time } = writer;
  const epoch = former.epoch + 1;
  const begin: EpochBegin = {
    AccountUdf,
    Store: auditLabel,
    Epoch: epoch,
    KeyEpoch: 0,
    Former: endOf(former),
    Reason: "Compact",
    Time,
    DeviceUdf: identity.udf,
  };
  const frontier = new TreeFrontier();
  const first = begun(frontier, firstFrame({ contentType, payload: encodeObject(EpochBegin, begin) }));
  return [first, ...group(writer, uses, { frontier, epoch, former: head })];
}

function endOf({ epoch, count, digest = new Uint8Array() }: StoreEnd): Head {
  return { Store: auditLabel, ...(epoch === 0 ? {} : { Epoch: epoch }), Index: count - 1, TreeDigest: digest };
}

function withoutApex({ Apex: _apex, ...head }: Head): Head {
  return head;
}

function begun(frontier: TreeFrontier, frame: EncodedFrame): EncodedFrame {
  frontier.push(frame.treeDigest);
  return frame;
}

function group(writer: AuditWriter, uses: readonly AuditedUse[], at: AuditPlace): EncodedFrame[] {
  const { identity, random, accountUdf: AccountUdf, time: Time } = writer;
  const { frontier, epoch, former } = at;
  const entries = uses.map((use) => sealNext(frontier, { payload: encodeObject(AuditEntry, { Time, ...use }), random }));
  const { count, last: TreeDigest = new Uint8Array() } = frontier;
  const apex = encodeObject(SequenceApex, {
    AccountUdf,
    Store: auditLabel,
    ...(epoch === 0 ? {} : { Epoch: epoch }),
    Index: count - 1,
    TreeDigest,
    Time,
    DeviceUdf: identity.udf,
    ...(former === undefined ? {} : { Former: withoutApex(former) }),
  });
  return [...entries, sealNext(frontier, { payload: apex, isMeta: true, signer: identity.signature, random })];
}
