/**
 * MMM_Audit of an account: what the service does with its keys is on the disk before anybody hears the result. Those who wait meanwhile are written
 * together, in one commit that an apex under ServiceSignature closes. Whether each may still do it is looked at in the same turn: once a removal is
 * answered, nothing follows it. docs/extensions.md, Powers.
 */
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { encodeObject } from "../../codec/index.ts";
import type { EncodedFrame, TreeFrontier } from "../../dare/index.ts";
import { firstFrame, parseFrame, sealFrame } from "../../dare/index.ts";
import type { Head } from "../../schema/index.ts";
import { AuditEntry, auditHead, auditLabel, SequenceApex } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { ServiceIdentity } from "../identity.ts";

/** One operation that is going to be carried out. */
export interface AuditItem {
  readonly entry: Omit<AuditEntry, "Time">;
  /** Throws when it may not be any more. */
  readonly judge: () => void;
}

/** What became of the items of one caller: the head that covers them, and in their order why not. */
export interface Audited {
  readonly head: Head | undefined;
  readonly refused: readonly (MeshError | undefined)[];
}

interface Waiting {
  readonly items: readonly AuditItem[];
  readonly resolve: (audited: Audited) => void;
  readonly reject: (error: unknown) => void;
}

/** Callers that are written together. */
const mostTogether = 256;
/** Another host may write Access in the middle. */
const attempts = 3;

/** Writes the audits of all accounts. */
export class AuditLog {
  readonly #identity: Pick<ServiceIdentity, "signature" | "udf">;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #waiting = new Map<Account, Waiting[]>();

  constructor(options: { readonly identity: Pick<ServiceIdentity, "signature" | "udf">; readonly clock: Clock; readonly random: Random }) {
    this.#identity = options.identity;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Judges the items and writes down those that may be. ERR_QUOTA when the audit is full, ERR_BUSY, ERR_DISK_FULL, ERR_STORE: then nothing may be answered. */
  append(account: Account, items: readonly AuditItem[]): Promise<Audited> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(account);
      if (waiting !== undefined) waiting.push({ items, resolve, reject });
      else {
        const fresh = [{ items, resolve, reject }];
        this.#waiting.set(account, fresh);
        void this.#write(account, fresh);
      }
    });
  }

  /** The newest head; undefined while there is none. */
  async head(account: Account): Promise<Head | undefined> {
    const { count } = await account.end(auditLabel);
    return count === 0 ? undefined : auditHead(await account.frame(auditLabel, count - 1));
  }

  async #write(account: Account, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      let batch: readonly Waiting[] = [];
      try {
        const audited = await account.exclusively(() => {
          // Whoever came while others were written goes along.
          batch = queue.splice(0, mostTogether);
          return this.#commit(account, batch);
        });
        for (const [i, waiting] of batch.entries()) waiting.resolve(audited[i] ?? { head: undefined, refused: [] });
      } catch (error) {
        for (const waiting of batch.length > 0 ? batch : queue.splice(0)) waiting.reject(error);
      }
    }
    this.#waiting.delete(account);
  }

  async #commit(account: Account, batch: readonly Waiting[]): Promise<readonly Audited[]> {
    for (let attempt = 1; ; attempt++) {
      const refusals = batch.map(({ items }) => items.map(({ judge }) => refusalOf(judge)));
      const entries = batch.flatMap(({ items }, i) => items.filter((_, j) => refusals[i]?.[j] === undefined).map(({ entry }) => entry));
      try {
        const head = entries.length === 0 ? await this.head(account) : await this.#append(account, entries);
        return refusals.map((refused) => ({ head, refused }));
      } catch (error) {
        if (attempt === attempts || !isMeshError(error, "ERR_CONFLICT")) throw error;
      }
    }
  }

  async #append(account: Account, entries: readonly AuditItem["entry"][]): Promise<Head> {
    const frontier = await account.frontier(auditLabel);
    const index = frontier.count;
    const Time = dateTime(this.#clock.now());
    const frames: EncodedFrame[] = [];
    const push = (frame: EncodedFrame): EncodedFrame => {
      frontier.push(frame.treeDigest);
      frames.push(frame);
      return frame;
    };
    if (index === 0) push(firstFrame({ contentType: "application/mmm-audit" }));
    for (const entry of entries) push(this.#seal(frontier, encodeObject(AuditEntry, { Time, ...entry }), {}));
    const last = push(this.#seal(frontier, this.#apex(account, frontier, Time), { isMeta: true, signer: this.#identity.signature }));
    await account.commit({ appends: [{ store: auditLabel, epoch: 0, index, frames }] });
    return auditHead(parseFrame(last));
  }

  #apex(account: Account, frontier: TreeFrontier, Time: string): Uint8Array {
    const { count, last: TreeDigest } = frontier;
    if (TreeDigest === undefined) throw new MeshError("ERR_INTERNAL", "an apex of no frames");
    return encodeObject(SequenceApex, {
      AccountUdf: account.accountUdf,
      Store: auditLabel,
      Index: count - 1,
      TreeDigest,
      Time,
      DeviceUdf: this.#identity.udf,
    });
  }

  #seal(frontier: TreeFrontier, payload: Uint8Array, more: Pick<Parameters<typeof sealFrame>[0], "isMeta" | "signer">): EncodedFrame {
    return sealFrame({ index: frontier.count, payload, lookup: frontier.lookup, random: this.#random, ...more });
  }
}

function refusalOf(judge: () => void): MeshError | undefined {
  try {
    judge();
    return undefined;
  } catch (error) {
    return asMeshError(error);
  }
}
