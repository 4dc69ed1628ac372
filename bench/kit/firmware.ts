/** The firmware in C as a program, for the benches that compare it with the devices in TypeScript. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";

/** Compiles the firmware as its Makefile does for everybody. Throws the compiler's words. */
export function makeFirmware(dir: string): string {
  const program = join(dir, "device");
  const made = spawnSync("make", ["-s", "-C", packagePath("firmware-stubs", "posix"), `BUILD=${dir}`, program], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`the firmware in C does not compile: ${made.stderr || made.error?.message}`);
  return program;
}
