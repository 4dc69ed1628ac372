/**
 * The one way to write to an account: catalog changes and messages in one Transact, all or nothing (protocol-09 §7.9, extensions §7). After
 * another device wrote first, the changes are merged with its (§5) and sent again; a lost answer is asked for again, never sent twice.
 */
import { dateTime } from "../../base/clock.ts";
import { isMeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { ContainerStatus, EntryResponse, MeshClient } from "../../protocol/index.ts";
import type { CatalogLabel, SpoolLabel } from "../../schema/index.ts";
import { comparePositions } from "../../schema/index.ts";
import type { EntryChange, GroupWriter, PreparedGroup } from "../store/catalog-group.ts";
import type { CatalogReplica } from "../store/catalog-replica.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { envelopeOf } from "../store/frame.ts";
import type { FirstSent } from "../store/reconcile.ts";
import { firstSent, reconcile } from "../store/reconcile.ts";
import type { Stores } from "../store/stores.ts";
import { floorOf, replicaOf } from "../store/stores.ts";
import type { DeviceDirectoryFeed } from "./device-directory-feed.ts";
import { refuseLate, type StoreSync } from "./doubt.ts";
import type { WriteClient } from "./patience.ts";
import type { Ports } from "./ports.ts";

/** A message for a spool; outbound ones name their recipients. */
export interface OutgoingMessage {
  readonly spool: SpoolLabel;
  readonly envelope: DareEnvelope;
  readonly to?: readonly string[];
}

/** What one Transact carries: all of it or nothing. */
export interface Transaction {
  readonly catalogs?: readonly CatalogWrite[];
  readonly messages?: readonly OutgoingMessage[];
}

/** Who writes where. */
export interface Writing {
  readonly client: WriteClient;
  readonly address: string;
  readonly stores: Stores;
  readonly feed: DeviceDirectoryFeed;
  readonly writer: Omit<GroupWriter, "time">;
  readonly ports: Ports;
  /** Brings the copies of these stores up to date, or all. */
  readonly sync: (only?: readonly CatalogLabel[]) => Promise<readonly StoreSync[]>;
}

const conflictAttempts = 6;

/**
 * Writes a transaction and takes it into the copies.
 * @param create catalogs of which frame 0 is to be made, with or without an entry
 * @returns what the service says of each message
 * Errors: ERR_CONFLICT after several attempts, ERR_NOT_AUTHORIZED, and those of the service.
 */
export async function write(
  writing: Writing,
  { catalogs = [], messages = [] }: Transaction,
  create: Iterable<CatalogLabel> = [],
): Promise<readonly EntryResponse[]> {
  const { client, address, feed, ports, sync } = writing;
  const byStore = new Map<CatalogLabel, CatalogWrite[]>([...create].map((label) => [label, []]));
  for (const change of catalogs) {
    const changes = byStore.get(change.store);
    if (changes) changes.push(change);
    else byStore.set(change.store, [change]);
  }
  const spooled = (label: SpoolLabel): readonly DareEnvelope[] => messages.filter(({ spool }) => spool === label).map(({ envelope }) => envelope);
  const sent = new Map<CatalogLabel, ReadonlyMap<EntryChange, FirstSent>>();
  for (let attempt = 1; ; attempt += 1) {
    const low = [...byStore.keys()].filter((label) => isLow(writing.stores, label));
    if (low.length > 0) await sync(low);
    for (const label of byStore.keys()) await (replicaOf(writing.stores, label) as CatalogReplica).unlock();
    const groups = prepare(writing, byStore, sent);
    if (groups.length === 0 && messages.length === 0) return [];
    writing.stores.last.forget();
    let answer: Awaited<ReturnType<MeshClient["transact"]>>;
    try {
      answer = await client.transact({
        Account: address,
        RequestId: newNonce(ports.random),
        Updates: groups.map(([replica, group]) => ({ Container: replica.label, ...group.expected, Envelopes: group.frames.map(envelopeOf) })),
        Inbound: spooled("MMM_Inbound"),
        Outbound: spooled("MMM_Outbound"),
        Local: spooled("MMM_Local"),
        Command: spooled("MMM_Command"),
        Accounts: [...new Set(messages.flatMap(({ to }) => to ?? []))],
      });
    } catch (error) {
      for (const [replica] of groups) replica.abandon();
      if (!isMeshError(error, "ERR_CONFLICT") || attempt === conflictAttempts) throw error;
      refuseLate((await sync([...byStore.keys()])).filter(({ store }) => byStore.has(store as CatalogLabel)));
      continue;
    }
    for (const [replica, group] of groups) {
      await replica.commit(group);
      feed.changed(replica.label, group.changes);
    }
    noteMessages(writing.stores, messages, answer.ContainerStatus);
    return answer.Entries ?? [];
  }
}

function noteMessages({ spools, own }: Stores, messages: readonly OutgoingMessage[], statuses: readonly ContainerStatus[]): void {
  for (const spool of new Set(messages.map((message) => message.spool))) {
    const held = spools.get(spool)?.count;
    const sent = messages.filter((message) => message.spool === spool).length;
    if (held !== undefined) own.note(spool, { held, sent, status: statuses.find(({ Container }) => Container === spool) });
  }
}

/** Makes frame 0 of every catalog that is not there, with the first entries, in one Transact. Errors as write. */
export async function createMissing(writing: Writing, first: readonly CatalogWrite[]): Promise<void> {
  await writing.sync();
  const missing = new Set([...writing.stores.catalogs.values()].filter(({ count }) => count === 0).map(({ label }) => label));
  if (missing.size > 0) await write(writing, { catalogs: first.filter(({ store }) => missing.has(store)) }, missing);
  await writing.sync();
}

/** A copy that ends before what MMM_Device says, or that is being fetched anew, is not written from. */
function isLow(stores: Stores, label: CatalogLabel): boolean {
  const { epoch, count } = replicaOf(stores, label) as CatalogReplica;
  const floor = floorOf(stores, label);
  return (epoch > 0 && count === 0) || (floor !== undefined && comparePositions(floor, { Epoch: epoch, Index: count }) >= 0);
}

/** @param sent what each store's changes made of the entries when they were prepared first: noted then, and looked at when others have written since */
function prepare(
  { stores, writer, ports }: Writing,
  byStore: ReadonlyMap<CatalogLabel, readonly CatalogWrite[]>,
  sent: Map<CatalogLabel, ReadonlyMap<EntryChange, FirstSent>>,
): [CatalogReplica, PreparedGroup][] {
  const signed: GroupWriter = { ...writer, time: dateTime(ports.clock.now()) };
  return [...byStore].flatMap(([label, changes]): [CatalogReplica, PreparedGroup][] => {
    const replica = replicaOf(stores, label) as CatalogReplica;
    const before = sent.get(label);
    const group = replica.prepare(before ? reconcile(replica, changes, before, { ...writer, ...ports }) : changes, signed);
    if (!before) sent.set(label, firstSent(replica, changes, group));
    return group ? [[replica, group]] : [];
  });
}
