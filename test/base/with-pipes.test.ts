/** What begins another program, in a process that may open nothing more: each says so, as an error that has a remedy, and the process goes on. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../harness/suite.ts";

const source = (...parts: readonly string[]): string => JSON.stringify(packagePath("src", ...parts));
const script = (storage: string): string => `
  import { closeSync, openSync } from "node:fs";
  import { systemClock } from ${source("base", "clock.ts")};
  import { silentLog } from ${source("base", "log.ts")};
  import { matterChild } from ${source("matter", "matter-child.ts")};
  import { makeApart } from ${source("speech", "grammar", "make-apart.ts")};
  import { Helper } from ${source("speech", "recogniser", "helper.ts")};
  import { recordClip } from ${source("speech", "sound", "sound-card.ts")};
  import { RadioChild } from ${source("transport", "ble", "radio-child.ts")};
  import { scannerChild } from ${source("transport", "hid", "scanner-keeper.ts")};
  const listener = { found() {}, said() {}, ended() {} };
  const env = {};
  const ways = {
    grammar: () => makeApart({ things: [] }, { clock: systemClock, stop: new AbortController().signal }),
    recogniser: async () => new Helper(),
    microphone: () => recordClip({ clock: systemClock }),
    matter: async () => matterChild({ port: 0, storage: ${JSON.stringify(storage)}, env, log: silentLog }),
    radio: () => new RadioChild({ package: "@abandonware/noble", dutyPercent: 50, env, log: silentLog }).start(listener),
    scanner: () => scannerChild(env),
  };
  let last;
  try { for (;;) last = openSync("/dev/null", "r"); } catch {}
  // One file at a time can be read, and no pipe made.
  closeSync(last);
  for (const [name, way] of Object.entries(ways)) {
    await way().then(() => console.log(name, "went on"), ({ code, message, hint }) => console.log(name, code, message, "-", hint));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }`;

describe("a child without pipes", (it) => {
  it("is refused with what the machine is short of, wherever one is begun, and ends nobody", () => {
    const dir = tempDirectory();
    const file = join(dir, "full.mts");
    writeFileSync(file, script(dir));
    const said = execFileSync("sh", ["-c", 'ulimit -n 200; exec "$@"', "sh", process.execPath, "--import", "tsx", file], {
      cwd: packagePath(),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const short = "this process may open no more files - raise the limit: 'ulimit -n 4096' in the shell, LimitNOFILE=4096 in a systemd unit";
    assert.equal(said.trim().split("\n"), [
      `grammar ERR_BUSY the grammar of speech is not made: ${short}`,
      ...["recogniser", "microphone", "matter", "radio", "scanner"].map((name) => `${name} ERR_BUSY ${short}`),
    ]);
  });
});
