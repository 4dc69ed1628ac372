/**
 * The owner's agent: waits at the service and does what the owner has allowed in advance. PIN connections, offers inside an open window,
 * marking devices connected, claims at the makers' services. docs/design.md §3.
 */

import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { backOffMs } from "../../base/back-off.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { acceptByPin } from "../connect/pending-connection.ts";
import { AccountContext } from "../context/account-context.ts";
import { exclusively } from "../context/exclusive.ts";
import type { Ports } from "../context/ports.ts";
import { processAccepts } from "../device/accept.ts";
import { postClaims } from "../device/claim.ts";
import { acceptOffer, pendingOffers } from "../device/offer.ts";
import { dealToHub } from "../device/successor.ts";
import { currentWindow, fitsWindow } from "./window.ts";

/** Something the agent did. */
export interface AgentEvent {
  readonly kind: "connected" | "accepted" | "registered" | "released" | "dealt" | "claimed" | "waiting" | "offline";
  readonly deviceUdf?: string;
  readonly name?: string;
  readonly reason?: string;
}

const watched = ["MMM_Inbound", "MMM_Local", "MMM_Command", "MMM_Device"] as const;
const cursorPath = (dir: string): string => join(dir, "agent.cursor");

async function readCursor(dir: string): Promise<number> {
  const octets = await readFileIfExists(cursorPath(dir));
  const cursor = octets ? Number(fromUtf8(octets)) : 0;
  return Number.isSafeInteger(cursor) && cursor > 0 ? cursor : 0;
}

/**
 * Does everything that is open now. The caller holds the directory and has synchronised.
 * @param options.claim post claims at makers' services
 */
export async function attend(context: AccountContext, options: { readonly claim: boolean }): Promise<readonly AgentEvent[]> {
  const { dir, ports } = context;
  const events: AgentEvent[] = [];
  for (const device of await acceptByPin(context)) {
    events.push({ kind: "connected", deviceUdf: device.DeviceUdf, ...(device.LocalName === undefined ? {} : { name: device.LocalName }) });
    if (context.directory.find(device.DeviceUdf)?.connection.Roles.includes("hub")) {
      for (const udf of await dealToHub(context, device.DeviceUdf)) events.push({ kind: "dealt", deviceUdf: udf });
    }
  }
  const window = await currentWindow(dir, ports);
  for (const offer of await pendingOffers(context)) {
    const name = offer.offer.LocalName ?? offer.device.description.Model;
    if (!window || !fitsWindow(window, offer)) {
      events.push({ kind: "waiting", deviceUdf: offer.device.deviceUdf, name });
      continue;
    }
    try {
      await acceptOffer(context, offer);
      events.push({ kind: "accepted", deviceUdf: offer.device.deviceUdf, name });
    } catch (error) {
      if (!isMeshError(error, "ERR_NOT_FOUND") && !isMeshError(error, "ERR_AMBIGUOUS")) throw error;
      events.push({ kind: "waiting", deviceUdf: offer.device.deviceUdf, name, reason: error.message });
    }
  }
  const { processed, next } = await processAccepts(context, await readCursor(dir));
  for (const { deviceUdf, kind } of processed) events.push({ kind: kind === "connected" ? "registered" : "released", deviceUdf });
  await writeFileAtomic(cursorPath(dir), utf8(String(next)));
  if (options.claim) for (const deviceUdf of await postClaims(context)) events.push({ kind: "claimed", deviceUdf });
  return events;
}

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
          await context.sync();
          return attend(context, { claim: options.claim ?? true });
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
  } finally {
    await context.close();
  }
}

/** Tells each waiting offer once; everything else always. */
function report(events: readonly AgentEvent[], mentioned: ReadonlySet<string>, onEvent: (event: AgentEvent) => void): Set<string> {
  const waiting = new Set<string>();
  for (const event of events) {
    const name = `${event.deviceUdf} ${event.reason}`;
    if (event.kind === "waiting") waiting.add(name);
    if (event.kind !== "waiting" || !mentioned.has(name)) onEvent(event);
  }
  return waiting;
}

const passing = ["ERR_SERVICE_UNREACHABLE", "ERR_TIMEOUT", "ERR_LOCKED", "ERR_CONFLICT", "ERR_SERVICE_REFUSED"] as const;

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
