/** Space on the disk that is kept for accounts that exist: new accounts and strangers' messages are refused first. */
import { statfs } from "node:fs/promises";
import { fileError } from "../../../base/atomic-file.ts";
import type { Clock } from "../../../base/clock.ts";
import { MeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";

/** How long one look at the disk is believed. */
const lookMs = 2000;
const mebibyte = 1 << 20;

/** Watches the free space of one directory's file system. */
export class DiskReserve {
  readonly #options: { readonly dir: string; readonly octets: number; readonly clock: Clock; readonly log: Log };
  #free = Number.POSITIVE_INFINITY;
  #looked = Number.NEGATIVE_INFINITY;
  #isShort = false;

  constructor(options: { readonly dir: string; readonly octets: number; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
  }

  /** ERR_BUSY while less is free than is kept; the log says so once each time that it begins. */
  async require(): Promise<void> {
    const { dir, octets, clock, log } = this.#options;
    if (clock.monotonic() - this.#looked >= lookMs) {
      this.#free = await freeOctets(dir);
      this.#looked = clock.monotonic();
    }
    const isShort = this.#free < octets;
    if (isShort && !this.#isShort) {
      log.error("disk.reserve", { dir, freeOctets: this.#free, reserveOctets: octets, remedy: "free space on this disk, or lower --reserve" });
    }
    this.#isShort = isShort;
    if (isShort) {
      throw new MeshError("ERR_BUSY", `the service has less than ${Math.ceil(octets / mebibyte)} MiB of disk left and keeps it for its accounts`, {
        hint: "try again later; whoever runs the service has to free some space",
      });
    }
  }
}

async function freeOctets(dir: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  } catch (error) {
    throw fileError(error, `cannot look at the disk of ${dir}`);
  }
}
