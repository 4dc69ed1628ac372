/**
 * What time does to accounts: staged sequences that nobody switched to are dropped, former epochs of MMM_State and MMM_Audit end, bodies of commands are
 * erased. Accounts are reminded of it when they are written; whoever is due is looked after in passes of bounded cost, everybody else left alone.
 */
import type { MeshError } from "../base/errors.ts";
import { asMeshError, isMeshError } from "../base/errors.ts";
import { least } from "../base/list.ts";
import { storeOf } from "../schema/index.ts";
import type { Account } from "./account/account.ts";
import { sweepCommands } from "./account/command-sweep.ts";
import type { Limits } from "./limits.ts";
import type { IdleSequence } from "./store/service-store.ts";
import type { ServiceContext } from "./transaction/context.ts";

/** Accounts, and passes of one of them, between two looks at who is due. */
const accountsAtOnce = 64;
const passesAtOnce = 8;
/** An account that could not be looked after is left alone for so long; and one that could is not due again before. */
const retryMs = 3600_000;
const restMs = 60_000;

/** Looks after accounts until the signal aborts. Never fails. */
export async function keepUp(context: ServiceContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      context.sessions.sweep();
      await lookAfterDue(context, signal);
      await context.clock.sleep(context.limits.upkeepMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      context.log.warn("upkeep.failed", { reason: asMeshError(error).message });
      await context.clock.sleep(context.limits.upkeepMs, signal).catch(() => undefined);
    }
  }
}

/** One look: the accounts that wait longest first. */
export async function lookAfterDue(context: ServiceContext, signal?: AbortSignal): Promise<void> {
  let left = accountsAtOnce;
  for await (const address of context.store.due(context.clock.now())) {
    if (signal?.aborted || left-- === 0) return;
    try {
      await lookAfter(context, await context.book.get(address));
    } catch (error) {
      await putOff(context, address, asMeshError(error));
    }
  }
}

/** Everything else of the account goes on between two passes. */
async function lookAfter(context: ServiceContext, account: Account): Promise<void> {
  for (let pass = 0; pass < passesAtOnce; pass++) {
    const isDone = await account.exclusively(async () => {
      const now = context.clock.now();
      const next = await tidy(account, { now, limits: context.limits });
      await context.store.setReminder(account.address, next === undefined ? undefined : Math.max(next, next > now ? now + restMs : now));
      return next === undefined || next > now;
    });
    if (isDone) return;
  }
}

/** @returns when there is something again */
async function tidy(account: Account, options: { readonly now: number; readonly limits: Limits }): Promise<number | undefined> {
  const { now, limits } = options;
  const ends = (await account.stages.holding()).idle.flatMap((idle) => {
    const end = endOf(idle, limits);
    return end === undefined ? [] : [{ idle, end }];
  });
  const over = ends.filter(({ end }) => end <= now);
  await account.stages.drop(over.map(({ idle }) => idle));
  const times = ends.filter(({ end }) => end > now).map(({ end }) => end);
  const sweep = await sweepCommands(account, options);
  const next = least(sweep ?? Number.POSITIVE_INFINITY, times);
  return Number.isFinite(next) ? next : undefined;
}

/** Former epochs of other stores are kept until their owner orders otherwise. */
function endOf({ store, stage, since }: IdleSequence, { stageMs, keepStateMs, keepAuditMs }: Limits): number | undefined {
  if (stage !== undefined) return since + stageMs;
  if (store === "MMM_Audit") return since + keepAuditMs;
  return storeOf(store) === "MMM_State" ? since + keepStateMs : undefined;
}

async function putOff({ store, clock, log }: ServiceContext, address: string, error: MeshError): Promise<void> {
  log.warn("upkeep.put-off", { code: error.code, reason: error.message });
  await store.setReminder(address, isMeshError(error, "ERR_ACCOUNT_UNKNOWN") ? undefined : clock.now() + retryMs);
}
