/**
 * Time by which the ends of grants are judged: trusted time, and over a restart none before what an earlier run knew. A service that tells an old time when a hub
 * starts gives no guest and no token another day. What is noted lies no further ahead than a day after the machine's own clock, and is noted while that was ever
 * set: a service that once tells a time far ahead ends nothing for longer. docs/extensions.md §18
 */
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime, fromDateTime, isPlausibleTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { TrustedTime } from "./trusted-time.ts";

/** What it is opened with. */
export interface GrantTimeOptions {
  readonly path: string;
  readonly time: Pick<TrustedTime, "now">;
  /** The machine's own. */
  readonly clock: Clock;
  readonly log: Log;
}

const noteMs = 600_000;
const mostAheadMs = 86_400_000;

/** The time. */
export class GrantTime {
  readonly #options: GrantTimeOptions;
  /** Noted by an earlier run, when this one began. */
  readonly #floor: number | undefined;
  readonly #began: number;
  #noted: number;
  readonly #stopping = new AbortController();
  #noting: Promise<void> | undefined;

  private constructor(options: GrantTimeOptions, floor: number | undefined) {
    this.#options = options;
    this.#floor = floor;
    this.#noted = floor ?? 0;
    this.#began = options.clock.monotonic();
  }

  /** Opens it; a note that is damaged says nothing. Errors: ERR_STORE, ERR_PERMISSION. */
  static async open(options: GrantTimeOptions): Promise<GrantTime> {
    const octets = await readFileIfExists(options.path);
    const floor = octets && noteIn(octets);
    if (octets && floor === undefined) options.log.warn("grant.time.damaged", { path: options.path });
    return new GrantTime(options, floor);
  }

  /** Milliseconds since 1970; undefined before the first answer of the service. */
  now(): number | undefined {
    const now = this.#options.time.now();
    if (now === undefined || this.#floor === undefined) return now;
    return Math.max(now, this.#floor + this.#options.clock.monotonic() - this.#began);
  }

  /** Begins to note it. */
  start(): void {
    this.#noting ??= this.#run();
  }

  /** Notes it a last time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#noting;
    await this.#note();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#options.clock.sleep(noteMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.#note();
    }
  }

  /** A full disk ends nothing: it is tried again. */
  async #note(): Promise<void> {
    const { path, clock, log } = this.#options;
    const [now, own] = [this.now(), clock.now()];
    if (now === undefined || !isPlausibleTime(own)) return;
    const noted = Math.min(now, own + mostAheadMs);
    if (noted <= this.#noted) return;
    try {
      await writeFileAtomic(path, utf8(`${JSON.stringify({ passed: dateTime(noted) })}\n`));
      this.#noted = noted;
    } catch (error) {
      log.warn("grant.time.unnoted", { reason: asMeshError(error).message });
    }
  }
}

function noteIn(octets: Uint8Array): number | undefined {
  try {
    const { passed } = JSON.parse(fromUtf8(octets)) as { readonly passed?: unknown };
    const time = typeof passed === "string" ? fromDateTime(passed) : Number.NaN;
    return isPlausibleTime(time) ? time : undefined;
  } catch {
    return undefined;
  }
}
