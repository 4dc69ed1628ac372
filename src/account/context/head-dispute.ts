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
import { isCatalog, isSpool, SequenceApex } from "../../schema/index.ts";
import type { Stores } from "../store/stores.ts";
import { isBehind } from "../store/stores.ts";
import type { DeviceDirectory } from "./device-directory.ts";

/** A head that does not agree with this device's copy. */
export interface HeadDispute {
  /** ERR_FORK for another history, ERR_ROLLBACK for one that is longer than the service shows. */
  readonly error: MeshError;
  /** The apex that contradicts this device's copy, signed by a device that may write the store. */
  readonly evidence?: DareEnvelope;
}

/** More stores than there are. */
const mostHeads = 64;

/** What heads are compared with. */
interface Known {
  readonly stores: Stores;
  readonly directory: DeviceDirectory;
  readonly accountUdf: string;
}

/** Heads that do not agree with this device's copies, which are brought up to date first where they end before a head. Errors: ERR_SCHEMA; those of sync. */
export async function disputesOf(
  heads: readonly Head[],
  known: Known & { readonly sync: (stores: readonly StoreLabel[]) => Promise<unknown> },
): Promise<readonly HeadDispute[]> {
  const checked = checkedHeads(heads);
  const behind = checked.filter((head) => isBehind(known.stores, head)).flatMap(({ Store }) => (isCatalog(Store) || isSpool(Store) ? [Store] : []));
  if (behind.length > 0) await known.sync(behind);
  const found: HeadDispute[] = [];
  for (const head of checked) {
    const dispute = await disputeOf(head, known);
    if (dispute !== undefined) found.push(dispute);
  }
  return found;
}

/** Heads that can be compared. Errors: ERR_SCHEMA. */
function checkedHeads(heads: readonly Head[]): readonly Head[] {
  if (heads.length > mostHeads) throw new MeshError("ERR_SCHEMA", `Heads: ${heads.length} of them, expected at most ${mostHeads}`);
  for (const [at, { Index }] of heads.entries()) {
    if (Index < 0) throw new MeshError("ERR_SCHEMA", `Heads[${at}].Index: expected a frame, found ${Index}`);
  }
  return heads;
}

/** Compares a head with this device's copy. A store that this device does not read is passed over. */
async function disputeOf(head: Head, known: Known): Promise<HeadDispute | undefined> {
  const { Store: label, Index: index, TreeDigest: digest } = head;
  const replica = isCatalog(label) ? known.stores.catalogs.get(label) : isSpool(label) ? known.stores.spools.get(label) : undefined;
  if (!replica) return undefined;
  const own = await replica.treeDigestAt(index);
  if (own && equalBytes(own, digest)) return undefined;
  const error = own
    ? new MeshError("ERR_FORK", `the service shows ${label} to two devices in two histories`, { detail: { store: label } })
    : new MeshError("ERR_ROLLBACK", `another device has seen ${index + 1} frames of ${label}, the service shows ${replica.count}`, {
        detail: { store: label },
      });
  const { Apex: apex } = head;
  return apex && (await contradicts(apex, { label, replica, ...known })) ? { error, evidence: apex } : { error };
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

async function contradicts(
  enveloped: DareEnvelope,
  known: {
    readonly label: string;
    readonly replica: { treeDigestAt(index: number): Promise<Uint8Array | undefined> };
    readonly directory: DeviceDirectory;
    readonly accountUdf: string;
  },
): Promise<boolean> {
  const { label, replica, directory, accountUdf } = known;
  try {
    const apex = decodeObject(SequenceApex, enveloped.body);
    if (!isCatalog(label) || apex.Store !== label || apex.AccountUdf !== accountUdf || apex.Index < 0) return false;
    verifyEnvelope(enveloped, directory.apexKeys(apex.DeviceUdf, label, apex.Index + 1));
    const own = await replica.treeDigestAt(apex.Index);
    return own === undefined || !equalBytes(own, apex.TreeDigest);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return false;
  }
}
