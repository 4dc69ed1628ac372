/**
 * The owner's agent: waits at the service and does what the owner has allowed in advance. PIN connections, offers inside an open window,
 * marking devices connected, claims at the makers' services. docs/design.md §3.
 */

import { backOffMs } from "../../base/back-off.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { AccountContext } from "../context/account-context.ts";
import { syncWhatHolds } from "../context/doubt.ts";
import { exclusively } from "../context/exclusive.ts";
import type { Ports } from "../context/ports.ts";
import { meetRemoval } from "../context/removal.ts";
import type { AgentEvent } from "./attend.ts";
import { attend } from "./attend.ts";

const watched = ["MMM_Inbound", "MMM_Local", "MMM_Command", "MMM_Device"] as const;

/** How the agent runs. */
export interface AgentOptions {
  readonly dir: string;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly claim?: boolean;
  readonly serviceUrl?: string;
  readonly onEvent: (event: AgentEvent) => void;
}

/** Runs until the signal. The directory is held only while something is done, so that the owner's other commands work beside it. */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { dir, ports, signal, onEvent } = options;
  const { clock } = ports;
  const turn = { dir, purpose: "meshman agent", clock };
  const context = await exclusively(turn, () =>
    AccountContext.open({ dir, ports, ...(options.serviceUrl === undefined ? {} : { serviceUrl: options.serviceUrl }) }),
  );
  let failures = 0;
  let mentioned = new Set<string>();
  try {
    while (!signal.aborted) {
      try {
        const events = await exclusively(turn, async () => {
          await context.refresh();
          const doubts: AgentEvent[] = [];
          await syncWhatHolds(
            () => context.sync(),
            ({ message }) => doubts.push({ kind: "failed", reason: message }),
          );
          return [...doubts, ...(await attend(context, { claim: options.claim ?? true }))];
        });
        failures = 0;
        mentioned = report(events, mentioned, onEvent);
        await context.wait({ stores: watched, seconds: 55, signal });
      } catch (error) {
        if (signal.aborted) break;
        failures += 1;
        await pauseAfter({ error, failures, ports, signal, onEvent });
      }
    }
  } catch (error) {
    if (!isMeshError(error, "ERR_REVOKED")) throw error;
    throw await exclusively(turn, () => meetRemoval(context, error));
  } finally {
    await context.close();
  }
}

/** Events that every turn has again while nothing changes. */
const lasting: readonly AgentEvent["kind"][] = ["waiting", "failed"];

/** Tells what lasts once; everything else always. */
function report(events: readonly AgentEvent[], mentioned: ReadonlySet<string>, onEvent: (event: AgentEvent) => void): Set<string> {
  const last = new Set<string>();
  for (const event of events) {
    const lasts = lasting.includes(event.kind);
    const name = `${event.kind} ${event.deviceUdf} ${event.reason}`;
    if (lasts) last.add(name);
    if (!lasts || !mentioned.has(name)) onEvent(event);
  }
  return last;
}

/** The service, the disk, and whoever answers in the service's place: all of that may pass. */
const passing = [
  "ERR_SERVICE_UNREACHABLE",
  "ERR_TIMEOUT",
  "ERR_LOCKED",
  "ERR_CONFLICT",
  "ERR_SERVICE_REFUSED",
  "ERR_QUOTA",
  "ERR_BUSY",
  "ERR_DISK_FULL",
  "ERR_VERIFICATION",
  "ERR_KEY",
  "ERR_SCHEMA",
  "ERR_ENCODING",
  "ERR_TOO_LARGE",
] as const;

async function pauseAfter(options: {
  error: unknown;
  failures: number;
  ports: Ports;
  signal: AbortSignal;
  onEvent: (event: AgentEvent) => void;
}): Promise<void> {
  const { error, failures, ports, signal, onEvent } = options;
  if (!(error instanceof MeshError) || !passing.some((code) => code === error.code)) throw error;
  if (failures === 1) onEvent({ kind: "offline", reason: error.message });
  try {
    await ports.clock.sleep(backOffMs(failures, ports.random), signal);
  } catch (reason) {
    if (!signal.aborted) throw reason;
  }
}
