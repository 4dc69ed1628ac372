import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../src/base/atomic-file.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";

describe("atomic file", (it) => {
  it("creates and replaces, mode 0600 unless told, leaving nothing beside it", async () => {
    const folder = tempDirectory();
    const path = join(folder, "a");
    assert.is(await readFileIfExists(path), undefined);
    await writeFileAtomic(path, utf8("one"));
    assert.is(statSync(path).mode & 0o777, 0o600);
    await writeFileAtomic(path, utf8("two"), { mode: 0o644 });
    assert.is(statSync(path).mode & 0o777, 0o644);
    assert.equal(await readFileIfExists(path), utf8("two"));
    assert.equal(readdirSync(folder), ["a"]);
  });

  it("does not reuse what a crash left, nor follow a link there", async () => {
    const folder = tempDirectory();
    const path = join(folder, "a");
    writeFileSync(join(folder, "victim"), "untouched");
    symlinkSync(join(folder, "victim"), `${path}.new`);
    await writeFileAtomic(path, utf8("one"));
    assert.is(readFileSync(join(folder, "victim"), "utf8"), "untouched");
    writeFileSync(`${path}.new`, "leftover");
    chmodSync(`${path}.new`, 0o666);
    await writeFileAtomic(path, utf8("two"));
    assert.is(statSync(path).mode & 0o777, 0o600);
  });

  it("takes turns", async () => {
    const path = join(tempDirectory(), "a");
    await Promise.all(Array.from({ length: 20 }, (_, n) => writeFileAtomic(path, utf8(`${n}`))));
    assert.is(readFileSync(path, "utf8"), "19");
  });

  it("names the file in its errors", async () => {
    const folder = tempDirectory();
    assert.match((await throwsMesh(writeFileAtomic(join(folder, "no", "a"), utf8("x")), "ERR_STORE")).message, /no\/a/);
    mkdirSync(join(folder, "d"));
    assert.match((await throwsMesh(readFileIfExists(join(folder, "d")), "ERR_STORE")).message, /\/d/);
  });

  it("is whole after kill -9 at any moment", async () => {
    const folder = tempDirectory();
    const path = join(folder, "a");
    const program = join(folder, "writer.mts");
    writeFileSync(
      program,
      `import { writeFileAtomic } from ${JSON.stringify(resolve("src/base/atomic-file.ts"))};
       for (let n = 0; ; n++) {
         await writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(100_000).fill(n % 256));
         if (n === 0) process.stdout.write("started");
       }`,
    );
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, nodeWords(program), { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      setTimeout(() => child.kill("SIGKILL"), 7 * round + 3);
      await once(child, "exit");
      const octets = readFileSync(path);
      assert.is(octets.length, 100_000);
      assert.ok(octets.every((octet) => octet === octets[0]));
    }
  });
});
