/**
 * The flash memory of a virtual device: named areas in one directory, written in place like the real thing.
 * A write is not atomic: when power goes in the middle, the area holds the first octets of the new content and nothing of the old.
 * Whoever writes here must keep another valid copy (record.ts). Tests make power fail at any write.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileError } from "../../../src/base/atomic-file.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { readRegularSync } from "../../../src/base/regular-file.ts";

const mostOctets = 1 << 20;

/** What happens when power goes: the process ends, or a test throws. */
export type PowerLost = () => never;

/** Power fails at the `at`-th write from now (1 = the next); `fraction` of its octets (default half) still reach the memory. */
export interface PowerFault {
  readonly at: number;
  readonly fraction?: number;
}

/** Named areas of octets. */
export class Flash {
  readonly #dir: string;
  readonly #powerLost: PowerLost;
  #fault: { left: number; readonly fraction: number } | undefined;
  #dead = false;
  #writes = 0;

  constructor(dir: string, powerLost: PowerLost) {
    this.#dir = dir;
    this.#powerLost = powerLost;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** Writes and erasures since the start. */
  get writes(): number {
    return this.#writes;
  }

  /** Arms a power failure, or disarms it. */
  losePower(fault: PowerFault | undefined): void {
    this.#fault = fault && { left: fault.at, fraction: fault.fraction ?? 0.5 };
  }

  /** Content of an area; undefined when it is empty. Errors: ERR_STORE, ERR_PERMISSION. */
  read(name: string): Uint8Array | undefined {
    try {
      return readRegularSync(join(this.#dir, name), mostOctets);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw fileError(error, `cannot read ${name}`);
    }
  }

  /** Replaces the content of an area; when this returns, the memory holds it. Errors: ERR_STORE, ERR_DISK_FULL, ERR_PERMISSION. */
  write(name: string, octets: Uint8Array): void {
    const failing = this.#next();
    this.#put(name, failing === undefined ? octets : octets.subarray(0, Math.floor(octets.length * failing)));
    if (failing !== undefined) this.#die();
  }

  /** Adds octets to what an area holds. Errors: those of `write`. */
  append(name: string, octets: Uint8Array): void {
    const failing = this.#next();
    this.#put(name, failing === undefined ? octets : octets.subarray(0, Math.floor(octets.length * failing)), "a");
    if (failing !== undefined) this.#die();
  }

  /** Empties an area. */
  erase(name: string): void {
    if (this.read(name) === undefined) return;
    if (this.#next() !== undefined) this.#die();
    try {
      rmSync(join(this.#dir, name), { force: true });
      this.#sync();
    } catch (error) {
      throw fileError(error, `cannot erase ${name}`);
    }
  }

  /** Counts a write; the fraction that gets through when it is the one that fails. */
  #next(): number | undefined {
    if (this.#dead) throw new MeshError("ERR_STORE", "the device has no power");
    this.#writes += 1;
    if (this.#fault === undefined) return undefined;
    this.#fault.left -= 1;
    return this.#fault.left > 0 ? undefined : this.#fault.fraction;
  }

  #die(): never {
    this.#dead = true;
    return this.#powerLost();
  }

  #put(name: string, octets: Uint8Array, how: "w" | "a" = "w"): void {
    try {
      const file = openSync(join(this.#dir, name), how, 0o600);
      try {
        for (let at = 0; at < octets.length; ) at += writeSync(file, octets, at);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      this.#sync();
    } catch (error) {
      throw fileError(error, `cannot write ${name}`);
    }
  }

  /** Names of new areas must survive, too. */
  #sync(): void {
    const directory = openSync(this.#dir, "r");
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }
}
