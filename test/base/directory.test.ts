import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "../../src/base/directory.ts";
import { assert, describe, skipUnless, tempDirectory, throwsMesh } from "../harness/suite.ts";

describe("directory", (it) => {
  it("is made with those above it, for its owner alone, and named from where the new part begins", async () => {
    const folder = tempDirectory();
    assert.is(await makeDirectory(join(folder, "a", "b", "c")), join(folder, "a"));
    for (const path of ["a", "a/b", "a/b/c"]) assert.is(statSync(join(folder, path)).mode & 0o777, 0o700);
    assert.is(await makeDirectory(join(folder, "a", "b", "c")), undefined);
    assert.is(await makeDirectory(join(folder, "a", "b", "d")), join(folder, "a", "b", "d"));
  });

  it("stays as it is when it is there", async () => {
    const folder = join(tempDirectory(), "open");
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    await makeDirectory(folder);
    assert.is(statSync(folder).mode & 0o777, 0o755);
  });

  it("may be asked for by many at once", async () => {
    const path = join(tempDirectory(), "a", "b");
    await Promise.all(Array.from({ length: 16 }, () => makeDirectory(path)));
    assert.ok(existsSync(path));
  });

  it(
    "cannot be made where nothing can be made, and says so at once",
    async () => {
      skipUnless(existsSync("/proc/self"), "a /proc file system");
      for (const path of ["/proc/x", "/proc/x/y/z"]) {
        assert.match((await throwsMesh(makeDirectory(path), "ERR_STORE")).message, /\/proc/);
      }
    },
    { timeoutMs: 5000 },
  );

  it("names what stands in the way", async () => {
    const folder = tempDirectory();
    writeFileSync(join(folder, "file"), "");
    for (const path of ["file", "file/below"]) {
      assert.match((await throwsMesh(makeDirectory(join(folder, path)), "ERR_STORE")).message, /\/file is not a directory/);
    }
    symlinkSync(join(folder, "nowhere"), join(folder, "link"));
    assert.match((await throwsMesh(makeDirectory(join(folder, "link")), "ERR_STORE")).message, /\/link/);
  });

  it("is made by this function everywhere: Node's own recursion can go on for ever", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const loose = files.filter((file) => /\bmkdir\(.*recursive: true/.test(readFileSync(join("src", file), "utf8")));
    assert.equal(loose, []);
  });
});
