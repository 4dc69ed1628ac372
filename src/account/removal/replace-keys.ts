/**
 * New keys in the place of those that a removed device holds, or one that lost roles (docs/extensions.md §5): drawn at random, handed to every device
 * that is left, sealed for recovery before anything stands under them. Then the account's profile is issued anew, where it names such a key, and the stores begin anew under theirs, all
 * in one moment. Everything that is to be done follows from what the catalogs say, so any administrator goes on where another one, or this one, was
 * killed.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import type { CatalogLabel, ReplaceableMember } from "../../schema/index.ts";
import { isCatalog, storeOf } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { authorityOf } from "../context/administrator.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import { resignHosted } from "../device/hosted.ts";
import type { StrayAccess } from "../device/stray-access.ts";
import { endStrayAccess } from "../device/stray-access.ts";
import { dealAnew } from "../device/successor.ts";
import { renewRecord } from "../recovery/record.ts";
import { drawKeys } from "./draw.ts";
import { keyRules } from "./drawn-names.ts";
import { keysOf, namesOf } from "./escrow.ts";
import type { Without } from "./hand-out.ts";
import { handOut } from "./hand-out.ts";
import { membersToReplace, storesToRekey } from "./held.ts";
import { keepRecovery } from "./recovery-copy.ts";
import { reissueProfile } from "./reissue-profile.ts";

/** What new keys came to. */
export interface Rekeyed {
  /** Stores that are under a new key. */
  readonly stores: readonly CatalogLabel[];
  /** Keys of the profile that were replaced. */
  readonly members: readonly ReplaceableMember[];
  /** Those that wait for a device with the root key. */
  readonly waiting: readonly ReplaceableMember[];
  /** Devices behind hubs that were dealt anew, since administrators of before know their keys. */
  readonly dealt: readonly string[];
  /** Devices that could not be given them. */
  readonly without: readonly Without[];
  /** Entries of MMM_Access that let in what is no device of the account, and do so no more. */
  readonly strays: readonly StrayAccess[];
}

const attempts = 6;
const pauseMs = 500;

const roomHint =
  "former epochs take up room: 'meshman account compact --purge' lets the service forget those that stores left behind more than a day ago; " +
  "else ask whoever runs the service for a larger budget";

/** Of an account that is full, what makes room in it. */
function withRoomHint(error: unknown): unknown {
  if (!isMeshError(error, "ERR_QUOTA")) return error;
  return new MeshError("ERR_QUOTA", error.message, { detail: error.detail, hint: roomHint, cause: error });
}

/**
 * Does all of it that is left to do. Errors: ERR_NOT_AUTHORIZED when this device is no administrator; ERR_CONFLICT after several attempts; ERR_QUOTA; those
 * of the service and the disk.
 */
export async function replaceKeys(context: AccountContext): Promise<Rekeyed> {
  const stores = new Set<CatalogLabel>();
  const members = new Set<ReplaceableMember>();
  const strays: StrayAccess[] = [];
  for (let conflicts = 0; ; ) {
    try {
      appendAll(strays, await endStrayAccess(context));
      const step = await nextStep(context);
      if (step.isDone) return { stores: [...stores], members: [...members], waiting: step.waiting, dealt: step.dealt, without: step.without, strays };
      for (const label of step.stores) stores.add(label);
      for (const member of step.members) members.add(member);
      if (step.stores.length + step.members.length === 0) throw new MeshError("ERR_CONFLICT", "another administrator was first");
    } catch (error) {
      conflicts += 1;
      if (!isMeshError(error, "ERR_CONFLICT")) throw withRoomHint(error);
      if (conflicts >= attempts)
        throw new MeshError("ERR_CONFLICT", "other administrators change the keys of the account again and again", { cause: error });
      // What is left to do is another thing then.
      await context.ports.clock.sleep(conflicts * pauseMs);
    }
    await bring(context, []);
  }
}

interface Step extends Omit<Rekeyed, "strays"> {
  readonly isDone: boolean;
}

/** Everything that can be done by what the copies say, which then have to be brought up to date. */
async function nextStep(context: AccountContext): Promise<Step> {
  await context.resumeEpochs();
  const wanted = { stores: storesToRekey(context), members: membersToReplace(context) };
  const isRoot = context.keys.profileSignature !== undefined;
  const members = isRoot ? wanted.members : [];
  const waiting = isRoot ? [] : wanted.members;
  const authority = await drawKeys(context, { stores: wanted.stores, members });
  await keepRecovery(context, authority);
  const without = await handOut(context, authority);
  if (wanted.stores.size + members.length === 0) {
    await renewRecord(context);
    const dealt = await dealAnew(context);
    await resignHosted(context);
    return { isDone: true, stores: [], members, waiting, dealt, without };
  }
  await bring(context, [...wanted.stores.keys()]);
  if (members.length > 0) {
    await reissueProfile(context, members);
    await bring(context, [...wanted.stores.keys()]);
  }
  const stores = [...newKeyEpochs(context, [...wanted.stores.keys()])].map(([label, keyEpoch]) => ({ label, keyEpoch }));
  const outcome = stores.length === 0 ? "begun" : await context.beginEpochs({ reason: "Rekey", stores });
  return { isDone: false, stores: outcome === "begun" ? [...wanted.stores.keys()] : [], members, waiting, dealt: [], without };
}

/** Of the keys that were handed out for stores. */
function newKeyEpochs(context: AccountContext, stores: readonly CatalogLabel[]): ReadonlyMap<CatalogLabel, number> {
  const { mayTake } = keyRules(context);
  const taken = namesOf(keysOf(authorityOf(context))).filter(mayTake);
  return new Map(stores.map((label) => [label, taken.find(({ Resource }) => Resource === label)?.KeyEpoch ?? 0]));
}

/**
 * A store that ends with what a removed device wrote in its last moment stops none of this: it begins anew, too. Where such a device has begun an epoch,
 * that has the number which the next one would have: it is replaced first. @param stores that are to get a new key
 * Errors: what a store of these cannot be followed for, where the service alone can have made that.
 */
async function bring(context: AccountContext, stores: readonly CatalogLabel[]): Promise<void> {
  const doubted = await beyond(context, await syncDoubted(context));
  if (doubted.length === 0) return;
  const labels = doubted.map(({ label }) => label);
  await context.replaceUsurped(labels, newKeyEpochs(context, stores));
  const left = await beyond(context, await syncDoubted(context));
  const stopping = left.find(({ label }) => stores.some((store) => store === storeOf(label)));
  if (!stopping) return;
  const { code, message, detail } = stopping.error;
  const hint =
    "nothing was begun in its place: the service may show what it has made itself; ask its operator, and 'meshman account repair' goes on without it";
  throw new MeshError(code, message, { detail, hint, cause: stopping.error });
}

/** A catalog that ends with what is not believed. */
interface Doubted {
  readonly label: CatalogLabel;
  readonly error: MeshError;
}

/** Those of which the service is in a later epoch. */
async function beyond(context: AccountContext, doubted: readonly Doubted[]): Promise<readonly Doubted[]> {
  if (doubted.length === 0) return [];
  const Catalogs = doubted.map(({ label }) => label);
  const { ContainerStatus: there } = await context.client.status({ Account: context.address, Catalogs, Spools: [] });
  return doubted.filter(({ label }) => (there.find(({ Container }) => Container === label)?.Epoch ?? 0) > context.sizeOf(label).epoch);
}

async function syncDoubted(context: AccountContext): Promise<readonly Doubted[]> {
  const doubted: Doubted[] = [];
  await syncWhatHolds(
    () => context.sync(),
    ({ code, message, doubts }) => {
      context.ports.log.warn("store.doubted", { code, reason: message });
      for (const { store, error } of doubts) if (isCatalog(store)) doubted.push({ label: store, error });
    },
  );
  return doubted;
}
