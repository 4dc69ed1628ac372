/**
 * Space on the disk that is kept: the reserve for accounts that exist, so that new accounts and strangers' messages are refused first; the last of
 * it for what was begun, so that a change which was recorded can be completed.
 */
import type { Clock } from "../../../base/clock.ts";
import { MeshError } from "../../../base/errors.ts";
import { freeOctets } from "../../../base/free-space.ts";
import type { Log } from "../../../base/log.ts";
import type { Limits } from "../../limits.ts";

/** How long one look at the disk is believed. */
const lookMs = 2000;
const mebibyte = 1 << 20;

/** Who wants to write: a newcomer or a stranger, or an account that exists. */
export type Writer = "newcomer" | "account";

const kinds = {
  newcomer: { for: "for its accounts", limit: "reserveOctets" },
  account: { for: "for what was begun", limit: "lastReserveOctets" },
} as const satisfies Record<Writer, { readonly for: string; readonly limit: keyof Limits }>;

/** What is kept, and where. */
export interface DiskReserveOptions {
  readonly dir: string;
  /** Octets that each leaves free. */
  readonly octets: Readonly<Record<Writer, number>>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Watches the free space of one directory's file system. */
export class DiskReserve {
  readonly #options: DiskReserveOptions;
  #free = Number.POSITIVE_INFINITY;
  #looked = Number.NEGATIVE_INFINITY;
  readonly #short = new Set<Writer>();

  constructor(options: DiskReserveOptions) {
    this.#options = options;
  }

  /** Counts what is about to be written. ERR_BUSY while less would be free than is kept; the log says so once each time that it begins. */
  async require(writer: Writer, octets = 0): Promise<void> {
    const { dir, clock, log } = this.#options;
    if (clock.monotonic() - this.#looked >= lookMs) {
      this.#free = await freeOctets(dir);
      this.#looked = clock.monotonic();
    }
    const kept = this.#options.octets[writer];
    if (this.#free - octets >= kept) {
      this.#free -= octets;
      this.#short.delete(writer);
      return;
    }
    if (!this.#short.has(writer)) {
      const remedy = `free space on this disk, or lower it with --limit ${kinds[writer].limit}=OCTETS`;
      log.error("disk.reserve", { dir, refused: writer, freeOctets: this.#free, reserveOctets: kept, remedy });
    }
    this.#short.add(writer);
    throw new MeshError("ERR_BUSY", `the service has less than ${Math.ceil(kept / mebibyte)} MiB of disk left and keeps it ${kinds[writer].for}`, {
      hint: "try again later; whoever runs the service has to free some space",
    });
  }
}
