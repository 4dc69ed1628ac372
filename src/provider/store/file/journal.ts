/**
 * The journal of an account: every change of its stores is here, whole and on the disk, before the first store is touched; so a crash
 * leaves all of it or nothing (extensions §5). Opening appends again what a store lacks. The same records hold the answers to RequestIds,
 * kept for a day, and the deliveries to other accounts that are still to be made. A record needs no end mark: appending again is harmless
 * because every frame knows its index. Stores are synced before a commit ends, so old records can be dropped at any time.
 */
import { join } from "node:path";
import { fromUtf8, utf8 } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";
import { Journal } from "../../../base/journal.ts";
import { decodeBase64url, encodeBase64url } from "../../../codec/base64url.ts";
import type { FrameOctets } from "../../../dare/index.ts";
import type { SpoolLabel, StoreLabel } from "../../../schema/index.ts";
import { storeLabel } from "../../../schema/index.ts";

/** Frames that go to the end of one store. */
export interface Append {
  readonly label: StoreLabel;
  /** Index of the first frame. */
  readonly index: number;
  readonly frames: readonly FrameOctets[];
}

/** The answer that a RequestId gets whenever it comes again. */
export interface Answer {
  /** Names caller and request. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** JSON of the response. */
  readonly response: Uint8Array;
}

/** A message of the Outbound spool that has to reach another account. */
export interface Delivery {
  readonly spool: SpoolLabel;
  readonly index: number;
  readonly account: string;
}

/** One change of an account. */
export interface Commit {
  readonly appends: readonly Append[];
  readonly answer?: Answer;
  readonly deliveries?: readonly Delivery[];
}

type StoredFrame = readonly [header: string, body: string, trailer: string];
interface StoredAnswer {
  readonly key: string;
  readonly time: number;
  readonly response: string;
}
type Stored =
  | {
      readonly kind: "commit";
      readonly id: number;
      readonly appends: readonly { readonly label: string; readonly index: number; readonly frames: readonly StoredFrame[] }[];
      readonly answer?: StoredAnswer;
      readonly deliveries?: readonly Delivery[];
    }
  | { readonly kind: "delivered"; readonly id: number };

/** The open journal of one account. Calls come one at a time, under the account's mutex. */
export class AccountJournal {
  readonly #journal: Journal<Stored>;
  readonly #path: string;
  readonly #answers = new Map<string, Answer>();
  readonly #deliveries = new Map<number, readonly Delivery[]>();
  #nextId = 1;
  #octets = 0;

  private constructor(path: string, journal: Journal<Stored>) {
    this.#path = path;
    this.#journal = journal;
  }

  /** Opens the journal and gives the appends to make sure of, in their order. ERR_STORE_DAMAGED. */
  static async open(dir: string): Promise<{ readonly journal: AccountJournal; readonly appends: readonly Append[] }> {
    const path = join(dir, "journal");
    const { journal, records } = await Journal.open<Stored>({ path });
    const own = new AccountJournal(path, journal);
    return { journal: own, appends: records.flatMap((record) => own.#take(record)) };
  }

  /** Octets written since the journal was made anew. */
  get octets(): number {
    return this.#octets;
  }

  /** Deliveries not known to be made, by the commit they belong to. */
  get deliveries(): ReadonlyMap<number, readonly Delivery[]> {
    return this.#deliveries;
  }

  /** The answer that was given under a key; undefined when there is none. */
  answer(key: string): Answer | undefined {
    return this.#answers.get(key);
  }

  /** Makes a change certain; gives its number. ERR_TOO_LARGE, ERR_DISK_FULL (nothing happened), ERR_STORE. */
  async record(commit: Commit): Promise<number> {
    const id = this.#nextId++;
    const stored: Stored = {
      kind: "commit",
      id,
      appends: commit.appends.map(({ label, index, frames }) => ({ label, index, frames: frames.map(storeFrame) })),
      ...(commit.answer === undefined ? {} : { answer: storeAnswer(commit.answer) }),
      ...(commit.deliveries === undefined ? {} : { deliveries: commit.deliveries }),
    };
    await this.#append(stored);
    if (commit.answer !== undefined) this.#answers.set(commit.answer.key, commit.answer);
    if (commit.deliveries !== undefined) this.#deliveries.set(id, commit.deliveries);
    return id;
  }

  /** Notes that the deliveries of a commit were made. */
  async delivered(id: number): Promise<void> {
    if (!this.#deliveries.delete(id)) return;
    await this.#append({ kind: "delivered", id });
  }

  /** Drops what has served: answers from before `oldest`, and all appends. The stores must be synced. */
  async compact(oldest: number): Promise<void> {
    for (const [key, answer] of this.#answers) if (answer.time < oldest) this.#answers.delete(key);
    const kept: Stored[] = [...this.#answers.values()].map((answer) => ({ kind: "commit", id: 0, appends: [], answer: storeAnswer(answer) }));
    for (const [id, deliveries] of this.#deliveries) kept.push({ kind: "commit", id, appends: [], deliveries });
    await this.#journal.rewrite(kept);
    this.#octets = 0;
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  async #append(record: Stored): Promise<void> {
    await this.#journal.append(record);
    this.#octets += JSON.stringify(record).length;
  }

  #take(record: Stored): readonly Append[] {
    if (record.kind === "delivered") {
      this.#deliveries.delete(record.id);
      return [];
    }
    this.#nextId = Math.max(this.#nextId, record.id + 1);
    const { answer, deliveries } = record;
    if (answer !== undefined) this.#answers.set(answer.key, { ...answer, response: utf8(answer.response) });
    if (deliveries !== undefined) this.#deliveries.set(record.id, deliveries);
    return record.appends.map(({ label, index, frames }) => ({ label: storeLabel(label), index, frames: frames.map((frame) => this.#frame(frame)) }));
  }

  #frame([header, body, trailer]: StoredFrame): FrameOctets {
    const octets = decodeBase64url(body);
    if (octets === undefined) throw new MeshError("ERR_STORE_DAMAGED", `${this.#path} holds a damaged frame`);
    return { headerOctets: utf8(header), body: octets, trailerOctets: utf8(trailer) };
  }
}

/** Header and trailer are JSON, so they stand as text; the octets come back the same. */
function storeFrame({ headerOctets, body, trailerOctets }: FrameOctets): StoredFrame {
  return [fromUtf8(headerOctets), encodeBase64url(body), fromUtf8(trailerOctets)];
}

function storeAnswer({ key, time, response }: Answer): StoredAnswer {
  return { key, time, response: fromUtf8(response) };
}
