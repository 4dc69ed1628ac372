/**
 * What a service keeps of its accounts, behind one interface (docs/architecture.md): a backend knows places, frames, ids and answers, and
 * nothing of rights, claims or messages. Everything is addressed by account (its folded address), store, epoch and index. Of the sequences of
 * a store one is in force; others are staged to take its place, or were in force and are kept. A claim or a publication is a frame of its
 * publisher's account, found by its id. Several hosts may share a backend: a commit names the places that it
 * was judged by, and fails when one of them has moved.
 */
import type { Struct } from "../../codec/field.ts";
import { boolean, dateTime, optional, string, struct } from "../../codec/field.ts";
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
  /** Until when LinkUdf has all rights although the Access catalog has entries: its owner recovers the account. */
  readonly RecoverUntil?: string;
  /** Until then nobody else uses the account. */
  readonly Alone?: boolean;
}
export const AccountRecord: Struct<AccountRecord> = struct<AccountRecord>("AccountRecord", {
  AccountAddress: string,
  AccountUdf: string,
  EnvelopedProfileAccount: enveloped<ProfileUser>(),
  LinkUdf: string,
  Bound: dateTime,
  RecoverUntil: optional(dateTime),
  Alone: optional(boolean),
});

/** A staged sequence of a store: each sender has one at most. */
export interface StageName {
  /** Link key of who stages. */
  readonly sender: string;
  readonly name: string;
}

/** A sequence of a store: the one in force unless another is named. */
export interface SequenceName {
  readonly store: StoreLabel;
  /** Of one that was in force. */
  readonly epoch?: number;
  readonly stage?: StageName;
}

/** One sequence of one account. A store that was never written has no frames, and so has what was never staged. */
export interface StorePlace extends SequenceName {
  readonly account: string;
}

/** How far a sequence has grown. */
export interface StoreEnd {
  readonly epoch: number;
  /** Number of frames, which is the index of the next one. */
  readonly count: number;
  readonly octets: number;
  /** Tree digest of the last frame. */
  readonly digest?: Uint8Array;
  /** Frames before this one have no body left that was to be erased. */
  readonly swept?: number;
}
/** Ends of what is in force, of the stores that exist. */
export type StoreEnds = ReadonlyMap<StoreLabel, StoreEnd>;

/** A sequence that is not in force. */
export interface IdleSequence {
  readonly store: StoreLabel;
  /** Absent for one that was in force. */
  readonly stage?: StageName;
  readonly end: StoreEnd;
  /** When it got its last page, or was in force last; milliseconds since 1970. */
  readonly since: number;
}

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

/** Frames for the end of a staged sequence, which the first page begins. */
export interface Page extends Append {
  readonly stage: StageName;
}

/** Puts a staged sequence in force in the place of the one before it, which is kept; what else is staged for its epoch is dropped. */
export interface Switch {
  readonly store: StoreLabel;
  readonly stage: StageName;
  /** Where the epoch in force is expected to end. */
  readonly former: Omit<Expected, "store">;
  /** Frames of the staged sequence. */
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

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
  readonly switches?: readonly Switch[];
  readonly expected?: readonly Expected[];
  readonly answer?: Answer;
  readonly seen?: Seen;
  readonly deliveries?: readonly Delivery[];
}

/** Deliveries of commits not known to be made, by the number of the commit. */
export type OpenDeliveries = ReadonlyMap<number, readonly Delivery[]>;

/**
 * The stores of a service. An account is opened when it is first asked for; what a crash left of it is completed then.
 * Frames are read as they are asked for, and keep their account open meanwhile: whoever reads them asks the store for nothing else until then.
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
  /** Sequences that are not in force. */
  idle(account: string): Promise<readonly IdleSequence[]>;
  /** What the next frame of a sequence refers to. */
  frontier(place: StorePlace): Promise<TreeFrontier>;
  /** Frames from one index up to, not including, another; octets exactly as appended. ERR_NOT_FOUND for an epoch that is not kept. */
  frames(place: StorePlace, range?: { readonly from?: number; readonly to?: number }): AsyncIterable<SequenceFrame>;
  /** ERR_NOT_FOUND beyond the end. */
  frame(place: StorePlace, index: number): Promise<SequenceFrame>;
  /** Frames whose header names an id, newest first. */
  find(place: StorePlace, id: string): AsyncIterable<SequenceFrame>;

  /**
   * Adds to a staged sequence, durably, and gives its end. Another name, or another epoch, drops what the sender had staged of the store.
   * ERR_CONFLICT when it does not end there, or the epoch is not the next one.
   */
  stage(account: string, page: Page): Promise<StoreEnd>;
  /** Removes sequences that are not in force, for ever. */
  drop(account: string, sequences: readonly SequenceName[]): Promise<void>;
  /** Erases the bodies of frames in force for ever, wherever they are kept, and notes that this was done up to an index. Digests stay. */
  erase(place: StorePlace, options: { readonly indexes: readonly number[]; readonly to: number }): Promise<void>;

  /**
   * Makes a change, and gives its number; nothing of it is there when the last of the disk would be needed for it (ERR_BUSY).
   * ERR_CONFLICT when a store does not end where it was expected; ERR_NOT_FOUND (no such stage); ERR_TOO_LARGE.
   */
  commit(account: string, commit: Commit): Promise<number>;
  /** The answer that a request got; undefined when none is kept. */
  answer(account: string, request: Pick<Answer, "sender" | "requestId">): Promise<Answer | undefined>;
  openDeliveries(account: string): Promise<OpenDeliveries>;
  /** Notes that deliveries of a commit are over: no more is done for them. */
  delivered(account: string, commit: number, deliveries: readonly Delivery[]): Promise<void>;
  /** Accounts with open deliveries, as far as is known without opening any. */
  undelivered(): AsyncIterable<string>;

  /** Makes sure that the account is among `due` at a time or before. */
  remind(account: string, time: number): Promise<void>;
  /** Replaces what it was reminded of; undefined ends it. */
  setReminder(account: string, time: number | undefined): Promise<void>;
  /** Accounts whose time has come. */
  due(now: number): AsyncIterable<string>;

  /** Tells of every account that was changed, by this host or another; ends when the result is called. */
  watch(listener: (account: string) => void): () => void;
  /** ERR_BUSY when so little space is left that it is kept for the accounts that exist. */
  requireReserve(): Promise<void>;
  close(): Promise<void>;
}
