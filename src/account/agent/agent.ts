/**
 * The owner's agent: waits at the service and does what the owner has allowed in advance. PIN connections, offers inside an open window,
 * marking devices connected, claims at the makers' services. docs/design.md §3.
 */

import { backOffMs } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { stateCatalog, storeLabels, storeOf } from "../../schema/index.ts";
import { AccountContext } from "../context/account-context.ts";
import { ofOwnAccount } from "../context/account-gone.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import { exclusively } from "../context/exclusive.ts";
import type { Ports } from "../context/ports.ts";
import { meetRemoval, removalIn, unprovenRemoval } from "../context/removal.ts";
import { auditLossAt } from "../power/audit-loss.ts";
import type { AgentEvent } from "./attend.ts";
import { attend } from "./attend.ts";
import type { Notice } from "./notice.ts";
import { NoticeBook } from "./notice.ts";

const watched = ["MMM_Inbound", "MMM_Outbound", "MMM_Local", "MMM_Command", "MMM_Device"] as const;
/** What a device without the administrators' keys has to do with. */
const watchedByMember = ["MMM_Inbound", "MMM_Device"] as const;

/** Nothing that the agent does follows from what devices report: their states are fetched once in a while. */
const withoutStates = storeLabels.filter((label) => storeOf(label) !== stateCatalog.label);
const statesMs = 50_000;

/** How the agent runs. */
export interface AgentOptions {
  readonly dir: string;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly claim?: boolean;
  readonly serviceUrl?: string;
  readonly onEvent: (event: AgentEvent) => void;
  /**
   * Is told of what waits for the owner, and when it waits no longer: of each message until it resolves to true, which is noted then. Over a kill in
   * between it is told again.
   */
  readonly onNotice?: (notice: Notice) => Promise<boolean>;
}

/**
 * Runs until the signal. The directory is held only while something is done, so that the owner's other commands work beside it.
 * Errors: ERR_REVOKED when the owner removed this machine, and what only this machine can mend (its disk, its files).
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { dir, ports, signal, onEvent } = options;
  const { clock } = ports;
  const turn = { dir, purpose: "meshman agent", clock };
  const context = await exclusively(turn, () =>
    AccountContext.open({ dir, ports, ...(options.serviceUrl === undefined ? {} : { serviceUrl: options.serviceUrl }) }),
  );
  let failures = 0;
  let statesAt = Number.NEGATIVE_INFINITY;
  let isReached = false;
  let isLossTold = false;
  let trouble: string | undefined;
  let mentioned = new Set<string>();
  const book = new NoticeBook();
  const note = (): Promise<void> => exclusively(turn, () => book.note(context));
  /** Goes on beside the loop: a program may take its time. */
  const tellAll = async (notices: readonly Notice[]): Promise<void> => {
    await Promise.all(notices.map(async (notice) => book.settle(notice, (await options.onNotice?.(notice)) ?? false)));
    if (notices.length > 0 && !signal.aborted) await note();
  };
  try {
    while (!signal.aborted) {
      try {
        // Whoever waits for a service that hangs must not hold the directory meanwhile.
        if (!isReached) await reach(context, signal);
        const loss = isLossTold ? undefined : await auditLossAt(context);
        isLossTold = true;
        if (loss !== undefined) onEvent({ kind: "failed", reason: lossText(loss) });
        const { events, notices } = await exclusively(turn, async () => {
          await context.refresh();
          const doubts: AgentEvent[] = [];
          const isWhole = clock.monotonic() - statesAt >= statesMs;
          if (isWhole) statesAt = clock.monotonic();
          await syncWhatHolds(
            () => context.sync(isWhole ? {} : { stores: withoutStates }),
            ({ message }) => doubts.push({ kind: "failed", reason: message }),
          );
          const attended = await attend(context, { claim: options.claim ?? true });
          return { events: [...doubts, ...attended], notices: options.onNotice ? await noticesOf(context, book) : [] };
        });
        void tellAll(notices).catch((error: unknown) => untold(context, error));
        mentioned = report(events, mentioned, onEvent);
        await context.wait({ stores: context.keys.administrator ? watched : watchedByMember, seconds: 55, signal, beside: withoutStates });
        // Not before: a service that refuses every wait would have each turn follow the last at once.
        failures = 0;
        isReached = true;
        trouble = undefined;
      } catch (error) {
        if (signal.aborted) break;
        isReached = false;
        const failure = failureOf(context, error);
        if (failure.message !== trouble) onEvent({ kind: distrusted.includes(failure.code) ? "distrusted" : "offline", reason: failure.message });
        trouble = failure.message;
        await pause(backOffMs(failures, ports.random), { clock, signal });
        failures += 1;
      }
    }
    if (options.onNotice) await note().catch((error: unknown) => untold(context, error));
  } catch (error) {
    if (!isMeshError(error, "ERR_REVOKED")) throw error;
    throw await exclusively(turn, () => meetRemoval(context, error));
  } finally {
    await context.close();
  }
}

function lossText(time: string): string {
  return `the service lost a part of its audit before ${time}: what it did with shares of the account's keys in it is told nowhere; see 'meshman account audit'`;
}

/** What was told is told again at the next start. */
function untold({ ports }: AccountContext, error: unknown): void {
  ports.log.warn("notices.unkept", { reason: asMeshError(error).message });
}

/** Errors: those of the service. */
async function reach({ client, address }: AccountContext, signal: AbortSignal): Promise<void> {
  try {
    await client.status({ Account: address, Catalogs: [], Spools: [] }, { signal });
  } catch (error) {
    throw ofOwnAccount(address, error);
  }
}

/** What the turn has closed itself waits for nobody. */
async function noticesOf(context: AccountContext, book: NoticeBook): Promise<readonly Notice[]> {
  await syncWhatHolds(
    () => context.sync({ stores: ["MMM_Inbound"] }),
    ({ code, message }) => context.ports.log.warn("store.doubted", { code, reason: message }),
  );
  return book.take(context);
}

/** Events that every turn has again while nothing changes. */
const lasting: readonly AgentEvent["kind"][] = ["waiting", "asked", "confirm", "alert", "failed"];

/** Tells what lasts once; everything else always. */
function report(events: readonly AgentEvent[], mentioned: ReadonlySet<string>, onEvent: (event: AgentEvent) => void): Set<string> {
  const last = new Set<string>();
  for (const event of events) {
    const lasts = lasting.includes(event.kind);
    const name = `${event.kind} ${event.deviceUdf} ${event.address} ${event.reason}`;
    if (lasts) last.add(name);
    if (!lasts || !mentioned.has(name)) onEvent(event);
  }
  return last;
}

/** What only this machine can mend. All else may pass: the service, a full disk, and whoever answers in the service's place. */
const ofMachine: readonly ErrorCode[] = ["ERR_NO_ACCOUNT", "ERR_CONFIG", "ERR_PERMISSION", "ERR_STORE", "ERR_STORE_DAMAGED", "ERR_INTERNAL"];
/** What an honest service never does, or says unproven. */
const distrusted: readonly ErrorCode[] = ["ERR_FORK", "ERR_ROLLBACK", "ERR_REVOKED"];

/** A failure that the next turn need not have. Errors: the failure itself when it ends the agent. */
function failureOf(context: AccountContext, error: unknown): MeshError {
  if (!(error instanceof MeshError) || ofMachine.includes(error.code)) throw error;
  if (error.code !== "ERR_REVOKED") return error;
  if (removalIn(context, error)) throw error;
  return unprovenRemoval();
}

async function pause(ms: number, { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (reason) {
    if (!signal.aborted) throw reason;
  }
}
