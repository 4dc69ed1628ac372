/** The hub's own entry in MMM_State: says that it lives, and by which CommandEpoch it takes commands (extensions §7). */

import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Wake } from "../../base/wake.ts";
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
  readonly #wake: Wake;
  #loop: Promise<void> | undefined;
  #stopped = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#wake = new Wake(options.clock);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.ring();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, watchedMs, idleMs, isWatched, log } = this.#options;
    let last = Number.NEGATIVE_INFINITY;
    while (!this.#stopped) {
      if (clock.monotonic() - last >= (isWatched() ? watchedMs : idleMs)) {
        last = clock.monotonic();
        try {
          await this.#beat();
        } catch (error) {
          log.error("state.heartbeat.failed", { reason: asMeshError(error).message });
        }
      }
      if (!this.#stopped) await this.#wake.sleep(Math.min(watchedMs, idleMs));
    }
  }

  #beat(): Promise<void> {
    const { outbox, hubUdf, commandEpoch, floor, audit, clock } = this.#options;
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
