/**
 * Which sequences an account has on the disk, and where each ends: those in force, former epochs that are kept, and what is staged. It is
 * written whole into the journal whenever that is made small, and changed by the records that follow.
 */
import { decodeBase64url, encodeBase64url } from "../../../codec/base64url.ts";
import type { StoreLabel } from "../../../schema/index.ts";
import { storeLabel } from "../../../schema/index.ts";
import type { IdleSequence, SequenceName, StageName, StoreEnd, StoreEnds } from "../service-store.ts";

/** Which file a sequence is in. */
export interface FileName {
  readonly store: StoreLabel;
  readonly epoch: number;
  /** Of a staged sequence: of two with the same name one may have been dropped. */
  readonly number?: number;
}

/** A staged sequence. */
export interface Staged extends IdleSequence {
  readonly stage: StageName;
  readonly number: number;
}

interface StoredEnd {
  readonly label: string;
  /** 0 when absent, as before stores could begin anew. */
  readonly epoch?: number;
  readonly count: number;
  readonly octets: number;
  readonly digest?: string;
  readonly swept?: number;
}

/** A staged sequence as the journal has it; its file tells how far it has come. */
export interface StoredStage {
  readonly label: string;
  readonly epoch: number;
  readonly sender: string;
  readonly name: string;
  readonly number: number;
  readonly since: number;
}

/** A ledger as the journal has it. */
export interface StoredLedger {
  readonly ends: readonly StoredEnd[];
  readonly kept?: readonly (StoredEnd & { readonly since: number })[];
  readonly staged?: readonly StoredStage[];
}

/** The sequences of one account. */
export class Ledger {
  readonly #inForce = new Map<StoreLabel, StoreEnd>();
  readonly #kept = new Map<string, IdleSequence>();
  /** By store and sender. */
  readonly #staged = new Map<string, Staged>();

  static load({ ends, kept = [], staged = [] }: StoredLedger): Ledger {
    const ledger = new Ledger();
    for (const stored of ends) ledger.setEnd(storeLabel(stored.label), loadEnd(stored));
    for (const stored of kept) ledger.keep({ store: storeLabel(stored.label), end: loadEnd(stored), since: stored.since });
    for (const stored of staged) ledger.addStage(stored);
    return ledger;
  }

  store(): StoredLedger {
    const kept = [...this.#kept.values()].map(({ store, end, since }) => ({ ...storeEnd(store, end), since }));
    const staged = [...this.#staged.values()].map(storeStage);
    return {
      ends: [...this.#inForce].map(([label, end]) => storeEnd(label, end)),
      ...(kept.length === 0 ? {} : { kept }),
      ...(staged.length === 0 ? {} : { staged }),
    };
  }

  get ends(): StoreEnds {
    return this.#inForce;
  }

  get idle(): readonly IdleSequence[] {
    return [...this.#kept.values(), ...this.#staged.values()];
  }

  get staged(): readonly Staged[] {
    return [...this.#staged.values()];
  }

  /** Where the epoch in force ends. */
  end(store: StoreLabel): StoreEnd {
    return this.#inForce.get(store) ?? { epoch: 0, count: 0, octets: 0 };
  }

  /** What a sender has staged of a store. */
  stageOf(store: StoreLabel, sender: string): Staged | undefined {
    return this.#staged.get(`${store} ${sender}`);
  }

  /** The file of a sequence; undefined for one that there is not. */
  fileOf({ store, epoch, stage }: SequenceName): FileName | undefined {
    if (stage !== undefined) {
      const staged = this.stageOf(store, stage.sender);
      return staged?.stage.name === stage.name ? fileOfStage(staged) : undefined;
    }
    const inForce = this.#inForce.get(store);
    if (epoch === undefined || epoch === inForce?.epoch) return inForce && { store, epoch: inForce.epoch };
    return this.#kept.has(`${store} ${epoch}`) ? { store, epoch } : undefined;
  }

  /** Where what is in a file ends, as far as is known. */
  endOf({ store, epoch, number }: FileName): StoreEnd | undefined {
    if (number !== undefined) return this.staged.find((staged) => staged.number === number && staged.store === store)?.end;
    const inForce = this.#inForce.get(store);
    return inForce?.epoch === epoch ? inForce : this.#kept.get(`${store} ${epoch}`)?.end;
  }

  /** Notes where a sequence ends that is or comes in force, or that is kept. */
  setEnd(store: StoreLabel, end: StoreEnd): void {
    const kept = this.#kept.get(`${store} ${end.epoch}`);
    if (kept !== undefined) this.keep({ ...kept, end });
    else this.#inForce.set(store, { ...sweptOf(this.#inForce.get(store), end), ...end });
  }

  /** Notes a former epoch. */
  keep(kept: IdleSequence): void {
    this.#kept.set(`${kept.store} ${kept.end.epoch}`, kept);
  }

  addStage({ label, epoch, sender, name, number, since }: StoredStage): void {
    const store = storeLabel(label);
    this.#staged.set(`${store} ${sender}`, { store, stage: { sender, name }, number, end: { epoch, count: 0, octets: 0 }, since });
  }

  /** Notes how far a staged sequence has come. */
  setStage(staged: Staged): void {
    this.#staged.set(`${staged.store} ${staged.stage.sender}`, staged);
  }

  /** A staged sequence came in force: `former` is kept from then on. */
  bringIntoForce(staged: FileName, end: StoreEnd, since: number): void {
    const { store } = staged;
    const former = this.#inForce.get(store);
    this.remove(staged);
    if (former !== undefined && former.epoch < end.epoch) this.keep({ store, end: former, since });
    this.#inForce.set(store, end);
  }

  remove({ store, epoch, number }: FileName): void {
    if (number === undefined) this.#kept.delete(`${store} ${epoch}`);
    else for (const [key, staged] of this.#staged) if (staged.store === store && staged.number === number) this.#staged.delete(key);
  }
}

export function fileOfStage({ store, end, number }: Staged): FileName {
  return { store, epoch: end.epoch, number };
}

export function storeStage({ store, stage, end, number, since }: Staged): StoredStage {
  return { label: store, epoch: end.epoch, ...stage, number, since };
}

/** How far bodies are erased outlives that the sequence grows, and not that another comes in force. */
function sweptOf(before: StoreEnd | undefined, end: StoreEnd): Pick<StoreEnd, "swept"> {
  return before?.swept === undefined || before.epoch !== end.epoch ? {} : { swept: before.swept };
}

function storeEnd(label: StoreLabel, { epoch, count, octets, digest, swept }: StoreEnd): StoredEnd {
  return {
    label,
    ...(epoch === 0 ? {} : { epoch }),
    count,
    octets,
    ...(digest === undefined ? {} : { digest: encodeBase64url(digest) }),
    ...(swept === undefined ? {} : { swept }),
  };
}

function loadEnd({ epoch = 0, count, octets, digest, swept }: StoredEnd): StoreEnd {
  const bytes = digest === undefined ? undefined : decodeBase64url(digest);
  return { epoch, count, octets, ...(bytes === undefined ? {} : { digest: bytes }), ...(swept === undefined ? {} : { swept }) };
}
