/** The Matter process as mesh-hub-matter.service runs it: behind a socket, for one hub after the other. matter.js itself is not needed here. */
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import type { MatterProcess } from "../../src/matter/keeper.ts";
import type { MatterTold } from "../../src/matter/line.ts";
import { lineOf, readTold } from "../../src/matter/line.ts";
import { matterUnit } from "../../src/matter/matter-unit.ts";
import { Lines } from "../../src/transport/lines.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { nodeWords } from "../kit/node-words.ts";

/** What a process says. */
function heard({ socket }: MatterProcess): MatterTold[] {
  const told: MatterTold[] = [];
  const lines = new Lines((line) => told.push(readTold(line)));
  socket.on("data", (chunk) => lines.read(chunk));
  return told;
}

describe("Matter: a process of its own", (it) => {
  it("is missed by its name while it is not there", async () => {
    const process = matterUnit(join(tempDirectory(), "matter.sock"));
    assert.match(await process.ended, /^mesh-hub-matter is not there .*journalctl -u mesh-hub-matter/);
  });

  it(
    "serves the hub that comes and no second one, keeps to its directory, and ends with the hub",
    async () => {
      const dir = tempDirectory();
      const [path, storage] = [join(dir, "matter.sock"), tempDirectory()];
      writeFileSync(join(dir, "hub.config.json"), "{}");
      const words = ["matter", "serve", "--config", join(dir, "hub.config.json"), path, storage];
      const child = spawn(process.execPath, [...nodeWords(packagePath("src/app/mesh-hub.ts")), ...words], { cwd: storage, stdio: "ignore" });
      onCleanup(() => void child.kill("SIGKILL"));
      const over = new Promise<number | null>((resolve) => child.once("exit", resolve));
      await eventually("it listens", () => existsSync(path) || child.exitCode !== null);
      const first = matterUnit(path);
      const told = heard(first);
      first.socket.write(lineOf({ call: "ping", id: 1 }));
      await eventually("it answers", () => told.length === 1);
      assert.equal(told, [{ tell: "done", id: 1 }]);
      assert.match(await matterUnit(path).ended, /is not there/);
      first.end();
      assert.match(await first.ended, /let go of the hub/);
      assert.is(await over, 0);
      assert.not.ok(existsSync(path));
    },
    { timeoutMs: 300_000 },
  );
});
