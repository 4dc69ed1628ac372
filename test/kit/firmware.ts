/** The firmware in C as a process (firmware-stubs/posix), made once for all files that ask for the same flags. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { makeIn, roomOf } from "./made-once.ts";

/** Sanitizers of gcc. */
export const sanitizers = "-fsanitize=address,undefined -fno-sanitize-recover=all";

/** What is missing to make it; undefined when nothing is. */
export function missingForFirmware(): string | undefined {
  const has = spawnSync("sh", ["-c", "command -v cc && command -v make && command -v flock"]).status === 0 && existsSync("/usr/include/sodium.h");
  return has ? undefined : "needs a C compiler, make and libsodium-dev";
}

/** How a program of it is made. */
export interface FirmwareOptions {
  readonly target?: "device" | "boot";
  /** Further flags of the compiler, of all its parts. */
  readonly flags?: string;
  /** For a program that takes updates: where it goes, since it is of a version and a maker, and further flags of the linker. */
  readonly own?: { readonly program: string; readonly version: number; readonly maker: string; readonly link?: string };
}

/** Path of a program. Throws the compiler's words. */
export function makeFirmware({ target = "device", flags = "", own }: FirmwareOptions = {}): string {
  const folders = ["posix", "common", "devices"].map((name) => join("firmware-stubs", name));
  const room = roomOf({ name: "posix", folders, compiler: "cc", flags });
  const words = own ? [`DEVICE=${own.program}`, `VERSION=${own.version}`, `MAKER=${own.maker}`, `LINK=${own.link ?? ""}`] : [];
  const program = own?.program ?? join(room, target);
  const made = makeIn(room, ["-C", packagePath("firmware-stubs", "posix"), `BUILD=${room}`, `SANITIZE=${flags}`, ...words, program]);
  if (made.status !== 0) throw new Error(made.stderr);
  return program;
}
