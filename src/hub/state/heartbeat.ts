/** The hub's own entry in MMM_State: says that it lives, and by which CommandEpoch it takes commands (extensions §7). */

import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Rounds } from "../../base/rounds.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Outbox } from "./outbox.ts";

/** What the heartbeat needs. */
export interface HeartbeatOptions {
  readonly hubUdf: string;
  readonly commandEpoch: string;
  readonly outbox: Outbox;
  readonly floor: (deviceUdf: string) => number;
  /** Milliseconds between two while somebody watches, and while nobody does. */
  readonly watchedMs: number;
  readonly idleMs: number;
  readonly isWatched: () => boolean;
  /** Where the audit stands goes with each: what the account was told of, nobody makes anew in the hub's files. */
  readonly audit?: Pick<AuditLog, "end"> | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Queues the hub's entry at the start and from time to time. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #rounds: Rounds;
  #last = Number.NEGATIVE_INFINITY;

  constructor(options: HeartbeatOptions) {
    const { watchedMs, idleMs, clock, log } = options;
    const pauseMs = Math.min(watchedMs, idleMs);
    this.#options = options;
    this.#rounds = new Rounds({
      round: async () => {
        if (this.#isDue()) await this.#beat();
        return pauseMs;
      },
      failed: (error) => {
        log.error("state.heartbeat.failed", { reason: asMeshError(error).message });
        return pauseMs;
      },
      clock,
    });
  }

  start(): void {
    this.#rounds.start();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  #isDue(): boolean {
    const { clock, watchedMs, idleMs, isWatched } = this.#options;
    return clock.monotonic() - this.#last >= (isWatched() ? watchedMs : idleMs);
  }

  #beat(): Promise<void> {
    const { outbox, hubUdf, commandEpoch, floor, audit, clock } = this.#options;
    this.#last = clock.monotonic();
    const now = dateTime(clock.now());
    const end = audit?.end;
    return outbox.put(
      {
        DeviceUdf: hubUdf,
        Updated: now,
        Status: "Online",
        LastContact: now,
        Via: hubUdf,
        CommandEpoch: commandEpoch,
        ...(end ? { AuditCount: end.count, AuditDigest: end.digest } : {}),
      },
      { event: false, floor: floor(hubUdf) },
    );
  }
}
