/**
 * What compilers make for tests, made once for all files of a checkout: in folders of .tmp/made that are named by what goes into them. Files that ask for
 * the same at once wait for each other; what nobody has asked for in a day is removed.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { sha512 } from "../../src/crypto/index.ts";

const dayMs = 86_400_000;

/** Where something is made. */
export interface Room {
  /** What it is called, without what goes into it. */
  readonly name: string;
  /** Folders of the sources, from the root of the package. */
  readonly folders: readonly string[];
  /** The program that compiles: another version of it makes something else. */
  readonly compiler: string;
  /** Its flags. */
  readonly flags?: string;
}

/** The folder for it, as whoever came before has left it. */
export function roomOf({ name, folders, compiler, flags = "" }: Room): string {
  const version = spawnSync(compiler, ["--version"], { encoding: "utf8" }).stdout ?? "";
  const files = folders.flatMap((folder) => readdirSync(packagePath(folder)).map((file) => join(folder, file)));
  const parts = [compiler, version, flags, ...files.sort().flatMap((file) => [file, readFileSync(packagePath(file), "utf8")])];
  const made = packagePath(".tmp", "made");
  const room = join(made, `${name}-${toHex(sha512(utf8(JSON.stringify(parts)))).slice(0, 16)}`);
  mkdirSync(room, { recursive: true });
  const now = systemClock.now();
  utimesSync(room, now / 1000, now / 1000);
  for (const other of readdirSync(made)) {
    const path = join(made, other);
    if (other.startsWith(`${name}-`) && now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > dayMs) rmSync(path, { recursive: true });
  }
  return room;
}

/** Runs `make` for a target while nobody else makes something there. */
export function makeIn(room: string, words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync("flock", [join(room, "lock"), "make", "-s", ...words], { encoding: "utf8" });
}
