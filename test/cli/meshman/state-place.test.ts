/** Where meshman keeps its state: never in a directory that depends on where it is called, and readable where nothing can be written. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Readable } from "node:stream";
import { systemClock } from "../../../src/base/clock.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { systemRandom } from "../../../src/base/random.ts";
import { runMeshman } from "../../../src/cli/meshman/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";
import { nodeWords } from "../../kit/node-words.ts";

async function about(env: Readonly<Record<string, string>>, home: string): Promise<{ readonly status: number; readonly text: string }> {
  let text = "";
  const write = (piece: string): unknown => (text += piece);
  const status = await runMeshman(["about"], {
    stdin: Object.assign(Readable.from([]), { isTTY: false }),
    stdout: { write, isTTY: false, columns: 200 },
    stderr: { write, isTTY: false },
    env,
    home,
    clock: systemClock,
    random: systemRandom,
    signal: new AbortController().signal,
  });
  return { status, text };
}

const mayMount = spawnSync("unshare", ["-rm", "true"]).status === 0;

describe("the state directory of meshman", (it) => {
  it("is refused by name when HOME or XDG_CONFIG_HOME is empty or relative", async () => {
    for (const [env, home, message] of [
      [{}, "", "HOME is empty"],
      [{}, "here", 'HOME is not an absolute path: "here"'],
      [{ XDG_CONFIG_HOME: "conf" }, "/home/alice", 'XDG_CONFIG_HOME is not an absolute path: "conf"'],
    ] as const) {
      const { status, text } = await about(env, home);
      assert.is(status, 2, text);
      assert.ok(text.startsWith(`error: ${message}\nhint: `), text);
      assert.match(text, /--dir/);
    }
    for (const [env, home] of [
      [{ MESHMAN_DIR: "here" }, ""],
      [{ XDG_CONFIG_HOME: "/etc/alice" }, ""],
      [{ XDG_CONFIG_HOME: "" }, "/home/alice"],
    ] as const)
      assert.is((await about(env, home)).status, 0);
  });

  it(
    `is read where its file system is read-only, and what writes says so${mayMount ? "" : " (left out: no mount namespace here)"}`,
    async () => {
      if (!mayMount) return;
      const household = await startHousehold();
      onCleanup(() => household.stop());
      const alice = await household.create("alice", "alice@example.com");
      await alice.close();
      const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
      const run = (...words: readonly string[]) => {
        const command = [process.execPath, ...nodeWords(packagePath("src", "app", "meshman.ts")), "--dir", alice.dir, ...words];
        const { status, stdout, stderr } = spawnSync("unshare", ["-rm", "sh", "-c", script, alice.dir, ...command], {
          encoding: "utf8",
          cwd: packagePath(),
          // The service is not asked: it runs in the process that waits here.
          env: { ...process.env, MESH_SERVICE: "http://127.0.0.1:1" },
        });
        return { status, text: stdout + stderr };
      };
      for (const words of [
        ["device", "list", "--no-sync"],
        ["place", "list", "--no-sync"],
        ["device", "list"],
      ]) {
        const { status, text } = run(...words);
        assert.is(status, 0, text);
      }
      const { status, text } = run("account", "status");
      assert.is(status, 69, text);
      assert.match(text, /MMM_Device/);
      const empty = run("--dir", join(alice.dir, "new"), "account", "create", "bob@example.com");
      assert.is(empty.status, 77, empty.text);
      assert.match(empty.text, /read-only.*\nhint: the file system is mounted read-only/);
    },
    { timeoutMs: 240_000 },
  );
});
