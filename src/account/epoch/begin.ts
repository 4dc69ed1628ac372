/**
 * Begins epochs of catalogs: makes each beside the copy that it goes on from, sends it in pages that nobody sees, and switches all of them with one
 * Transact (docs/extensions.md §5). Each step can be done twice, and what was made is kept on the disk: a device that is killed goes on from there.
 * When somebody writes meanwhile only the difference is made and sent; when somebody else begins an epoch first, that one stands.
 */
import { equalBytes } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { ContainerStatus, StageSwitch } from "../../protocol/index.ts";
import type { AnewReason, CatalogLabel, EpochBegin, Head, StoreLabel } from "../../schema/index.ts";
import { comparePositions, storeLabel } from "../../schema/index.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import type { Writing } from "../context/write.ts";
import type { EntryChange } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { makingFolder } from "../store/copy-path.ts";
import type { Stores } from "../store/stores.ts";
import { replicaOf, sequencesOf, statusesOf } from "../store/stores.ts";
import { takeIntoUse } from "./follow.ts";
import type { Making } from "./making.ts";
import { dropCopies, dropMaking, labelsOf, loadMaking, saveMaking } from "./making.ts";
import { changesTo } from "./same-state.ts";
import { stageCopy } from "./stage.ts";

/** Which catalogs begin anew, and why. */
export interface EpochPlan {
  readonly reason: AnewReason;
  readonly stores: readonly { readonly label: CatalogLabel; readonly keyEpoch: number }[];
  /** Of a Repair. */
  readonly union?: EpochUnion;
}

/** What a Repair adds to what the former epochs hold. */
export interface EpochUnion {
  /** Ends of histories that are united with the former ones. */
  readonly others: readonly Head[];
  /** What these have besides: it comes in force together with the epoch. */
  readonly changes: ReadonlyMap<CatalogLabel, readonly EntryChange[]>;
  /** Stores that end at the service with what cannot be believed. */
  readonly doubted: readonly StoreLabel[];
  /** Where stores end at the service of which nothing there can be believed, in the epoch in which this device's history is, or a later one. */
  readonly replaced: readonly ContainerStatus[];
}

/** What became of it: somebody else's epochs may stand in their place. */
export type EpochOutcome = "begun" | "overtaken";

/** Frames of one group: a reader believes whole groups. */
const groupEntries = 256;
const conflictAttempts = 8;

/**
 * Errors: ERR_NOT_AUTHORIZED without the key or the right, ERR_CONFLICT after several attempts, with a union at once; ERR_QUOTA, and those of the service and
 * the disk.
 */
export async function beginEpochs(writing: Writing, { reason, stores: wanted, union }: EpochPlan): Promise<EpochOutcome> {
  const { stores, ports } = writing;
  const known = (reason === "Rekey" ? ofAllWriters(stores, wanted) : wanted).map(({ label, keyEpoch }) => ({
    replica: replicaOf(stores, label) as CatalogReplica,
    keyEpoch,
  }));
  const making: Making = {
    Stage: newNonce(ports.random),
    RequestId: newNonce(ports.random),
    Reason: reason,
    // A store that nobody has written to has nothing to go on from.
    Stores: known
      .filter(({ replica }) => replica.count > 0)
      .map(({ replica, keyEpoch }) => ({ Store: replica.label, Epoch: nextEpoch(replica, union), KeyEpoch: keyEpoch })),
    ...(union && union.others.length > 0 ? { Others: union.others } : {}),
    Built: false,
  };
  if (making.Stores.length === 0) return "begun";
  await dropMaking(stores.folder);
  await saveMaking(stores.folder, making);
  return carryOut(writing, making, union);
}

/** Epochs that were begun at the service and that nobody can believe have their numbers all the same. */
function nextEpoch({ label, epoch }: CatalogReplica, union: EpochUnion | undefined): number {
  const there = union?.replaced.find(({ Container }) => Container === label);
  return Math.max(epoch, there?.Epoch ?? 0) + 1;
}

/** A key is of a store: all sequences of it begin anew together, but those that have the key already. */
function ofAllWriters(stores: Stores, wanted: EpochPlan["stores"]): EpochPlan["stores"] {
  return wanted.flatMap(({ label, keyEpoch }) =>
    sequencesOf(stores, label).flatMap((replica) => (replica.keyEpoch < keyEpoch ? [{ label: replica.label, keyEpoch }] : [])),
  );
}

/**
 * Goes on with what an earlier run left; undefined when it left nothing. The copies are up to date. A repair is not gone on with: what it unites is
 * looked at anew. Errors as beginEpochs.
 */
export async function resumeEpochs(writing: Writing): Promise<EpochOutcome | undefined> {
  const making = await loadMaking(writing.stores.folder);
  if (making?.Reason !== "Repair") return making && carryOut(writing, making);
  await dropMaking(writing.stores.folder);
  return undefined;
}

async function carryOut(writing: Writing, begun: Making, union?: EpochUnion): Promise<EpochOutcome> {
  let making = begun;
  let copies: readonly CatalogReplica[] = [];
  let doubted: readonly StoreLabel[] = union?.doubted ?? [];
  const replaced = union?.replaced ?? [];
  try {
    for (let attempt = 1; ; attempt += 1) {
      const overtaken = await isOvertaken(writing, making, copies);
      if (overtaken !== undefined) return await end(writing, overtaken);
      if (copies.length === 0) {
        if (!making.Built) await dropCopies(writing.stores.folder);
        copies = await make(writing, making);
        for (const copy of copies) await addTo(copy, union?.changes.get(copy.label) ?? [], writing);
        making = { ...making, Built: true };
        await saveMaking(writing.stores.folder, making);
      }
      for (const copy of copies) await topUp(writing, copy);
      try {
        making = await send(writing, making, { copies, doubted, replaced });
        break;
      } catch (error) {
        if (!isMeshError(error, "ERR_CONFLICT") || union || attempt === conflictAttempts) throw error;
      }
      // Another writer was first. A request that was refused is never the one that is made.
      making = { ...making, RequestId: newNonce(writing.ports.random) };
      await saveMaking(writing.stores.folder, making);
      doubted = [];
      await syncWhatHolds(
        () => writing.sync(labelsOf(making).map(({ label }) => label)),
        ({ code, message, doubts }) => {
          writing.ports.log.warn("store.doubted", { code, reason: message });
          doubted = doubts.filter(({ error }) => isMeshError(error, "ERR_VERIFICATION")).map(({ store }) => store);
        },
      );
    }
  } finally {
    for (const copy of copies) await copy.close();
  }
  for (const { label, epoch } of [...labelsOf(making)].reverse()) {
    const { stores, feed } = writing;
    await takeIntoUse(label, { folder: makingFolder(stores.folder), epoch }, { stores, feed });
  }
  return end(writing, "begun");
}

async function end({ stores }: Writing, outcome: EpochOutcome): Promise<EpochOutcome> {
  await dropMaking(stores.folder);
  return outcome;
}

/** When one of the epochs is there already: whether it is the one made here, whose answer was lost, or somebody else's. */
async function isOvertaken({ stores }: Writing, making: Making, copies: readonly CatalogReplica[]): Promise<EpochOutcome | undefined> {
  const there = labelsOf(making).filter(({ label, epoch }) => (replicaOf(stores, label) as CatalogReplica).epoch >= epoch);
  if (there.length === 0) return undefined;
  if (!making.Built) return "overtaken";
  for (const { label, epoch } of there) {
    const made = copies.find((copy) => copy.label === label) ?? (await stores.open(label, { folder: makingFolder(stores.folder), epoch }));
    const replica = replicaOf(stores, label) as CatalogReplica;
    const last = made.count > 0 && replica.epoch === epoch ? await replica.treeDigestAt(made.count - 1) : undefined;
    // One that is not there any more was put in its place: so the service had taken it.
    const isOurs = made.count === 0 || (made.treeDigest !== undefined && last !== undefined && equalBytes(last, made.treeDigest));
    if (!copies.includes(made)) await made.close();
    if (!isOurs) return "overtaken";
  }
  return "begun";
}

/** Opens what is made, or begins to make it. */
async function make(writing: Writing, making: Making): Promise<readonly CatalogReplica[]> {
  const { stores, writer, ports } = writing;
  const folder = makingFolder(stores.folder);
  const copies: CatalogReplica[] = [];
  try {
    for (const { label, epoch, keyEpoch } of labelsOf(making)) {
      const former = replicaOf(stores, label).head;
      if (!former) throw new MeshError("ERR_INTERNAL", `${label} has no frame to go on from`);
      const begin: EpochBegin = {
        AccountUdf: writer.accountUdf,
        Store: label,
        Epoch: epoch,
        KeyEpoch: keyEpoch,
        Former: former,
        Reason: making.Reason,
        ...othersOf(making, label),
        ...(label === "MMM_Device" ? { Stores: copies.flatMap(({ head }) => head ?? []) } : {}),
        Time: dateTime(ports.clock.now()),
        DeviceUdf: writer.deviceUdf,
      };
      const copy = await stores.open(label, { folder, epoch, begin });
      copies.push(copy);
      await topUp(writing, copy);
    }
    return copies;
  } catch (error) {
    for (const copy of copies) await copy.close();
    throw error;
  }
}

function othersOf({ Others = [] }: Making, label: CatalogLabel): Pick<EpochBegin, "Others"> {
  const own = Others.filter(({ Store }) => Store === label);
  return own.length === 0 ? {} : { Others: own };
}

/** Brings what is made to what the former epoch holds by now. */
async function topUp({ stores, writer, ports }: Writing, copy: CatalogReplica): Promise<void> {
  const former = replicaOf(stores, copy.label) as CatalogReplica;
  const head = former.head as Head;
  const carried = copy.count === 0 ? undefined : await copy.formerEnd();
  if (carried && comparePositions(carried, head) === 0) return;
  const changes = changesTo(copy, former);
  const time = dateTime(ports.clock.now());
  for (let at = 0; at === 0 || at < changes.length; at += groupEntries) {
    const isLast = at + groupEntries >= changes.length;
    const group = copy.prepare(changes.slice(at, at + groupEntries), { ...writer, time }, isLast ? head : undefined);
    if (group) await copy.commit(group);
  }
}

/** Writes what else is to be in the epoch from its first day. */
async function addTo(copy: CatalogReplica, changes: readonly EntryChange[], { writer, ports }: Writing): Promise<void> {
  for (let at = 0; at < changes.length; at += groupEntries) {
    const group = copy.prepare(changes.slice(at, at + groupEntries), { ...writer, time: dateTime(ports.clock.now()) });
    if (group) await copy.commit(group);
  }
}

/** Sends what the service does not have yet, and switches. Errors: ERR_CONFLICT when somebody wrote, or began an epoch, before. */
async function send(
  writing: Writing,
  begun: Making,
  sending: { readonly copies: readonly CatalogReplica[]; readonly doubted: readonly StoreLabel[]; readonly replaced: readonly ContainerStatus[] },
): Promise<Making> {
  const { copies, doubted, replaced } = sending;
  const { client, address, stores, ports } = writing;
  let making = begun;
  for (const copy of copies) {
    const isGivenBack = replaced.some(({ Container }) => Container === copy.label);
    if (await stageCopy(copy, { client, account: address, stage: making.Stage, isGivenBack })) continue;
    // What stands there under this name is something else: all of it is sent under another one.
    making = { ...making, Stage: newNonce(ports.random) };
    await saveMaking(stores.folder, making);
    return send(writing, making, sending);
  }
  const behind = making.Reason === "Compact" ? [] : [...doubted, ...replaced.map(({ Container }) => storeLabel(Container))];
  const ends = behind.length === 0 ? [] : (await client.status({ Account: address, Catalogs: behind, Spools: [] })).ContainerStatus;
  await client.transact({
    Account: address,
    RequestId: making.RequestId,
    Switch: copies.flatMap((copy): StageSwitch[] => {
      const { label, epoch, count: Index, treeDigest: Digest } = copy;
      const own = statusesOf(stores, [label])[0];
      if (!Digest || !own) return [];
      const isReplaced = replaced.some(({ Container }) => Container === label);
      const there = isReplaced ? ends.find(({ Container }) => Container === label) : undefined;
      return [{ Container: label, Stage: making.Stage, Former: there ?? doubtedEnd(own, ends), Epoch: epoch, Index, Digest }];
    }),
  });
  return making;
}

/**
 * Where a former epoch ends at the service that ends with what nobody can believe, as a removed device writes it in its last moment: administrators
 * leave that behind. No honest writer goes on from there.
 */
function doubtedEnd(own: ContainerStatus, ends: readonly ContainerStatus[]): ContainerStatus {
  const there = ends.find(({ Container }) => Container === own.Container);
  return there && (there.Epoch ?? 0) === (own.Epoch ?? 0) && there.Index > own.Index ? there : own;
}
