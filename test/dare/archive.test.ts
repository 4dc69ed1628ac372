/** Archives: what is stored comes back, no path leads elsewhere, a cut loses one entry. */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { systemRandom as random } from "../../src/base/random.ts";
import { generatePrivateKey } from "../../src/crypto/key.ts";
import * as dare from "../../src/dare/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";

const own = generatePrivateKey("X25519", random);
const sealed = { recipients: [own.public], keys: [own], random };
const fresh = (name = "store.dseq"): string => join(tempDirectory(), name);

describe("archives", (it) => {
  const bad = [
    "",
    "/etc/passwd",
    "\\\\host\\share",
    "..",
    "a/../b",
    "a\\..\\b",
    "C:\\x",
    "c:x",
    "a//b",
    "a/",
    "./a",
    "a\u0000b",
    "a\nb",
    "x".repeat(300),
    "a/".repeat(3000),
    "\ud800",
  ];

  it("store, list, replace, remove and extract", async () => {
    const directory = tempDirectory();
    const archive = await dare.ArchiveFile.open({ path: fresh("x.dare"), create: true, ...sealed });
    const file = join(directory, "file");
    writeFileSync(file, "from the disk");
    await archive.addFile(file, "docs\\readme.txt");
    await archive.add("a.txt", utf8("one"), { modified: "2026-01-02T03:04:05Z" });
    await archive.add("a.txt", utf8("two"), { modified: "2026-01-02T03:04:06Z" });
    await archive.add("gone", utf8("x"));
    await archive.remove("gone");
    await throwsMesh(archive.remove("gone"), "ERR_NOT_FOUND");
    await throwsMesh(archive.extract("gone"), "ERR_NOT_FOUND");
    await throwsMesh(archive.add("big", new Uint8Array(dare.maxArchiveEntry + 1)), "ERR_TOO_LARGE");
    assert.is(fromUtf8(await archive.extract("a.txt")), "two");
    const names: string[] = [];
    for await (const entry of archive.list()) names.push(`${entry.path} ${entry.length}`);
    assert.equal(names, ["docs/readme.txt 13", "a.txt 3"]);
    await archive.verify();
    const out = join(directory, "out");
    assert.equal(await archive.extractAll(out), ["docs/readme.txt", "a.txt"]);
    assert.is(readFileSync(join(out, "docs/readme.txt"), "utf8"), "from the disk");
    assert.is(statSync(join(out, "a.txt")).mtime.toISOString(), "2026-01-02T03:04:06.000Z");
    assert.is(await archive.compact({ path: fresh("y.dare"), ...sealed }), 2);
    await archive.close();
  });

  it("refuse paths that lead elsewhere, links, and what is no file", async () => {
    const directory = tempDirectory();
    const archive = await dare.ArchiveFile.open({ path: fresh("x.dare"), create: true, random });
    for (const path of bad) {
      await throwsMesh(archive.add(path, utf8("x")), "ERR_NAME");
      await throwsMesh(archive.extract(path), "ERR_NAME");
    }
    writeFileSync(join(directory, "file"), "x");
    symlinkSync(join(directory, "file"), join(directory, "link"));
    for (const name of ["link", "."]) await throwsMesh(archive.addFile(join(directory, name), "x"), "ERR_NAME");
    await throwsMesh(archive.addFile(join(directory, "none"), "x"), "ERR_NOT_FOUND");
    await archive.add("dir/file", utf8("x"));
    const out = join(directory, "out");
    mkdirSync(out);
    symlinkSync(directory, join(out, "dir"));
    await throwsMesh(archive.extractAll(out), "ERR_NAME");
    rmSync(join(out, "dir"));
    mkdirSync(join(out, "dir"));
    symlinkSync(join(directory, "elsewhere"), join(out, "dir", "file"));
    await throwsMesh(archive.extractAll(out), "ERR_NAME");
    assert.not(existsSync(join(directory, "elsewhere")));
    await archive.close();
    // What a foreign writer put in is refused at extraction as well.
    const path = fresh("evil.dare");
    const evil = await dare.EntryFile.open({ path, create: true, random, contentType: dare.archiveContentType });
    await evil.append([{ payload: utf8("x"), contentMeta: { UniqueId: "../evil", Event: "New" } }]);
    await evil.close();
    const opened = await dare.ArchiveFile.open({ path, random });
    await throwsMesh(opened.extractAll(out), "ERR_NAME");
    await throwsMesh(opened.verify(), "ERR_NAME");
    assert.not(existsSync(join(directory, "evil")));
    await opened.close();
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const found = dare.archivePath(text);
          assert.ok(join("/r", found).startsWith("/r/") && !found.includes("\\"));
          assert.is(dare.archivePath(found), found);
        } catch (error) {
          assert.is((error as { code?: string }).code, "ERR_NAME");
        }
      }),
    );
  });

  it("lose only the last entry when the file was cut", async () => {
    const path = fresh("x.dare");
    const archive = await dare.ArchiveFile.open({ path, create: true, ...sealed });
    for (const name of ["a", "b", "c"]) await archive.add(name, utf8(name));
    await archive.close();
    truncateSync(path, statSync(path).size - 5);
    const again = await dare.ArchiveFile.open({ path, ...sealed });
    await throwsMesh(again.extract("c"), "ERR_NOT_FOUND");
    assert.is(fromUtf8(await again.extract("b")), "b");
    await again.verify();
    await again.close();
  });
});
