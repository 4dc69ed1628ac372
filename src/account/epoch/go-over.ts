/**
 * A hub goes over to a sequence of MMM_State that it alone writes (docs/extensions.md §5): its entries leave the sequence that all share and come into
 * its own, some in each Transact, so that every reader finds each of them in one place. Nothing is rewritten; a hub that is killed goes on where it was.
 */
import { dateTime } from "../../base/clock.ts";
import type { Datum } from "../../codec/index.ts";
import type { CatalogLabel, StateSequence } from "../../schema/index.ts";
import { CatalogedDevice, CatalogedState, isRole, mayRead, rightsOf, stateSequence, writerExtension } from "../../schema/index.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import type { Transaction, Writing } from "../context/write.ts";
import { write } from "../context/write.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import { decodeEntry } from "../store/entry.ts";
import type { Stores } from "../store/stores.ts";

const shared = "MMM_State";
/** Entries in one Transact, which has each of them twice. */
const batch = 32;

/** Where the states that a device tells of go. */
export function ownStatesIn({ catalogs }: Pick<Stores, "catalogs">, deviceUdf: string): CatalogLabel {
  const own = stateSequence(deviceUdf);
  return (catalogs.get(own)?.count ?? 0) > 0 ? own : shared;
}

/** What a device writes of states stands where it tells of them. */
export function withOwnStates({ catalogs = [], messages = [] }: Transaction, store: CatalogLabel): Transaction {
  return { catalogs: catalogs.map((change) => (change.store === shared ? { ...change, store } : change)), messages };
}

/**
 * Goes over, or goes on with it. Errors: those of the service and the disk.
 * @returns false while the service, or an administrator, knows nothing of such sequences, or there is nothing to go on from
 */
export async function goOver(writing: Writing): Promise<boolean> {
  const own = stateSequence(writing.writer.deviceUdf);
  if (ownStatesIn(writing.stores, writing.writer.deviceUdf) !== own) {
    if (!(await everybodyFollows(writing))) return false;
    // This device's copy may have been lost.
    await writing.sync([shared]);
  }
  const replica = writing.stores.catalogs.get(shared);
  if (!replica?.head) return false;
  if (ownStatesIn(writing.stores, writing.writer.deviceUdf) !== own) await begin(writing, own, replica);
  const mine = [...replica.entries()].flatMap(({ key, entry }) => (isOf(writing, entry) ? [key] : []));
  for (let at = 0; at < mine.length || ownStatesIn(writing.stores, writing.writer.deviceUdf) !== own; at += batch) {
    await write(writing, { catalogs: mine.slice(at, at + batch).flatMap((key) => moved(writing, own, key)) }, [own]);
  }
  return true;
}

/** Whoever does not know these sequences would see no states any more: of a device of 0.2.0 without the role `command` nothing tells that. */
async function everybodyFollows({ client, feed, stores }: Writing): Promise<boolean> {
  const devices = stores.catalogs.get("MMM_Device");
  const administrators = [...feed.directory.withRole("admin"), ...feed.directory.withRole("super")];
  const knows = (udf: string): boolean => {
    const found = devices?.get(udf);
    return (found && decodeEntry(CatalogedDevice, found.entry)?.Extensions?.includes(writerExtension)) ?? false;
  };
  if (!administrators.every(({ udf }) => knows(udf)) || feed.directory.connected.some(isOfBefore)) return false;
  return (await client.hello()).Extensions?.includes(writerExtension) ?? false;
}

/**
 * True for a device that reads states and whose program is too old for these sequences: each that is not has a command key in its connection, by itself
 * since it joined, or because it has named one since it was updated, as those do that may command.
 */
function isOfBefore({ connection: { Roles, Command25519 } }: DirectoryEntry): boolean {
  if (Command25519 !== undefined || !Roles.includes("command") || Roles.includes("hub")) return false;
  return mayRead(rightsOf(Roles.filter(isRole)), shared);
}

/** The copy gets its frame 0 with the first group. */
async function begin({ stores, writer, ports }: Writing, own: StateSequence, { head, keyEpoch }: CatalogReplica): Promise<void> {
  if (!head) return;
  await stores.meet([own]);
  const { accountUdf: AccountUdf, deviceUdf: DeviceUdf } = writer;
  const Time = dateTime(ports.clock.now());
  const begun = { AccountUdf, Store: own, Epoch: 0, KeyEpoch: keyEpoch, Former: head, Reason: "Writer", Time, DeviceUdf } as const;
  await stores.replace(await stores.open(own, { folder: stores.folder, epoch: 0, begin: begun }));
}

/** Both sides of one entry's move. What this device has written to its own sequence meanwhile is newer. */
function moved(writing: Writing, own: StateSequence, key: string) {
  const entry = writing.stores.catalogs.get(shared)?.get(key)?.entry;
  const sequenceOf = (state: Datum | undefined): number => (state === undefined ? undefined : decodeEntry(CatalogedState, state)?.Sequence) ?? -1;
  return [
    { store: own, key, change: (current: Datum | undefined) => (sequenceOf(current) >= sequenceOf(entry) ? current : entry) },
    { store: shared, key, change: (current: Datum | undefined) => (current !== undefined && isOf(writing, current) ? undefined : current) },
  ] as const;
}

function isOf({ writer }: Writing, entry: Datum): boolean {
  return decodeEntry(CatalogedState, entry)?.Via === writer.deviceUdf;
}
