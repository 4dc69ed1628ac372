/**
 * Scratch directories of test files. They are in memory where there is room: what a house does it synchronises, thousands of times in a test, and a disk
 * takes milliseconds for each. No test asks whether a disk keeps its word; those of power cuts have a layer of their own that loses what was not synchronised.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { own } from "./abandoned.ts";

const memory = "/dev/shm";
/** Octets for all files that run at once, in the file system and of the machine. */
const least = 4 * 2 ** 30;
/** Machines that are booted have a bound of memory, and what they write there would count. */
const onDisk = ["test/service/"];

/** Makes the directory of a test file. */
export function scratchOf(file: string): string {
  isRoomy ??= process.env.TMPDIR === undefined && takesTests();
  // Sockets are made there, and a socket's path is short: neither place is longer than the other.
  const isInMemory = isRoomy && !onDisk.some((folder) => file.startsWith(folder));
  const dir = isInMemory ? mkdtempSync(join(memory, "mesh-")) : mkdtempSync(join(tmpdir(), "mesh-run-"));
  own(dir);
  return dir;
}

/** Where they are. */
export function scratchPlaces(): readonly string[] {
  return process.env.TMPDIR === undefined ? [memory, tmpdir()] : [tmpdir()];
}

/** Asked once in a run. */
let isRoomy: boolean | undefined;

function takesTests(): boolean {
  let dir: string | undefined;
  try {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize < least || freemem() < least) return false;
    // Programs are compiled there, and run.
    dir = mkdtempSync(join(memory, "mesh-"));
    const script = join(dir, "may-run");
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o700 });
    return spawnSync(script).status === 0;
  } catch {
    // There is none, or not for this user.
    return false;
  } finally {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  }
}
