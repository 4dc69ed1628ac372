/**
 * What a service keeps of its accounts, behind one interface (docs/architecture.md): a backend knows places, frames, ids and answers, and
 * nothing of rights, claims or messages. Everything is addressed by account (its folded address), store, epoch and index. A claim or a
 * publication is a frame of its publisher's account, found by its id. Several hosts may share a backend: a commit names the places that it
 * was judged by, and fails when one of them has moved.
 */
import type { Struct } from "../../codec/field.ts";
import { dateTime, string, struct } from "../../codec/field.ts";
import type { FrameOctets, SequenceFrame, TreeFrontier } from "../../dare/index.ts";
import type { Enveloped, ProfileUser, SpoolLabel, StoreLabel } from "../../schema/index.ts";
import { enveloped } from "../../schema/index.ts";

/** What is kept of an account beside its stores: whose it is, and who bound it. */
export interface AccountRecord {
  readonly AccountAddress: string;
  /** UDF of ProfileSignature. */
  readonly AccountUdf: string;
  readonly EnvelopedProfileAccount: Enveloped<ProfileUser>;
  /** Link key that has all rights until the Access catalog has an entry. */
  readonly LinkUdf: string;
  readonly Bound: string;
}
export const AccountRecord: Struct<AccountRecord> = struct<AccountRecord>("AccountRecord", {
  AccountAddress: string,
  AccountUdf: string,
  EnvelopedProfileAccount: enveloped<ProfileUser>(),
  LinkUdf: string,
  Bound: dateTime,
});

/** One store of one account. A store that was never written has no frames. */
export interface StorePlace {
  readonly account: string;
  readonly store: StoreLabel;
  /** Always 0 until stores can begin anew. */
  readonly epoch: number;
}

/** How far a store has grown. */
export interface StoreEnd {
  readonly epoch: number;
  /** Number of frames, which is the index of the next one. */
  readonly count: number;
  readonly octets: number;
  /** Tree digest of the last frame. */
  readonly digest?: Uint8Array;
}
/** Ends of the stores that exist. */
export type StoreEnds = ReadonlyMap<StoreLabel, StoreEnd>;

/** Frames that go to the end of one store. Place and digests of each must have been checked. */
export interface Append {
  readonly store: StoreLabel;
  readonly epoch: number;
  /** Index of the first frame: where the store is expected to end. */
  readonly index: number;
  readonly frames: readonly FrameOctets[];
}

/** Where a store is expected to end though nothing is appended to it. */
export type Expected = Pick<Append, "store" | "epoch" | "index">;

/** The answer that a request gets whenever it comes again. */
export interface Answer {
  /** Link key of who asked. */
  readonly sender: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** JSON of the response. */
  readonly response: Uint8Array;
}

/** Requests whose answers their sender has seen. */
export interface Seen {
  readonly sender: string;
  readonly requestIds: readonly string[];
}

/** A message of a spool that has to reach another account. */
export interface Delivery {
  readonly spool: SpoolLabel;
  readonly index: number;
  readonly account: string;
}

/** One change of an account: all of it or nothing. */
export interface Commit {
  readonly appends: readonly Append[];
  readonly expected?: readonly Expected[];
  readonly answer?: Answer;
  readonly seen?: Seen;
  readonly deliveries?: readonly Delivery[];
}

/** Deliveries of commits not known to be made, by the number of the commit. */
export type OpenDeliveries = ReadonlyMap<number, readonly Delivery[]>;

/**
 * The stores of a service. An account is opened when it is first asked for; what a crash left of it is completed then.
 * Errors of every call: ERR_ACCOUNT_UNKNOWN; ERR_STORE_DAMAGED; ERR_BUSY and ERR_DISK_FULL when the machine is short of something for
 * now; ERR_STORE.
 */
export interface ServiceStore {
  /** Makes an account with its first frames. ERR_ACCOUNT_EXISTS. */
  create(record: AccountRecord, first: readonly Append[]): Promise<void>;
  /** Removes an account with everything it holds. */
  remove(account: string): Promise<void>;
  /** Addresses of all accounts, in no order. */
  accounts(): AsyncIterable<string>;
  record(account: string): Promise<AccountRecord>;
  /** Replaces the record of the account that it names. */
  setRecord(record: AccountRecord): Promise<void>;

  ends(account: string): Promise<StoreEnds>;
  /** What the next frame of a store refers to. */
  frontier(place: StorePlace): Promise<TreeFrontier>;
  /** Frames from one index up to, not including, another; octets exactly as appended. */
  frames(place: StorePlace, range?: { readonly from?: number; readonly to?: number }): AsyncIterable<SequenceFrame>;
  /** ERR_NOT_FOUND beyond the end. */
  frame(place: StorePlace, index: number): Promise<SequenceFrame>;
  /** Frames whose header names an id, newest first. */
  find(place: StorePlace, id: string): Promise<readonly SequenceFrame[]>;

  /** Makes a change, and gives its number. ERR_CONFLICT when a store does not end where it was expected; ERR_TOO_LARGE. */
  commit(account: string, commit: Commit): Promise<number>;
  /** The answer that a request got; undefined when none is kept. */
  answer(account: string, request: Pick<Answer, "sender" | "requestId">): Promise<Answer | undefined>;
  openDeliveries(account: string): Promise<OpenDeliveries>;
  /** Notes that the deliveries of a commit were made. */
  delivered(account: string, commit: number): Promise<void>;
  /** Accounts with open deliveries, as far as is known without opening any. */
  undelivered(): AsyncIterable<string>;

  /** Tells of every account that was changed, by this host or another; ends when the result is called. */
  watch(listener: (account: string) => void): () => void;
  /** ERR_BUSY when so little space is left that it is kept for the accounts that exist. */
  requireReserve(): Promise<void>;
  close(): Promise<void>;
}
