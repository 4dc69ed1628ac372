/**
 * Heads that another device of the owner has sent, beside this device's copies. A head is only what that device says: whoever may send messages
 * can invent one. The signed apex beside it is evidence: then the service has shown two histories, or the device that signed has forked its own.
 * extensions §5.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { decodeObject } from "../../codec/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { verifyEnvelope } from "../../dare/index.ts";
import type { Head, StoreLabel } from "../../schema/index.ts";
import { comparePositions, isCatalog, isSpool, isStateSequence, SequenceApex, storeOf } from "../../schema/index.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import type { SpoolReplica } from "../store/spool-replica.ts";
import type { Stores } from "../store/stores.ts";
import { isBehind, positionOf } from "../store/stores.ts";
import type { DeviceDirectory } from "./device-directory.ts";

/** A head that does not agree with this device's copy. */
export interface HeadDispute {
  /** ERR_FORK for another history, ERR_ROLLBACK for one that is longer than the service shows. */
  readonly error: MeshError;
  /** The apex that contradicts this device's copy, signed by a device that may write the store. */
  readonly evidence?: DareEnvelope;
}

/** More than an account has stores and hubs. */
const mostHeads = 256;

/** Heads that can be compared. Errors: ERR_SCHEMA. */
function checkedHeads(heads: readonly Head[]): readonly Head[] {
  if (heads.length > mostHeads) throw new MeshError("ERR_SCHEMA", `Heads: ${heads.length} of them, expected at most ${mostHeads}`);
  for (const [at, { Epoch = 0, Index }] of heads.entries()) {
    if (Epoch < 0) throw new MeshError("ERR_SCHEMA", `Heads[${at}].Epoch: expected an epoch, found ${Epoch}`);
    if (Index < 0) throw new MeshError("ERR_SCHEMA", `Heads[${at}].Index: expected a frame, found ${Index}`);
  }
  return heads;
}

/** What heads are compared with. */
interface Known {
  readonly stores: Stores;
  readonly directory: DeviceDirectory;
  readonly accountUdf: string;
}

/**
 * Heads that do not agree with this device's copies. Copies that end before a head are brought up to date first: the other device may have written
 * since the last sync. Errors: ERR_SCHEMA for what is no head; those of sync.
 */
export async function disputesOf(
  heads: readonly Head[],
  known: () => Known,
  sync: (stores: readonly StoreLabel[]) => Promise<unknown>,
): Promise<readonly HeadDispute[]> {
  const checked = checkedHeads(heads);
  const behind = checked.filter((head) => isBehind(known().stores, head)).flatMap(({ Store }) => (isCatalog(Store) || isSpool(Store) ? [Store] : []));
  if (behind.length > 0) await sync(behind);
  const found: HeadDispute[] = [];
  for (const head of checked) {
    const dispute = await disputeOf(head, known());
    if (dispute !== undefined) found.push(dispute);
  }
  return found;
}

/** What is no head is a claim like any other. Errors: all others. */
export function unfitHeads(error: unknown): readonly HeadDispute[] {
  if (isMeshError(error, "ERR_SCHEMA")) return [{ error }];
  throw error;
}

/** Compares a head with this device's copy. A store that this device does not read is passed over. */
async function disputeOf(head: Head, known: Known): Promise<HeadDispute | undefined> {
  const { Store: label, Apex: apex } = head;
  const replica = isCatalog(label) ? known.stores.catalogs.get(label) : isSpool(label) ? known.stores.spools.get(label) : undefined;
  if (!replica) return withheld(head, known);
  const code = await contradictionOf(head, replica);
  if (!code) return undefined;
  const error = new MeshError(code, contradictionText(code, head, replica), { detail: { store: label } });
  return apex && (await contradicts(apex, { label, replica, ...known })) ? { error, evidence: apex } : { error };
}

/** A writer's sequence of which the service shows nothing at all. A store that this device does not read is passed over. */
function withheld({ Store: label, Index: index, Apex: apex }: Head, { stores, directory, accountUdf }: Known): HeadDispute | undefined {
  if (!isStateSequence(label) || !stores.catalogs.has(storeOf(label))) return undefined;
  const text = `another device has seen ${index + 1} frames of ${label}, the service shows none`;
  const error = new MeshError("ERR_ROLLBACK", text, { detail: { store: label } });
  return apex && signedApex(apex, { label, directory, accountUdf }) ? { error, evidence: apex } : { error };
}

type Position = Pick<Head, "Epoch" | "Index" | "TreeDigest">;

/** How a position cannot be of the history that a copy has; undefined when it can. */
async function contradictionOf(at: Position, replica: CatalogReplica | SpoolReplica): Promise<"ERR_FORK" | "ERR_ROLLBACK" | undefined> {
  const epoch = at.Epoch ?? 0;
  const own = positionOf(replica);
  if (comparePositions(at, own) >= 0) return "ERR_ROLLBACK";
  if (epoch < own.Epoch) {
    // Whoever has not met this epoch yet has no other history, unless it has more of the former one than this was begun from.
    const end = await (replica as CatalogReplica).formerEnd();
    if (!end || (end.Epoch ?? 0) !== epoch) return undefined;
    const order = comparePositions(at, end);
    return order > 0 || (order === 0 && !equalBytes(at.TreeDigest, end.TreeDigest)) ? "ERR_FORK" : undefined;
  }
  const digest = await replica.treeDigestAt(at.Index);
  return digest && equalBytes(digest, at.TreeDigest) ? undefined : "ERR_FORK";
}

function contradictionText(
  code: "ERR_FORK" | "ERR_ROLLBACK",
  { Store: label, Epoch: epoch = 0, Index: index }: Head,
  replica: CatalogReplica | SpoolReplica,
): string {
  const own = positionOf(replica);
  if (code === "ERR_FORK") {
    if (epoch < own.Epoch) return `epoch ${epoch} of ${label} goes on beside epoch ${own.Epoch}`;
    return `the service shows ${label} to two devices in two histories`;
  }
  if (epoch > own.Epoch) return `another device has seen epoch ${epoch} of ${label}, the service shows epoch ${own.Epoch}`;
  return `another device has seen ${index + 1} frames of ${label}, the service shows ${own.Index}`;
}

/** Fails for a proven dispute; of the others the log says who claims them. Errors: ERR_FORK, ERR_ROLLBACK. */
export function judgeDisputes(disputes: readonly HeadDispute[], sender: { readonly udf: string; readonly name: string; readonly log: Log }): void {
  const proven = disputes.find(({ evidence }) => evidence !== undefined);
  if (proven) throw proven.error;
  for (const { error } of disputes) {
    const reason = `${sender.name} claims to have seen another history: ${error.message}`;
    sender.log.warn("heads.disputed", { sender: sender.udf, code: error.code, reason });
  }
}

/** True when an apex is signed by a device that may write the store, and speaks of another history than the copy has. */
async function contradicts(
  enveloped: DareEnvelope,
  { label, replica, directory, accountUdf }: Known & { readonly label: string; readonly replica: CatalogReplica | SpoolReplica },
): Promise<boolean> {
  try {
    const apex = signedApex(enveloped, { label, directory, accountUdf });
    return apex !== undefined && (await contradictionOf(apex, replica)) !== undefined;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return false;
  }
}

/** An apex of a catalog that a device with the right to write it has signed. */
function signedApex(
  enveloped: DareEnvelope,
  { label, directory, accountUdf }: Pick<Known, "directory" | "accountUdf"> & { readonly label: string },
): SequenceApex | undefined {
  try {
    const apex = decodeObject(SequenceApex, enveloped.body);
    if (!isCatalog(label) || apex.Store !== label || apex.AccountUdf !== accountUdf || apex.Index < 0) return undefined;
    verifyEnvelope(enveloped, directory.apexKeys(apex.DeviceUdf, label, { Epoch: apex.Epoch ?? 0, Index: apex.Index + 1 }));
    return apex;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return undefined;
  }
}
