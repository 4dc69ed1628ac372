/** `meshman dare create`, `archive`, `append`, `log`, `dir`, `list`, `index`, `extract`, `delete`, `copy`: whole lives of archives, and hostile ones. */
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../../../src/base/bytes.ts";
import { systemClock } from "../../../../src/base/clock.ts";
import { packagePath } from "../../../../src/base/package-root.ts";
import { systemRandom as random } from "../../../../src/base/random.ts";
import { encodeFrame, firstFrame, sealNext, TreeFrontier } from "../../../../src/dare/index.ts";
import { assert, describe, tempDirectory } from "../../../harness/suite.ts";
import { machine } from "../../../kit/meshman-terminal.ts";
import { runProgram, startProgram } from "../../../kit/program.ts";

/** An archive with entries of these names, as an attacker writes it. */
function forge(path: string, names: readonly string[]): void {
  const first = firstFrame({ contentType: "application/dare-archive" });
  const frontier = new TreeFrontier(0, [], { containerType: "Merkle" });
  frontier.push(first.treeDigest, first.chainDigest);
  const frames = names.map((name) => sealNext(frontier, { payload: utf8(`in ${name}`), contentMeta: { UniqueId: name, Event: "New" }, random }));
  writeFileSync(path, Buffer.concat([first, ...frames].map((frame) => encodeFrame(frame))));
}

describe("meshman dare: archives", (it) => {
  const root = tempDirectory();
  const desk = machine(join(root, "none"), "http://127.0.0.1:1");
  const file = (name: string): string => join(root, name);
  const content = Buffer.from(random.bytes(50_000));
  mkdirSync(file("tree/deep"), { recursive: true });
  writeFileSync(file("tree/a.bin"), content);
  writeFileSync(file("tree/deep/b.txt"), "b");
  symlinkSync("/etc/passwd", file("tree/link"));
  const namesIn = async (archive: string): Promise<string[]> =>
    (await desk.json("dare", "dir", file(archive))).entries.map(({ id }: { id: string }) => id);

  it("takes a directory in and gives it back, with times and without links", async () => {
    const made = await desk.run(["dare", "archive", file("tree"), "--out", file("t.dare")]);
    assert.is(made.status, 0, made.stderr);
    assert.is(made.stdout, `File: ${file("t.dare")}\nFiles: 2\n`);
    assert.match(made.stderr, /link is a link or a special file, and was left out/);
    assert.equal(await namesIn("t.dare"), ["a.bin", "deep/b.txt"]);
    assert.is(await desk.does("dare", "extract", file("t.dare"), file("back")), "a.bin\ndeep/b.txt\n");
    assert.ok(readFileSync(file("back/a.bin")).equals(content));
    assert.ok(Math.abs(statSync(file("back/a.bin")).mtimeMs - statSync(file("tree/a.bin")).mtimeMs) <= 2);
    assert.match(await desk.fails(73, "dare", "extract", file("t.dare"), file("back")), /exists already\nhint: .*--force/);
    await desk.does("dare", "extract", file("t.dare"), file("back"), "--force");
    assert.match(await desk.fails(73, "dare", "archive", file("tree"), "--out", file("t.dare")), /exists already/);
    assert.equal(
      readdirSync(root).filter((name) => name.startsWith("t.dare")),
      ["t.dare"],
    );
  });

  it("replaces, deletes, lists every record, verifies, and leaves the dead behind in a copy", async () => {
    writeFileSync(file("a.bin"), "newer");
    assert.match(await desk.does("dare", "append", file("t.dare"), file("a.bin")), /^a.bin\t\d+\n$/);
    await desk.does("dare", "append", file("t.dare"), file("a.bin"), "--id", "deep/c.bin");
    await desk.does("dare", "delete", file("t.dare"), "deep/b.txt");
    await desk.does("dare", "index", file("t.dare"));
    assert.equal(await namesIn("t.dare"), ["a.bin", "deep/c.bin"]);
    assert.is((await desk.does("dare", "extract", file("t.dare"), "--file", "a.bin", file("one"))).trim(), `File: ${file("one")}`);
    assert.is(readFileSync(file("one"), "utf8"), "newer");
    assert.ok(runProgram(["dare", "extract", "t.dare", "-", "--record", "1"], { cwd: root }).stdout.equals(content));
    const { records } = await desk.json("dare", "list", file("t.dare"));
    const events = records.map(({ event }: { event: string }) => event);
    assert.equal(events, ["Sequence", "New", "New", "Index", "Update", "New", "Delete", "Index"]);
    await desk.does("dare", "list", file("t.dare"), file("report"));
    assert.is(readFileSync(file("report"), "utf8").split("\n").length, 9);
    const verified = await desk.json("dare", "verify", file("t.dare"));
    assert.equal([verified.type, verified.entries, verified.evidence], ["Merkle", 7, "chained"]);
    assert.is((await desk.does("dare", "digest", file("t.dare"))).trim(), verified.digest);
    await desk.does("dare", "copy", file("t.dare"), file("copy.dare"), "--no-index");
    assert.is((await desk.json("dare", "verify", file("copy.dare"))).entries, 2);
    assert.ok(!readFileSync(file("copy.dare")).includes(content.subarray(0, 64)));
    await desk.does("dare", "copy", file("t.dare"), file("all.dare"), "--no-purge", "--type", "chain");
    const all = await desk.json("dare", "verify", file("all.dare"));
    assert.equal([all.type, all.entries], ["Chain", 6]);
    for (const words of [
      ["delete", file("t.dare"), "deep/b.txt"],
      ["extract", file("t.dare"), "--file", "nosuch"],
      ["dir", file("missing")],
    ])
      await desk.fails(66, "dare", ...words);
  });

  it("keeps what is under a key from everybody else, and does not fall back to clear", async () => {
    writeFileSync(file("key"), (await desk.json("key", "secret")).key);
    const key = ["--key-file", file("key")];
    await desk.does("dare", "archive", file("tree"), "--out", file("s.dare"), ...key);
    assert.ok(!readFileSync(file("s.dare")).includes(content.subarray(0, 64)));
    assert.match(await desk.fails(77, "dare", "extract", file("s.dare"), file("stolen")), /sealed to EBQ/);
    assert.equal(existsSync(file("stolen")) ? readdirSync(file("stolen")) : [], []);
    assert.match(await desk.fails(77, "dare", "append", file("s.dare"), file("a.bin")), /encrypted under a key\nhint: give it by --key-file/);
    await desk.does("dare", "append", file("s.dare"), file("a.bin"), ...key);
    await desk.does("dare", "extract", file("s.dare"), file("opened"), ...key);
    assert.is(readFileSync(file("opened/a.bin"), "utf8"), "newer");
    assert.match(await desk.does("dare", "verify", file("s.dare")), /^Encrypted: 3 \(no key of 3 is here\)$/m);
    assert.match(await desk.fails(77, "dare", "copy", file("s.dare"), file("clear.dare"), "--decrypt"), /sealed to/);
    await desk.does("dare", "copy", file("s.dare"), file("clear.dare"), "--decrypt", ...key);
    await desk.does("dare", "extract", file("clear.dare"), file("cleared"));
    await desk.does("dare", "copy", file("s.dare"), file("closed.dare"), ...key);
    assert.match(await desk.does("dare", "verify", file("closed.dare")), /no key of 2 is here/);
  });

  it("makes every type, keeps logs, and reads them back", async () => {
    for (const type of ["plain", "digest", "chain", "tree", "merkel"]) {
      await desk.does("dare", "create", file(`${type}.log`), "--log", `/${type}`);
      await desk.does("dare", "log", file(`${type}.log`), "first");
      assert.is((await desk.run(["dare", "log", file(`${type}.log`), "-"], { typed: "second" })).stdout, "2\n");
      assert.is(runProgram(["dare", "extract", `${type}.log`, "-", "--record", "2"], { cwd: root }).stdout.toString(), "second");
    }
    assert.is((await desk.json("dare", "verify", file("plain.log"))).evidence, "none");
    assert.match(await desk.fails(65, "dare", "digest", file("plain.log")), /no digest of the whole/);
    assert.match(await desk.fails(66, "dare", "log", file("missing.log"), "x"), /no file/);
    assert.match(await desk.fails(2, "dare", "create", file("x"), "--type", "heap"), /no one type/);
  });

  it("lets no hostile name out of the directory, and writes nothing before all are judged", async () => {
    for (const name of ["../up", "/abs", "a/../../up", "C:\\x", "a\u0000b", "a\nb", "", ".", "x/./y", "\\\\server\\x"]) {
      forge(file("evil.dare"), ["good", name]);
      assert.match(await desk.fails(65, "dare", "extract", file("evil.dare"), file("evil")), /^error: path /, JSON.stringify(name));
      assert.not.ok(existsSync(file("evil")), JSON.stringify(name));
      const seen = await desk.run(["dare", "dir", file("evil.dare")]);
      assert.is(seen.stdout.trim().split("\n").length, 2, "a name makes no line of its own");
    }
    mkdirSync(file("trap"));
    symlinkSync(file("tree"), file("trap/sub"));
    forge(file("through.dare"), ["sub/planted"]);
    assert.match(await desk.fails(65, "dare", "extract", file("through.dare"), file("trap")), /is not a directory/);
    assert.not.ok(existsSync(file("tree/planted")));
    symlinkSync(file("tree/a.bin"), file("trap/leaf"));
    forge(file("leaf.dare"), ["leaf"]);
    assert.match(await desk.fails(65, "dare", "extract", file("leaf.dare"), file("trap"), "--force"), /is a link/);
    forge(file("twice.dare"), ["Name", "name", "Name"]);
    await desk.does("dare", "extract", file("twice.dare"), file("cased"));
    assert.equal(readdirSync(file("cased")).sort(), ["Name", "name"]);
    assert.match(await desk.fails(65, "dare", "extract", file("twice.dare"), file("cased"), "--force"), /are one name here/);
  });

  it("leaves out a name that no archive takes, and takes out the longest", async () => {
    mkdirSync(file("named"));
    const long = "\u00e4".repeat(125);
    for (const name of ["bell\u0007", "a:b", "good", long]) writeFileSync(file(`named/${name}`), name);
    const made = await desk.run(["dare", "archive", file("named"), "--out", file("named.dare")]);
    assert.is(made.status, 0, made.stderr);
    for (const name of [/warning: bell\S* has a name that no archive takes, and was left out/, /warning: a:b has/]) assert.match(made.stderr, name);
    assert.not.ok(made.stderr.includes("\u0007"));
    await desk.does("dare", "extract", file("named.dare"), file("unnamed"));
    assert.equal(readdirSync(file("unnamed")).sort(), ["good", long]);
    writeFileSync(file("bell"), "x");
    assert.match(await desk.fails(65, "dare", "append", file("named.dare"), file("bell"), "--id", "b\u0007"), /control character\nhint: .*another/);
  });

  it("verifies no header that extract cannot read, and says that names are covered by nothing", async () => {
    forge(file("meta.dare"), ["alpha", "omega"]);
    const octets = readFileSync(file("meta.dare"), "latin1");
    const verified = await desk.run(["dare", "verify", file("meta.dare")]);
    assert.match(verified.stderr, /cover the contents of entries alone: names, types/);
    assert.is((await desk.json("dare", "verify", file("meta.dare"))).covers, "content");
    const name = (octet: number): string => Buffer.from(['"'.charCodeAt(0), octet, ...utf8("lpha")]).toString("base64url");
    const broken = octets.replace(name("a".charCodeAt(0)), name(0xff));
    assert.is.not(broken, octets);
    writeFileSync(file("meta.dare"), broken, "latin1");
    for (const words of [["verify"], ["extract"], ["list"], ["dir"]]) {
      const out = words[0] === "extract" ? [file("meta-out")] : [];
      assert.match(await desk.fails(65, "dare", ...words, file("meta.dare"), ...out), /frame 1: .*not UTF-8/, words[0]);
    }
  });

  it("refuses what is damaged, of the reference without being asked, too large, or no archive", async () => {
    const whole = readFileSync(file("t.dare"));
    const flipped = Buffer.from(whole);
    flipped[2000]! ^= 1;
    writeFileSync(file("flipped.dare"), flipped);
    for (const words of [["verify"], ["digest"], ["dir"]]) await desk.fails(77, "dare", ...words, file("flipped.dare"));
    await desk.fails(77, "dare", "extract", file("flipped.dare"), file("none-of-it"));
    assert.not.ok(existsSync(file("none-of-it")));
    writeFileSync(file("torn.dare"), whole.subarray(0, whole.length - 10));
    await desk.fails(65, "dare", "verify", file("torn.dare"));
    writeFileSync(file("noise"), "no archive");
    await desk.fails(65, "dare", "dir", file("noise"));
    assert.match(await desk.fails(65, "dare", "decode", file("t.dare"), file("x")), /a sequence of entries/);
    mkdirSync(file("large"));
    writeFileSync(file("large/film"), Buffer.alloc(0xf00001));
    assert.match(await desk.fails(65, "dare", "archive", file("large"), "--out", file("large.dare")), /the limit is 15728640/);
    assert.not.ok(existsSync(file("large.dare")));
    const { vectors } = JSON.parse(readFileSync(packagePath("test/vectors/dare.json"), "utf8"));
    const published = vectors.find(({ id }: { id: string }) => id === "12-list").input.file;
    writeFileSync(file("list.dare"), Buffer.from(published, "base64url"));
    assert.is((await desk.json("dare", "list", file("list.dare"), "--legacy")).records.length, 2);
  });

  it("leaves no half archive when it is told to end or is killed", async () => {
    mkdirSync(file("many"));
    for (let n = 0; n < 400; n++) writeFileSync(file(`many/${n}`), Buffer.alloc(100_000, n));
    const parts = (): string[] => readdirSync(root).filter((name) => name.includes(".part"));
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const child = startProgram(["dare", "archive", "many", "--out", "many.dare"], { cwd: root });
      const ended = once(child, "exit");
      while (parts().length === 0) await systemClock.sleep(5);
      child.kill(signal);
      await ended;
      assert.not.ok(existsSync(file("many.dare")), signal);
      if (signal === "SIGINT") assert.equal(parts(), []);
    }
    await desk.does("dare", "archive", file("many"), "--out", file("many.dare"));
    assert.equal(parts(), []);
  });
});
