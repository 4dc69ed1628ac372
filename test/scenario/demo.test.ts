/** The demo's story as a test: real processes on loopback, killed and restarted. What it says is what it has checked itself. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [packagePath("dist", "src", "app", "mesh-hub.js"), "demo", ...args],
      { env: { PATH: process.env.PATH }, maxBuffer: 1 << 24 },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
  });
}

const facts = [
  "found among four",
  "the other two and the impostor are still strangers",
  "the bulb itself says that it is on",
  "the phone sees what was done at the bulb's own switch",
  "switched off from afar",
  "the restarted hub finished the command",
  "without a service the house still obeys",
  "nothing lost, nothing twice",
  "alice's decrypted stores: name, place and value found",
  "the service's disk: none",
];

describe("scenario: the demo's story", (it) => {
  it(
    "plays from the printed code to the search of the service's disk, within a minute",
    async () => {
      const begun = performance.now();
      const { status, stdout, stderr } = await run(["--dir", tempDirectory()]);
      assert.is(status, 0, `${stdout.slice(-2000)}\n${stderr}`);
      for (const fact of facts) assert.ok(stdout.includes(fact), fact);
      assert.ok(performance.now() - begun < 60_000 * (process.env.CI ? 3 : 1.5), "it takes too long");
    },
    { timeoutMs: 200_000 },
  );

  it("says what an unknown option is, and leaves nothing behind", async () => {
    const { status, stderr } = await run(["--kepe"]);
    assert.is(status, 2);
    assert.match(stderr, /error: .*--kepe/);
    assert.ok(existsSync(packagePath("dist")));
  });
});
