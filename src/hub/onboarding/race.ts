/**
 * Tries the peers that may be the device, several at a time, until one proves to be it. An impostor that replays hails can cost time, but
 * never ends the search: what fails is tried again until the deadline, and only then the most telling failure counts.
 */
import type { Clock } from "../../base/clock.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Peer } from "../../transport/medium.ts";
import type { HailWatch } from "./hail-watch.ts";
import { Refusal, StepFailure } from "./step.ts";

const mostAtOnce = 4;

/** A small device answers one handshake in two seconds, and drops what comes sooner without a word: a peer that has failed is left alone for as long. */
const againMs = 2000;

/** What says least about the cause, first. */
const vague: readonly ErrorCode[] = ["ERR_DEVICE_OFFLINE", "ERR_TIMEOUT", "ERR_LINK"];

const keyOf = (peer: Peer): string => `${peer.medium} ${peer.address}`;

/** What is tried, and how long. */
export interface RaceOptions<T> {
  readonly watch: HailWatch;
  /** Must give up what it opened when the signal is aborted. */
  readonly attempt: (peer: Peer, signal: AbortSignal) => Promise<T>;
  readonly timeMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** One that was tried just now in another way, and comes last. */
  readonly tried?: Peer | undefined;
}

/** The first success. Errors: a Refusal, the most telling failure at the deadline, ERR_DEVICE_OFFLINE when no peer was heard, the signal's reason. */
export async function firstOf<T>(options: RaceOptions<T>): Promise<T> {
  const { watch, attempt, timeMs, clock, signal, tried } = options;
  const over = new AbortController();
  const all = AbortSignal.any([over.signal, signal]);
  const running = new Set<string>();
  const failures = new Map<string, number>();
  const failuresOf = (peer: Peer): number => failures.get(keyOf(peer)) ?? 0;
  let worst: unknown;
  try {
    return await new Promise<T>((resolve, reject) => {
      const next = (): void => {
        // Who has failed least goes first, so that a crowd of impostors cannot keep the device waiting.
        for (const peer of [...watch.peers].sort((a, b) => failuresOf(a) - failuresOf(b))) {
          const key = keyOf(peer);
          if (all.aborted || running.has(key) || running.size >= mostAtOnce) continue;
          begin(peer, one(peer));
        }
      };
      const begin = (peer: Peer, trial: Promise<void>): void => {
        running.add(keyOf(peer));
        void trial.finally(() => {
          running.delete(keyOf(peer));
          next();
        });
      };
      const one = async (peer: Peer): Promise<void> => {
        try {
          resolve(await attempt(peer, all));
        } catch (error) {
          if (error instanceof Refusal) reject(error);
          worst = moreTelling(worst, error);
          failures.set(keyOf(peer), failuresOf(peer) + 1);
        }
        await pause();
      };
      const pause = (): Promise<void> => clock.sleep(againMs, all).catch(() => undefined);
      const unlisten = watch.onPeer(next);
      const end = (): void => {
        unlisten();
        reject(all.reason);
      };
      // The signal of the caller lives as long as the hub: nothing is left on it.
      all.addEventListener("abort", end, { once: true });
      clock.sleep(timeMs, all).then(
        () => reject(worst ?? new MeshError("ERR_DEVICE_OFFLINE", "nothing was heard of the device any more")),
        () => undefined,
      );
      if (tried) begin(tried, pause());
      if (signal.aborted) reject(signal.reason);
      else next();
    });
  } finally {
    over.abort(new MeshError("ERR_LINK", "another attempt was faster"));
  }
}

function moreTelling(before: unknown, now: unknown): unknown {
  if (before === undefined) return now;
  return rank(now) >= rank(before) ? now : before;
}

function rank(error: unknown): number {
  const { code } = error instanceof StepFailure ? error.error : asMeshError(error);
  const index = vague.indexOf(code);
  return index < 0 ? vague.length : index;
}
