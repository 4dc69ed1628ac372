/** The demo's story as a test: real processes on loopback, killed and restarted. What it says is what it has checked itself. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";

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

function commandOf(pid: string): string {
  try {
    return readFileSync(join("/proc", pid, "cmdline"), "utf8").replaceAll("\0", " ");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

describe("scenario: the demo's story", (it) => {
  it(
    "plays from the printed code to the search of the service's disk",
    async () => {
      const begun = performance.now();
      const { status, stdout, stderr } = await run(["--dir", tempDirectory()]);
      assert.is(status, 0, `${stdout.slice(-2000)}\n${stderr}`);
      for (const fact of facts) assert.ok(stdout.includes(fact), fact);
      console.log(`${Math.round((performance.now() - begun) / 1000)} s`);
    },
    { timeoutMs: 600_000 },
  );

  it("refuses a directory that it cannot use, at the start and with a remedy", async () => {
    const used = tempDirectory();
    writeFileSync(join(used, "x"), "");
    const open = tempDirectory();
    chmodSync(open, 0o750);
    for (const [dir, status, said] of [
      [used, 2, /is not empty\nhint: choose a directory/],
      [open, 77, /can be read by others \(mode 750\).*\nhint: run 'chmod 700/],
      ["/proc/mesh-hub-demo", 74, /\/proc/],
      [join(used, "x", "y"), 74, /x is not a directory/],
    ] as const) {
      const ended = await run(["--dir", dir]);
      assert.is(ended.status, status, `${dir}: ${ended.stderr}`);
      assert.match(ended.stderr, said);
      assert.is(ended.stdout, "");
    }
  });

  it(
    "leaves no process behind when it is interrupted, wherever it is",
    async () => {
      for (const moment of ["mesh-service --dir", "meshman --dir alice agent", "mesh-hub run &", "mesh-hub onboard", "meshman --dir phone"]) {
        const dir = tempDirectory();
        const demo = packagePath("dist", "src", "app", "mesh-hub.js");
        const child = spawn(process.execPath, [demo, "demo", "--dir", dir], { stdio: ["ignore", "pipe", "ignore"] });
        const ended = once(child, "exit");
        let told = "";
        await new Promise<void>((resolve) => {
          child.stdout.on("data", (part: Buffer) => {
            told += part.toString("utf8");
            if (told.includes(moment)) resolve();
          });
          child.once("exit", () => resolve());
        });
        child.kill("SIGINT");
        assert.is((await ended)[0], 130, moment);
        const left = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(dir));
        assert.equal(left, [], `${moment}: ${left.map(commandOf).join(" | ")}`);
      }
    },
    { timeoutMs: 600_000 },
  );

  it("leaves the logs that it names where it has failed", async () => {
    const place = tempDirectory();
    const env = { PATH: process.env.PATH, TMPDIR: place };
    const child = spawn(process.execPath, [packagePath("dist", "src", "app", "mesh-hub.js"), "demo"], { env, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (part: Buffer) => {
      said += part.toString("utf8");
    });
    const ended = once(child, "exit");
    const service = (): string | undefined =>
      readdirSync("/proc").find((pid) => /^\d+$/.test(pid) && /mesh-service\.js --dir \S+/.test(commandOf(pid)) && commandOf(pid).includes(place));
    await eventually("its service is there", () => service() !== undefined);
    process.kill(Number(service()), "SIGKILL");
    assert.is.not((await ended)[0], 0);
    const [, dir = ""] = /\nerror: .*\nhint: the logs are in (\S+)\n/.exec(said) ?? [];
    assert.ok(existsSync(join(dir, "service.log")), said);
  });

  it("says what an unknown option is, and leaves nothing behind", async () => {
    const { status, stderr } = await run(["--kepe"]);
    assert.is(status, 2);
    assert.match(stderr, /error: .*--kepe/);
    assert.ok(existsSync(packagePath("dist")));
  });
});
