/**
 * Time as the service of the account says it (extensions §7): a hub may start in 1970, and a clock may be set wrong by a day at any moment. The
 * machine's own clock counts while it agrees with the service; otherwise the service's time does, carried on by the monotonic clock. Before the
 * first answer there is only the machine's. The service is believed here as to time and nothing else, and not without bounds: what no clock can
 * show is passed over, and a machine's clock that was ever set is corrected by a year at most, so that no service makes a window or a PIN that
 * ends in an hour end in ten years. A clock that was set back itself would do the same: what machine and service agreed on in earlier runs is noted
 * in the account's directory, and no time is before it. Remote commands have the stricter TrustedTime, which never goes back.
 */
import { join } from "node:path";
import { isReadOnly, readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime, fromDateTime, isPlausibleTime } from "../../base/clock.ts";
import { isMeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, string, struct } from "../../codec/index.ts";

/** Answers carry whole seconds and travel for a while. */
const toleranceMs = 30_000;
const dayMs = 86_400_000;
const mostCorrectionMs = 366 * dayMs;
/** The note is written when it is this much behind. */
const noteEveryMs = 3_600_000;

/** Content of seen-time.json. */
interface SeenTime {
  /** RFC 3339. */
  readonly Seen: string;
}
const SeenTime: Struct<SeenTime> = struct<SeenTime>("SeenTime", { Seen: string });

/** A machine's clock, put right by the service. */
export class ServiceClock implements Clock {
  readonly #machine: Clock;
  readonly #path: string;
  readonly #start: number;
  /** Time that was agreed on in earlier runs, and that is noted. */
  readonly #least: number;
  #noted: number;
  #known: { readonly time: number; readonly at: number } | undefined;

  private constructor(machine: Clock, path: string, least: number) {
    this.#machine = machine;
    this.#path = path;
    this.#start = machine.monotonic();
    this.#least = this.#noted = least;
  }

  /** Opens the clock of an account's directory. Errors: ERR_STORE, ERR_PERMISSION. */
  static async open(dir: string, machine: Clock): Promise<ServiceClock> {
    const path = join(dir, "seen-time.json");
    return new ServiceClock(machine, path, read(await readFileIfExists(path)));
  }

  /** Takes the time of an authenticated answer, in milliseconds since 1970. */
  offer(time: number): void {
    if (isPlausibleTime(time)) this.#known = { time, at: this.#machine.monotonic() };
  }

  now(): number {
    const machine = this.#machine.now();
    const elapsed = this.#machine.monotonic() - this.#start;
    const least = this.#least + elapsed;
    const own = machine < least - dayMs ? least : machine;
    const told = this.#told();
    if (told === undefined) return own;
    const correction = Math.abs(own - told);
    if (correction <= toleranceMs || told < least - dayMs) return own;
    return isPlausibleTime(own) && correction > mostCorrectionMs ? own : told;
  }

  monotonic(): number {
    return this.#machine.monotonic();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#machine.sleep(ms, signal);
  }

  /** Notes what machine and service agree on, once an hour. Nobody else writes the directory meanwhile. Errors: ERR_DISK_FULL, ERR_STORE. */
  async keep(): Promise<void> {
    const [machine, told] = [this.#machine.now(), this.#told()];
    if (told === undefined || Math.abs(machine - told) > dayMs) return;
    const agreed = Math.min(machine, told);
    if (agreed - this.#noted < noteEveryMs) return;
    try {
      await writeFileAtomic(this.#path, encodeObject(SeenTime, { Seen: dateTime(agreed) }));
    } catch (error) {
      if (!isReadOnly(error)) throw error;
    }
    this.#noted = agreed;
  }

  #told(): number | undefined {
    return this.#known && this.#known.time + (this.#machine.monotonic() - this.#known.at);
  }
}

/** A note that is damaged says nothing. */
function read(octets: Uint8Array | undefined): number {
  try {
    const time = octets === undefined ? 0 : fromDateTime(decodeObject(SeenTime, octets).Seen);
    return isPlausibleTime(time) ? time : 0;
  } catch (error) {
    if (isMeshError(error)) return 0;
    throw error;
  }
}
