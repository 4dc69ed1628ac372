/** Pipes and devices in the place of files: refused by name, and never waited for. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openAppendFile } from "../../src/base/append-file.ts";
import { readFileIfExists } from "../../src/base/atomic-file.ts";
import { readAtMost } from "../../src/base/bounded-file.ts";
import { Journal } from "../../src/base/journal.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";

describe("files that are none", (it) => {
  it("a pipe, a device or a directory in a state directory is refused", async () => {
    const dir = tempDirectory();
    const pipe = join(dir, "pipe");
    execFileSync("mkfifo", [pipe]);
    const directory = join(dir, "directory");
    mkdirSync(directory);
    for (const path of [pipe, directory, "/dev/zero"]) {
      const { message } = await throwsMesh(readFileIfExists(path), "ERR_STORE");
      assert.ok(message.includes(path), message);
      await throwsMesh(Journal.open({ path }), "ERR_STORE");
      if (path !== directory) await throwsMesh(openAppendFile({ path, create: true }), "ERR_STORE");
    }
    assert.is(await readFileIfExists(join(dir, "absent")), undefined);
    const file = join(dir, "file");
    writeFileSync(file, "there");
    assert.equal(await readFileIfExists(file), new Uint8Array(readFileSync(file)));
  });

  it("what a person names is read up to a bound", async () => {
    const file = join(tempDirectory(), "file");
    for (const size of [0, 1, 4096, 4097, 10_000]) {
      writeFileSync(file, "x".repeat(size));
      assert.is((await readAtMost(file, 10_000)).length, size);
    }
    await throwsMesh(readAtMost(file, 9999), "ERR_TOO_LARGE");
    await throwsMesh(readAtMost("/dev/zero", 100_000), "ERR_TOO_LARGE");
    assert.is((await readAtMost("/dev/null", 10)).length, 0);
  });
});
