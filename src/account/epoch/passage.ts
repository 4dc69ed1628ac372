/**
 * Whether a device may go from the epoch of a catalog that it has to the next one (docs/extensions.md §5): that holds what the former one held, up to
 * its very end, or it is a Repair that names this device's history as one that it unites and lacks no removal that is known here.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { decodeObject } from "../../codec/index.ts";
import type { Head } from "../../schema/index.ts";
import { comparePositions, SequenceApex, writerOf } from "../../schema/index.ts";
import type { DeviceDirectoryFeed } from "../context/device-directory-feed.ts";
import type { ApexJudge } from "../store/apex-judge.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { mostKeysAhead } from "../store/epoch-keys.ts";
import type { CatalogState } from "./same-state.ts";
import { differenceOf } from "./same-state.ts";
import { stateAt, stateOf } from "./union.ts";

/** The former epoch, as far as it is believed. */
export interface Former {
  readonly replica: CatalogReplica;
  /** Why what follows is not believed. A compaction does not leave it behind. */
  readonly doubt?: MeshError;
}

/** The two epochs. */
export interface PassageOptions {
  /** This device's copy. */
  readonly own: CatalogReplica;
  /** The same to its end; undefined when the service does not keep that: then nothing is compared. */
  readonly before: Former | undefined;
  /** The epoch that is fetched. */
  readonly next: CatalogReplica;
  readonly feed: DeviceDirectoryFeed;
  /** Who begins it: whose apex its first group was closed by. */
  readonly beginner: () => string | undefined;
  /** This device. */
  readonly deviceUdf: string;
  readonly log: Log;
}

/** A service may have shown the one that repaired something else than this device. */
const repairHint =
  "nothing of it was taken over; another administration device repaired the store without what this one has: 'meshman account repair' on an " +
  "administration device that has it, too, brings both together";

/** One passage. */
export class Passage {
  readonly #options: PassageOptions;
  #isOpen = false;
  #former: Head | undefined;
  /** Frames of the next epoch that were carried over. */
  #carried = 0;
  #lacking: MeshError | undefined;

  constructor(options: PassageOptions) {
    this.#options = options;
  }

  /** True when what was fetched by now is enough. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Told of every group of the next epoch. @param former what its apex names as the end whose state that is. @returns true when nothing more is needed
   * Errors: ERR_FORK, ERR_ROLLBACK, ERR_VERIFICATION, each naming who began the epoch.
   */
  async met(former: Head | undefined): Promise<boolean> {
    const { own, before, next } = this.#options;
    if (former) {
      this.#former = former;
      this.#carried = next.count;
    }
    // Only a repair has more to say than what it goes on from: what it unites with that.
    if (!this.#former || (former === undefined && next.begin?.Reason !== "Repair")) return false;
    for (const copy of [own, next]) await copy.unlock();
    this.#isOpen = before ? await this.#goesOnFrom(before, this.#former) : mayFollow(own, this.#former, next);
    return this.#isOpen;
  }

  /** What to say of a failure: of a repair that lacks a removal, that. */
  reasonFor(error: unknown): unknown {
    return this.#lacking !== undefined && isMeshError(error, "ERR_VERIFICATION") ? this.#lacking : error;
  }

  /** @param floor what MMM_Device says of the store. Errors: ERR_FORK, ERR_VERIFICATION. */
  async check(floor: Head | undefined): Promise<void> {
    const { next, before } = this.#options;
    const { begin, label, epoch } = next;
    const detail = { store: label, device: this.#options.beginner() };
    if (!begin || !this.#isOpen) {
      // Somebody wrote to the former epoch after the end that the new one was begun from, or the service cut it short.
      throw this.#lacking ?? new MeshError("ERR_FORK", `epoch ${epoch} of ${label} leaves out what the former one ends with`, { detail });
    }
    const { keyEpoch } = before?.replica ?? this.#options.own;
    const rises = begin.Reason === "Rekey" ? begin.KeyEpoch > keyEpoch : begin.KeyEpoch === keyEpoch;
    // A repair may go on from a history that was rekeyed meanwhile.
    const isNext = before !== undefined && epoch === before.replica.epoch + 1 && begin.Reason !== "Repair";
    const isKeyed = (isNext ? rises : begin.KeyEpoch >= keyEpoch) && begin.KeyEpoch - keyEpoch <= mostKeysAhead;
    // A repair leaves out the numbers of epochs that nobody can believe.
    const former = begin.Former.Epoch ?? 0;
    const isAfter = begin.Reason === "Repair" ? former < epoch : former === epoch - 1;
    if (!isKeyed || !isAfter) {
      throw new MeshError("ERR_VERIFICATION", `epoch ${epoch} of ${label} is begun with key ${begin.KeyEpoch} after key ${keyEpoch}`, { detail });
    }
    if (floor === undefined || (floor.Epoch ?? 0) !== epoch) return;
    const own = await next.treeDigestAt(floor.Index);
    if (!own || !equalBytes(own, floor.TreeDigest)) {
      throw new MeshError("ERR_FORK", `the service has another epoch ${epoch} of ${label} than the devices were told of`, { detail });
    }
  }

  /** True when the next epoch goes on from the very end of the former one, and holds what that held, or unites with it what this device has. */
  async #goesOnFrom({ replica, doubt }: Former, former: Head): Promise<boolean> {
    const { next, deviceUdf, log } = this.#options;
    const { label } = replica;
    const beginner = this.#options.beginner();
    // Nobody else knows all that this device wrote to a sequence of its own: an administrator goes on from what the service has.
    if (isRepaired(replica, former, next) && (writerOf(label) === deviceUdf || (await isNamed(replica, next)) || (await this.#isGivenUp(replica)))) {
      this.#lacking = lackingRemoval(replica, next, beginner);
      if (this.#lacking) return false;
      log.warn("store.repaired", { store: label, device: beginner, epoch: next.epoch, left: replica.count });
      return true;
    }
    const end = replica.head;
    const order = end === undefined ? 1 : comparePositions(former, end);
    const own = order > 0 || former.Epoch !== end?.Epoch ? undefined : await replica.treeDigestAt(former.Index);
    const detail = { store: label, device: beginner };
    if (doubt && label === "MMM_Device" && next.begin?.Reason !== "Repair") throw doubt;
    if (order > 0 || !own) {
      const text = `${beginner} began epoch ${next.epoch} of ${label} after frame ${former.Index}, the service shows ${replica.count}`;
      throw new MeshError("ERR_ROLLBACK", text, { detail, ...(next.begin?.Reason === "Repair" ? { hint: repairHint } : {}) });
    }
    if (!equalBytes(own, former.TreeDigest)) {
      throw new MeshError("ERR_FORK", `${beginner} began epoch ${next.epoch} of ${label} from another history`, { detail });
    }
    if (order < 0) return this.#leavesBehind(replica, former.Index + 1);
    // A removed device may have written between the last sync of who removed it and its removal: administrators leave that behind.
    if (doubt && next.begin?.Reason === "Compact") throw doubt;
    requireSame(next, { begun: await this.#begun(), former: replica, beginner });
    return true;
  }

  /** True when what this device's copy has from a frame on is not believed any more: it had taken that in before it met the removal of who wrote it. */
  async #leavesBehind(replica: CatalogReplica, from: number): Promise<boolean> {
    const { next, log } = this.#options;
    const beginner = this.#options.beginner();
    if (next.begin?.Reason === "Compact" || !(await isLeftBehind(replica, from, this.#judge(replica)))) return false;
    log.warn("store.left_behind", { store: replica.label, device: beginner, frames: replica.count - from });
    requireSame(next, { begun: await this.#begun(), former: stateOf(await stateAt(replica, from)), beginner });
    return true;
  }

  /** True when a repair names a place in this copy, and what comes after that is not believed any more: it was written to a service that was put back. */
  async #isGivenUp(replica: CatalogReplica): Promise<boolean> {
    for (const { Epoch: epoch = 0, Index: index, TreeDigest: digest } of this.#options.next.begin?.Others ?? []) {
      const own = epoch === replica.epoch ? await replica.treeDigestAt(index) : undefined;
      if (own && equalBytes(own, digest) && (await isLeftBehind(replica, index + 1, this.#judge(replica)))) return true;
    }
    return false;
  }

  /** A repair brings removals along, and says with them up to where a device is believed. */
  #judge({ label }: CatalogReplica): ApexJudge {
    const { next, feed } = this.#options;
    return (label === "MMM_Device" && next.begin?.Reason === "Repair" ? feed.beside(next) : feed).judgeOf(label);
  }

  /** What the next epoch held when it named the end of the former one. */
  async #begun(): Promise<CatalogState> {
    const { next } = this.#options;
    return this.#carried === next.count ? next : stateOf(await stateAt(next, this.#carried));
  }
}

/**
 * True when an epoch that cannot be compared leaves out nothing of what is known: it goes on from no earlier end than that of this copy, and has every
 * removal. A service can say that it does not keep the former epoch, and show one that was staged before a removal and never came in force.
 */
function mayFollow(replica: CatalogReplica, former: Head, next: CatalogReplica): boolean {
  const end = replica.head;
  if (end && (former.Epoch ?? 0) === (end.Epoch ?? 0) && comparePositions(former, end) < 0) return false;
  const carried = next.removals();
  return replica.removals().every(({ key }, at) => carried[at]?.key === key);
}

/** True when an epoch was begun by Repair from another history than this copy's. */
function isRepaired({ head: end }: CatalogReplica, former: Head, { begin }: CatalogReplica): boolean {
  if (begin?.Reason !== "Repair" || !end) return false;
  return comparePositions(former, end) !== 0 || !equalBytes(former.TreeDigest, end.TreeDigest);
}

/**
 * True when an epoch names this copy's history as one that it holds, too: the end itself, or a later one of which only who began it can know that
 * this copy is its beginning. Where it stands in the place of this copy's epoch, it has to name a frame that this copy has: another device's false
 * epoch of that number is not this one.
 */
async function isNamed(replica: CatalogReplica, { begin }: CatalogReplica): Promise<boolean> {
  const { head: end } = replica;
  if (!end || !begin) return false;
  const former = begin.Former.Epoch ?? 0;
  const isReplaced = replica.epoch > former;
  const others = (begin.Others ?? []).filter(({ Epoch: epoch = 0 }) => (isReplaced ? epoch === replica.epoch : epoch <= former));
  const isReached = others.some((other) => {
    const order = comparePositions(end, other);
    return order < 0 || (order === 0 && equalBytes(end.TreeDigest, other.TreeDigest));
  });
  if (!isReached || !isReplaced) return isReached;
  for (const { Index: index, TreeDigest: digest } of others) {
    const own = await replica.treeDigestAt(index);
    if (own && equalBytes(own, digest)) return true;
  }
  return false;
}

/** What to say of a repair that lacks a removal; undefined when it has all of them. */
function lackingRemoval(replica: CatalogReplica, next: CatalogReplica, beginner: string | undefined): MeshError | undefined {
  const { label, epoch } = next;
  const carried = new Set(next.removals().map(({ key }) => key));
  const lacking = replica.removals().find(({ key }) => !carried.has(key));
  if (!lacking) return undefined;
  return new MeshError("ERR_FORK", `${beginner} began epoch ${epoch} of ${label} without a removal that this device knows: ${lacking.key}`, {
    detail: { store: label, device: beginner },
  });
}

/** Errors: ERR_FORK with the first difference. */
function requireSame(
  { label, epoch }: CatalogReplica,
  { begun, former, beginner }: { readonly begun: CatalogState; readonly former: CatalogState; readonly beginner: string | undefined },
): void {
  const difference = differenceOf(begun, former);
  if (difference === undefined) return;
  throw new MeshError("ERR_FORK", `${beginner} began epoch ${epoch} of ${label} with an entry ${difference.how}: ${difference.key}`, {
    detail: { store: label, device: beginner },
    hint: "remove that device from the account, unless you know why it did so; nothing of the new epoch was taken over",
  });
}

/** True when the group of a copy from a frame on was closed by who is not believed there any more: nobody can go on from it, whoever wrote after it. */
async function isLeftBehind(replica: CatalogReplica, from: number, judge: ApexJudge): Promise<boolean> {
  for await (const { index, isMeta, body } of replica.frames(from)) {
    if (!isMeta) continue;
    try {
      judge.apexKeys(decodeObject(SequenceApex, body).DeviceUdf, { Epoch: replica.epoch, Index: index });
      return false;
    } catch (error) {
      if (!isMeshError(error, "ERR_VERIFICATION")) throw error;
      return true;
    }
  }
  return false;
}
