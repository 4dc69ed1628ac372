/**
 * Until when this hub may give orders that carry a risk (extensions §4): as its ConnectionHub says, and 90 days from each authenticated Status
 * of the service that shows it as active. Judged by trusted time; while there is none, by the last time that was known and the hours that the
 * hub has run since. After it a house goes on with what carries no risk. This is no protection against a thief, who can bring the hub to a
 * service or stop its clock: it ends what a forgotten hub may do.
 */
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime, fromDateTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, optional, string, struct } from "../../codec/index.ts";
import type { Standing } from "./principal.ts";
import type { TrustedTime } from "./trusted-time.ts";

interface RenewalFile {
  /** RFC 3339. */
  readonly Until?: string;
  /** Last time that was known, carried on while the hub runs. */
  readonly Seen?: string;
}
const RenewalFile: Struct<RenewalFile> = struct<RenewalFile>("HubRenewal", { Until: optional(string), Seen: optional(string) });

/** How long it stands, for status and log. */
export interface RenewalStatus {
  /** Milliseconds since 1970; undefined before the first answer of the service to a hub that was connected without a limit. */
  readonly until?: number;
  readonly warning?: string;
}

/** What a renewal starts with. */
export interface RenewalOptions {
  readonly path: string;
  /** NotOnOrAfter of the hub's own ConnectionHub, in milliseconds since 1970. */
  readonly granted?: number;
  readonly time: TrustedTime;
  readonly clock: Clock;
  readonly log: Log;
  /** Told when the file cannot be read. */
  readonly onDamage?: (damage: MeshError) => void;
}

const dayMs = 86_400_000;
/** How long an authenticated Status renews it for. */
export const renewalMs = 90 * dayMs;
const warnDays = [30, 7, 0] as const;
/** The file is written when it is this much behind: a hub that is switched off loses so much of its hours. */
const noteEveryMs = 3_600_000;

/** The time limit of one hub. */
export class Renewal {
  readonly #options: RenewalOptions;
  readonly #writing = new Mutex();
  readonly #started: number;
  #until: number | undefined;
  /** Last known time of earlier runs. */
  readonly #seen: number;
  #noted: { readonly until: number | undefined; readonly now: number };
  /** The step of warnDays that the log has been told of. */
  #warned: number | undefined;

  private constructor(options: RenewalOptions, file: RenewalFile) {
    this.#options = options;
    this.#started = options.clock.monotonic();
    this.#seen = timeOf(file.Seen) ?? 0;
    const until = timeOf(file.Until);
    this.#until = until === undefined ? options.granted : Math.max(until, options.granted ?? 0);
    this.#noted = { until, now: this.#seen };
  }

  /** Opens the limit of a hub; a file that cannot be read is kept aside and leaves what the owner granted. Errors: ERR_PERMISSION, ERR_STORE. */
  static async open(options: RenewalOptions): Promise<Renewal> {
    const octets = await readFileIfExists(options.path);
    return new Renewal(options, octets === undefined ? {} : await read(octets, options));
  }

  /** "lapsed" when the limit is over: then nothing that carries a risk is ordered. */
  standing(): Standing {
    return this.#until === undefined || this.#now() < this.#until ? "good" : "lapsed";
  }

  status(): RenewalStatus {
    if (this.#until === undefined) return {};
    const warning = this.#warning();
    return { until: this.#until, ...(warning === undefined ? {} : { warning }) };
  }

  /** The service has shown this hub as active, in an authenticated Status. Resolves when it is on the disk, where that is due. */
  async renew(): Promise<void> {
    const now = this.#options.time.now();
    if (now === undefined) return;
    this.#until = Math.max(this.#until ?? 0, now + renewalMs);
    this.#warned = undefined;
    await this.#note();
  }

  /** Carries time on and tells the log what is due; to be called now and then, with the service or without. */
  async check(): Promise<void> {
    const { log } = this.#options;
    const step = this.#step();
    if (step !== undefined && (this.#warned === undefined || step < this.#warned)) {
      this.#warned = step;
      log.warn("hub.renewal", { until: dateTime(this.#until ?? 0), reason: this.#warning() ?? "" });
    }
    await this.#note();
  }

  #now(): number {
    const { time, clock } = this.#options;
    return time.now() ?? this.#seen + (clock.monotonic() - this.#started);
  }

  #daysLeft(): number | undefined {
    return this.#until === undefined ? undefined : (this.#until - this.#now()) / dayMs;
  }

  /** The smallest of warnDays that is reached. */
  #step(): number | undefined {
    const left = this.#daysLeft();
    return left === undefined ? undefined : warnDays.findLast((days) => left <= days);
  }

  #warning(): string | undefined {
    const left = this.#daysLeft();
    if (left === undefined || this.#step() === undefined) return undefined;
    if (left <= 0) return "the service has not been reached for 90 days: locks, covers, alarms and heat are not commanded until it is";
    return `the service has to be reached within ${Math.ceil(left)} days, or locks, covers, alarms and heat are not commanded any more`;
  }

  async #note(): Promise<void> {
    const now = this.#now();
    const { until } = this.#noted;
    const isBehind = now - this.#noted.now >= noteEveryMs || (this.#until ?? 0) - (until ?? 0) >= noteEveryMs;
    if (!isBehind || now <= 0) return;
    const before = this.#noted;
    this.#noted = { until: this.#until, now };
    const file: RenewalFile = { ...(this.#until === undefined ? {} : { Until: dateTime(this.#until) }), Seen: dateTime(now) };
    try {
      await this.#writing.run(() => writeFileAtomic(this.#options.path, encodeObject(RenewalFile, file)));
    } catch (error) {
      this.#noted = before;
      this.#options.log.warn("hub.renewal_not_kept", { reason: asMeshError(error).message });
    }
  }
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = fromDateTime(text);
  return Number.isFinite(time) ? time : undefined;
}

async function read(octets: Uint8Array, { path, log, onDamage }: RenewalOptions): Promise<RenewalFile> {
  try {
    return decodeObject(RenewalFile, octets);
  } catch (error) {
    const reason = asMeshError(error).message;
    log.warn("hub.renewal_unreadable", { reason });
    onDamage?.(
      new MeshError("ERR_STORE_DAMAGED", `${path} cannot be read: ${reason}; until the service is heard the limit is the one that was granted`),
    );
    const place = keptPlace(path);
    if (place !== undefined) await moveAside(path, place);
    return {};
  }
}
