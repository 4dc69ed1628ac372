/** A hub that is removed while its disk is full: the note finds room where journals and stores were, and the keys go. On a file system of its own. */
import { spawnSync } from "node:child_process";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";

const child = packagePath("test/hub/full-disk-child.ts");
const mayMount = spawnSync("unshare", ["-rm", "true"]).status === 0;

describe("a removal on a full disk", (it) => {
  it(
    "erases the keys all the same",
    () => {
      skipUnless(mayMount, "a mount namespace");
      const dir = tempDirectory();
      const script = 'mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"';
      const command = [process.execPath, ...nodeWords(child), dir];
      const { status, stdout, stderr } = spawnSync("unshare", ["-rm", "sh", "-c", script, dir, ...command], { encoding: "utf8" });
      assert.is(status, 0, stdout + stderr);
      assert.equal(JSON.parse(stdout), {
        errors: ["hub.removed", "hub.removal_not_noted"],
        told: true,
        account: ["removed.json"],
        rooms: ["account"],
      });
    },
    { timeoutMs: 60_000 },
  );
});
