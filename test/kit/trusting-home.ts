/** A home directory in which Chromium trusts an authority. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, skipUnless, tempDirectory } from "../harness/suite.ts";

/** Makes one; the test is skipped where there is no certutil. */
export function homeThatTrusts(authority: string): string {
  const home = tempDirectory();
  const store = join(home, ".pki", "nssdb");
  mkdirSync(store, { recursive: true });
  writeFileSync(join(home, "authority.pem"), authority);
  const run = (...words: string[]) => spawnSync("certutil", ["-d", `sql:${store}`, ...words], { encoding: "utf8" });
  skipUnless(run("-N", "--empty-password").status === 0, "needs certutil (libnss3-tools)");
  assert.is(run("-A", "-t", "C,,", "-n", "hub", "-i", join(home, "authority.pem")).status, 0);
  return home;
}
