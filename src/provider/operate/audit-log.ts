/**
 * MMM_Audit of an account: what the service does with its keys is on the disk before anybody hears the result. Those who wait meanwhile are written
 * together, in one commit that an apex under ServiceSignature closes. Whether each may still do it is looked at in the same turn: once a removal is
 * answered, nothing follows it. docs/extensions.md, Powers.
 */
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { newNonce } from "../../crypto/index.ts";
import type { EncodedFrame } from "../../dare/index.ts";
import { parseFrame } from "../../dare/index.ts";
import type { Head } from "../../schema/index.ts";
import { auditHead, auditLabel, auditLost, comparePositions, formerAudit } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import { mostOf, type Spender } from "../account/budget.ts";
import type { Limits } from "../limits.ts";
import type { AuditedUse, AuditWriter } from "./audit-frames.ts";
import { auditGroup, nextAuditEpoch, overhead } from "./audit-frames.ts";
import { lacks } from "./lost-audit.ts";

/** One operation that is going to be carried out. */
export interface AuditItem {
  readonly entry: AuditedUse;
  /** Throws when it may not be any more. */
  readonly judge: () => void;
}

/** What one caller asks for. */
interface AuditRequest {
  readonly items: readonly AuditItem[];
  /** Whose part of the account's budget it takes: nobody but an administrator uses what is kept for these. */
  readonly spender: Spender;
}

/** What became of the items of one caller: the head that covers them, and in their order why not. */
export interface Audited {
  readonly head: Head | undefined;
  readonly refused: readonly (MeshError | undefined)[];
}

interface Waiting extends AuditRequest {
  readonly resolve: (audited: Audited) => void;
  readonly reject: (error: unknown) => void;
}

/** Callers that are written together. */
const mostTogether = 256;
/** Another host may write Access in the middle. */
const attempts = 3;

/** What it is written with. */
export interface AuditLogOptions {
  readonly identity: AuditWriter["identity"];
  readonly limits: Pick<Limits, "auditFrames" | "reservedStorePercent">;
  readonly clock: Clock;
  readonly random: Random;
}

/** Writes the audits of all accounts. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #waiting = new Map<Account, Waiting[]>();

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  /** Judges the items and writes down those that may be. ERR_QUOTA when the account holds all that it may, ERR_BUSY, ERR_DISK_FULL, ERR_STORE: then nothing may be answered. */
  append(account: Account, request: AuditRequest): Promise<Audited> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(account);
      if (waiting !== undefined) waiting.push({ ...request, resolve, reject });
      else {
        const fresh = [{ ...request, resolve, reject }];
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

  /**
   * Goes on after a head that the service has signed and has lost; nothing happens where the audit goes on from it. Every epoch up to the next one has
   * the entry that says so. @param linkUdf of who brings it. @returns true when it was lost. Errors as append.
   */
  resume(account: Account, shown: Head, linkUdf: string): Promise<boolean> {
    return account.exclusively(async () => {
      const use = { Operation: auditLost, KeyId: "", LinkUdf: linkUdf, Digest: shown.TreeDigest };
      let own = await this.head(account);
      if (!(await lacks(account, own, shown))) return false;
      own ??= await this.#append(account, [use], "administrator");
      do own = await this.#begin(account, [use], { head: comparePositions(shown, own) >= 0 ? shown : own, spender: "administrator" });
      while ((own.Epoch ?? 0) <= (shown.Epoch ?? 0));
      return true;
    });
  }

  async #write(account: Account, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      let batch: readonly Waiting[] = [];
      try {
        const audited = await account.exclusively(() => {
          // Whoever came while others were written goes along; a budget that is used up is said to those whom it is for.
          const spender = queue[0]?.spender ?? "other";
          batch = queue.filter((one) => one.spender === spender).slice(0, mostTogether);
          const taken = new Set(batch);
          const rest = queue.filter((one) => !taken.has(one));
          queue.length = 0;
          for (const one of rest) queue.push(one);
          return this.#commit(account, batch, spender);
        });
        for (const [i, waiting] of batch.entries()) waiting.resolve(audited[i] ?? { head: undefined, refused: [] });
      } catch (error) {
        for (const waiting of batch.length > 0 ? batch : queue.splice(0)) waiting.reject(error);
      }
    }
    this.#waiting.delete(account);
  }

  async #commit(account: Account, batch: readonly Waiting[], spender: Spender): Promise<readonly Audited[]> {
    for (let attempt = 1; ; attempt++) {
      const refusals = batch.map(({ items }) => items.map(({ judge }) => refusalOf(judge)));
      const entries = batch.flatMap(({ items }, i) => items.filter((_, j) => refusals[i]?.[j] === undefined).map(({ entry }) => entry));
      try {
        const head = entries.length === 0 ? await this.head(account) : await this.#append(account, entries, spender);
        return refusals.map((refused) => ({ head, refused }));
      } catch (error) {
        if (attempt === attempts || !isMeshError(error, "ERR_CONFLICT")) throw error;
      }
    }
  }

  /** A full epoch is closed by the next one, which names its end: what was done is never a reason to stop. */
  async #append(account: Account, uses: readonly AuditedUse[], spender: Spender): Promise<Head> {
    const { auditFrames, reservedStorePercent } = this.#options.limits;
    const writer = this.#writer(account);
    const former = await account.end(auditLabel);
    if (former.count === 0 || former.count + uses.length + overhead <= mostOf(auditFrames, reservedStorePercent, spender)) {
      const frontier = await account.frontier(auditLabel);
      const { count: index } = frontier;
      const before = former.epoch === 0 ? undefined : formerAudit(auditHead(await account.frame(auditLabel, index - 1)));
      const frames = auditGroup(writer, uses, { frontier, epoch: former.epoch, ...(before === undefined ? {} : { former: before }) });
      await account.commit({ appends: [{ store: auditLabel, epoch: former.epoch, index, frames }] }, spender);
      return headOf(frames);
    }
    return this.#begin(account, uses, { head: auditHead(await account.frame(auditLabel, former.count - 1)), spender });
  }

  #writer({ accountUdf }: Account): AuditWriter {
    const { identity, random, clock } = this.#options;
    return { identity, random, accountUdf, time: dateTime(clock.now()) };
  }

  /** The next epoch. @param head which it goes on from */
  async #begin(account: Account, uses: readonly AuditedUse[], { head, spender }: { readonly head: Head; readonly spender: Spender }): Promise<Head> {
    const { identity, random, clock } = this.#options;
    const former = await account.end(auditLabel);
    const frames = nextAuditEpoch(this.#writer(account), uses, former, head);
    const now = clock.now();
    const stage = { sender: identity.udf, name: newNonce(random) };
    await account.stages.add({ store: auditLabel, epoch: former.epoch + 1, stage, index: 0, frames }, spender);
    const change = { store: auditLabel, stage, former: { epoch: former.epoch, index: former.count }, count: frames.length, time: now } as const;
    await account.commit({ appends: [], switches: [change] }, spender);
    return headOf(frames);
  }
}

function headOf(frames: readonly EncodedFrame[]): Head {
  const last = frames.at(-1);
  if (last === undefined) throw new MeshError("ERR_INTERNAL", "an audit of no frames");
  return auditHead(parseFrame(last));
}

function refusalOf(judge: () => void): MeshError | undefined {
  try {
    judge();
    return undefined;
  } catch (error) {
    return asMeshError(error);
  }
}
