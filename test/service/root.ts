/**
 * A minimal Debian root to boot: made once with mmdebstrap, kept in a temporary directory, copied for each run.
 * What it lacks is put in by the test: Node and the packed package.
 */
import { spawnSync } from "node:child_process";
import { existsSync, renameSync, rmSync } from "node:fs";

const suite = "bookworm";
const packages = ["systemd", "systemd-sysv", "libstdc++6", "libusb-1.0-0", "udev"];

/** Where the root is kept; not the directory of one run, which is gone afterwards. One that was made of other packages is not taken for it. */
export const cachedRoot = `/var/tmp/mesh-hub-service-root-${suite}-${process.arch}-udev`;

/** What a test that boots a machine needs. */
export const need = "needs root and a Debian mirror";

/** Whether machines can be booted here. */
export function canBoot(): boolean {
  return process.getuid?.() === 0 && existsSync(cachedRoot) && spawnSync("systemd-nspawn", ["--version"]).status === 0;
}

/** Makes the root unless it is there. @returns whether it is there now */
export function makeRoot(): boolean {
  if (existsSync(cachedRoot)) return true;
  if (process.getuid?.() !== 0) return false;
  const fresh = `${cachedRoot}.${process.pid}`;
  const args = ["--quiet", "--variant=minbase", `--include=${packages.join(",")}`, suite, fresh];
  const made = spawnSync("mmdebstrap", args, { stdio: ["ignore", "inherit", "inherit"], timeout: 600_000 }).status === 0;
  if (made && !existsSync(cachedRoot)) renameSync(fresh, cachedRoot);
  rmSync(fresh, { recursive: true, force: true });
  return existsSync(cachedRoot);
}
