/**
 * Opens a session with a device over one peer: in its turn, with several tries, between which it waits as long as a device needs that sleeps or
 * restarts, or until the peer is heard anew. A device that has the deal before is brought the one in force first.
 */
import type { AccountContext } from "../../account/hub.ts";
import { type BackOff, backOffMs } from "../../base/back-off.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { LinkStream } from "../../link/index.ts";
import type { Peer } from "../../transport/medium.ts";
import type { Attempt } from "./attempts.ts";
import type { HandshakeTurns } from "./handshake-turns.ts";
import type { HailMatch, KnownDevice } from "./known-devices.ts";
import type { Live } from "./live-session.ts";
import { deliver, openLinked } from "./open-device.ts";

/** Tries with one peer, between one and sixteen seconds apart: a device answers a handshake every two seconds. */
const tries = 6;
const pauses: BackOff = { firstMs: 1000, mostMs: 16_000 };
/** A peer that is heard anew is tried again after so long: whoever repeats hails must not cost a handshake for each. */
const leastPauseMs = 500;

/** What is needed of the hub. */
export interface ReachOptions {
  readonly account: AccountContext;
  readonly open: (peer: Peer, signal: AbortSignal) => Promise<LinkStream>;
  /** Somebody waits for the peer. */
  readonly hurry: (peer: Peer) => void;
  readonly turns: HandshakeTurns;
  readonly log: Log;
}

/** Whom to reach. */
export interface Reached {
  /** As it is in the account now. */
  readonly device: () => KnownDevice;
  readonly attempt: Attempt;
  readonly deal: HailMatch["deal"];
  readonly signal: AbortSignal;
  /** Another peer has been proven meanwhile. */
  readonly isLinked: () => boolean;
}

/** The session; undefined when the peer was given up. */
export async function reach(options: ReachOptions, reached: Reached): Promise<Live | undefined> {
  const { account, log, turns } = options;
  const { clock, random } = account.ports;
  const { device, attempt, deal, signal, isLinked } = reached;
  const { DealEpoch: epoch } = device().activation;
  for (let tried = 0; tried < tries && !signal.aborted; tried++) {
    try {
      return await turns.take(attempt.peer, signal, () => {
        // Dealt again while it was away: what it hailed with is of the deal before.
        const met = device().activation.DealEpoch === epoch ? deal : "previous";
        return connect(options, { device: device(), peer: attempt.peer, deal: met, signal });
      });
    } catch (error) {
      if (signal.aborted) return undefined;
      const { code, message } = asMeshError(error);
      log.info("device.unreached", { medium: attempt.peer.medium, attempt: tried, code, reason: message });
    }
    const pauseMs = backOffMs(tried, random, pauses);
    await clock.sleep(Math.min(leastPauseMs, pauseMs), signal).catch(() => undefined);
    await attempt.news.sleep(pauseMs - leastPauseMs);
    if (isLinked()) return undefined;
  }
  return undefined;
}

async function connect(
  { account, open, log }: ReachOptions,
  {
    device,
    peer,
    deal,
    signal,
  }: { readonly device: KnownDevice; readonly peer: Peer; readonly deal: HailMatch["deal"]; readonly signal: AbortSignal },
): Promise<Live> {
  const stream = await open(peer, signal);
  const stop = (): void => void stream.close();
  signal.addEventListener("abort", stop, { once: true });
  try {
    let session = await openLinked({ account, device, stream, delivers: deal === "previous", log });
    if (deal === "previous") {
      await deliver(session, device);
      await session.close();
      log.info("device.dealt_again", { epoch: device.activation.DealEpoch });
      session = await openLinked({ account, device, stream, log });
    }
    if (signal.aborted) throw new MeshError("ERR_LINK", "the attempt was given up");
    return { session, stream, peer, ended: new AbortController(), since: account.ports.clock.monotonic(), asked: Number.NEGATIVE_INFINITY };
  } catch (error) {
    await stream.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
