/** `meshman dare encode`, `decode`, `verify`, `digest` and `earl`: people, keys, pipes, hostile and damaged input, and what must not be left behind. */
import { once } from "node:events";
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../../src/base/clock.ts";
import { packagePath } from "../../../../src/base/package-root.ts";
import { systemRandom } from "../../../../src/base/random.ts";
import { MeshService } from "../../../../src/provider/index.ts";
import { assert, describe, tempDirectory } from "../../../harness/suite.ts";
import { ports } from "../../../kit/household.ts";
import type { Machine } from "../../../kit/meshman-terminal.ts";
import { machine } from "../../../kit/meshman-terminal.ts";
import { runProgram, startProgram } from "../../../kit/program.ts";

const plain = Buffer.from(systemRandom.bytes(300_000));
const partsIn = (directory: string): string[] => readdirSync(directory).filter((name) => name.endsWith(".part"));

describe("meshman dare: envelopes of people", (it) => {
  const root = tempDirectory();
  const service = new MeshService();
  let alice: Machine;
  let bob: Machine;
  const file = (name: string): string => join(root, name);

  it.before(async () => {
    const bind = { kind: "open" } as const;
    await service.start({ bind, dir: file("service"), host: "127.0.0.1", port: 0, ...ports });
    alice = machine(file("alice"), service.url);
    bob = machine(file("bob"), service.url);
    await alice.does("account", "create", "alice@example.com");
    await bob.does("account", "create", "bob@example.com");
    const { uri } = await alice.json("contact", "dynamic");
    await bob.does("contact", "exchange", uri);
    await alice.does("account", "sync");
    writeFileSync(file("film.mp4"), plain);
  });
  it.after(() => service.stop());

  it("goes from alice to bob, who sees who signed it; nobody else opens it", async () => {
    const made = await alice.run(["dare", "encode", file("film.mp4"), "--encrypt", "bob@example.com", "--sign", "account"]);
    assert.is(made.status, 0, made.stderr);
    assert.match(made.stdout, new RegExp(`^File: ${file("film.mp4.dare")}\nBytes: 30\\d{4}\n$`));
    assert.match(made.stderr, /only bob@example.com can open it\nnext: 'meshman dare decode .* on a machine that can open it; 'meshman dare verify /);
    const opened = await bob.run(["dare", "decode", file("film.mp4.dare"), file("seen.mp4"), "--signed-by", "alice@example.com"]);
    assert.is(opened.status, 0, opened.stderr);
    assert.match(opened.stderr, /signed by alice@example.com/);
    assert.ok(readFileSync(file("seen.mp4")).equals(plain));
    assert.is(statSync(file("seen.mp4")).mode & 0o777, 0o600);
    assert.match(await alice.fails(77, "dare", "decode", file("film.mp4.dare"), file("own")), /sealed to M[-A-Z2-7]+, and no key of these is here/);
    assert.not.ok(existsSync(file("own")));
  });

  it("tells from outside what anybody sees, and the name of the file to its reader alone", async () => {
    const seen = await bob.json("dare", "verify", file("film.mp4.dare"));
    assert.equal([seen.opened, seen.filename, seen.contentType, seen.encryption], [true, "film.mp4", "video/mp4", "A256CBC"]);
    assert.equal([seen.signers[0].verified, seen.signers[0].name], [true, "alice@example.com"]);
    const outside = await alice.does("dare", "verify", file("film.mp4.dare"));
    assert.match(
      outside,
      /^Encryption: A256CBC \(no key of it is here\)\nRecipient: M\S+\nDigest: S512 [0-9A-F]{128}\nSigner: M\S+ alice@example.com$/m,
    );
    assert.not.match(outside, /film\.mp4\n.*Filename/);
    const stranger = machine(file("nobody"), service.url);
    assert.match(await stranger.does("dare", "verify", file("film.mp4.dare")), /its key is not known here/);
    assert.is((await stranger.does("dare", "digest", file("film.mp4.dare"))).trim(), seen.digest.value);
    assert.match(await stranger.fails(67, "dare", "verify", file("film.mp4.dare"), "--signed-by", "self"), /holds no account/);
  });

  it("says of a signed archive whose entries have changed names that names are not what is signed", async () => {
    mkdirSync(file("pair"));
    for (const name of ["first", "other"]) writeFileSync(file(`pair/${name}`), `written as ${name.toUpperCase()}`);
    await alice.does("dare", "archive", file("pair"), "--out", file("pair.dare"), "--sign", "account", "--no-index");
    const octets = readFileSync(file("pair.dare"), "latin1");
    const [first, other] = ['"first', '"other'].map((name) => Buffer.from(name).toString("base64url")) as [string, string];
    const swapped = octets.replaceAll(new RegExp(`${first}|${other}`, "g"), (name) => (name === first ? other : first));
    assert.is.not(swapped, octets);
    writeFileSync(file("pair.dare"), swapped, "latin1");
    const verified = await bob.run(["dare", "verify", file("pair.dare"), "--signed-by", "alice@example.com"]);
    assert.match(verified.stderr, /cover the contents of entries alone: names, types/);
    const taken = await bob.run(["dare", "extract", file("pair.dare"), file("taken"), "--signed-by", "alice@example.com"]);
    assert.is(taken.status, 0, taken.stderr);
    assert.match(taken.stderr, /signed by alice@example.com; .* not who signed/);
    const one = await bob.run(["dare", "extract", file("pair.dare"), file("one"), "--file", "first", "--signed-by", "alice@example.com"]);
    assert.match(one.stderr, /signed by alice@example.com; .* not who signed/);
    assert.is(readFileSync(file("taken/first"), "utf8"), "written as OTHER");
  });

  it("signs as this device, encrypts to oneself and several others, and refuses a signature that is not there", async () => {
    await alice.does("dare", "encode", file("film.mp4"), file("both.dare"), "--encrypt", "self", "--encrypt", "bob@example.com", "--sign", "device");
    for (const person of [alice, bob]) await person.does("dare", "decode", file("both.dare"), file("both.out"), "--force");
    assert.match((await alice.run(["dare", "verify", file("both.dare")])).stdout, /^Signer: M\S+ device /m);
    assert.match(await bob.fails(77, "dare", "decode", file("both.dare"), file("none"), "--signed-by", "alice@example.com"), /did not verify/);
    assert.match(await alice.fails(66, "dare", "encode", file("film.mp4"), file("x"), "--encrypt", "carol@example.com"), /no contact/);
    assert.match(await alice.fails(2, "dare", "encode", file("film.mp4"), file("x"), "--sign", "carol"), /--sign account or --sign device/);
    assert.not.ok(existsSync(file("none")) || existsSync(file("x")));
  });
});

describe("meshman dare: envelopes without an account", (it) => {
  const root = tempDirectory();
  const desk = machine(join(root, "none"), "http://127.0.0.1:1");
  const file = (name: string): string => join(root, name);
  const run = (args: readonly string[], options: Partial<Parameters<typeof runProgram>[1]> = {}) => runProgram(args, { cwd: root, ...options });
  writeFileSync(file("film.mp4"), plain);
  let key = "";
  it.before(async () => {
    key = (await desk.json("key", "secret", "--bits", "256")).key;
    writeFileSync(file("key"), key);
  });

  it("passes through pipes, both ways, in clear and under a key", () => {
    for (const secret of [[], ["--key-file", "key"]]) {
      const sealed = run(["dare", "encode", "-", ...secret], { input: plain });
      assert.is(sealed.status, 0, sealed.stderr);
      assert.is(sealed.stdout.includes(plain.subarray(1000, 1100)), secret.length === 0);
      for (const out of [[], ["-"]]) {
        const opened = run(["dare", "decode", "-", ...out, ...secret], { input: sealed.stdout });
        assert.is(opened.status, 0, opened.stderr);
        assert.ok(opened.stdout.equals(plain));
        assert.match(opened.stderr, /nobody signed it/);
      }
      const toFile = run(["dare", "decode", "-", `piped${secret.length}`, ...secret], { input: sealed.stdout });
      assert.is(toFile.status, 0, toFile.stderr);
      assert.ok(readFileSync(file(`piped${secret.length}`)).equals(plain));
    }
  });

  it("lets nothing out that did not verify, to a pipe or a file", async () => {
    const sealed = run(["dare", "encode", "-", "--key-file", "key"], { input: plain }).stdout;
    const flipped = Buffer.from(sealed);
    flipped[150_000]! ^= 1;
    const damaged: readonly [octets: Buffer, status: number][] = [
      [flipped, 77],
      [sealed.subarray(0, 200_000), 65],
      [Buffer.concat([sealed, Buffer.from("x")]), 65],
      [Buffer.from("no envelope at all"), 65],
      [Buffer.alloc(0), 65],
    ];
    for (const [octets, status] of damaged) {
      writeFileSync(file("damaged.dare"), octets);
      const told = await desk.fails(status, "dare", "decode", file("damaged.dare"), file("never"), "--key-file", file("key"));
      assert.match(told, /^error: \S*damaged\.dare: /m, "what is damaged is named");
      assert.not.ok(existsSync(file("never")));
      assert.equal(partsIn(root), []);
    }
    const opened = run(["dare", "decode", "-", "-", "--key-file", "key"], { input: flipped });
    assert.equal([opened.status, opened.stdout.length], [77, 0], opened.stderr);
    writeFileSync(file("other-key"), "EAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA");
    assert.match(run(["dare", "decode", "-", "--key-file", "other-key"], { input: sealed }).stderr, /sealed to EBQ\S+, and no key of these is here/);
  });

  it("replaces no file unasked, follows the name's link when asked, and writes over no device", async () => {
    await desk.does("dare", "encode", file("film.mp4"), file("f.dare"));
    writeFileSync(file("mine"), "mine");
    symlinkSync(file("mine"), file("link"));
    for (const out of ["mine", "link"])
      assert.match(await desk.fails(73, "dare", "decode", file("f.dare"), file(out)), /exists already\nhint: .*--force/);
    assert.is(readFileSync(file("mine"), "utf8"), "mine");
    await desk.does("dare", "decode", file("f.dare"), file("link"), "--force");
    assert.ok(readFileSync(file("mine")).equals(plain));
    assert.match(await desk.fails(74, "dare", "decode", "/dev/zero", "-"), /a pipe, a device or a directory\nhint: give a file, or - and pipe/);
    assert.match(await desk.fails(74, "dare", "decode", file("f.dare"), "/dev/null", "--force"), /is no file/);
    assert.match(await desk.fails(66, "dare", "decode", file("f.dare"), file("no/where")), /no directory/);
    assert.match(await desk.fails(66, "dare", "decode", file("missing.dare")), /no file/);
    assert.match(await desk.fails(2, "dare", "decode", file("film.mp4")), /does not end in .dare/);
    assert.match((await desk.run(["dare", "encode", file("film.mp4"), "-", "--json"])).stdout, /either the octets or JSON/);
    assert.match((await desk.run(["dare", "encode", file("film.mp4"), "-"], { isTerminal: true })).stderr, /not for a terminal/);
  });

  it("encodes a tree, without links and special files, and each file once", async () => {
    mkdirSync(file("tree/deep/er"), { recursive: true });
    for (const name of ["a.txt", "deep/b.txt", "deep/er/c.txt"]) writeFileSync(file(`tree/${name}`), name);
    symlinkSync("/etc/passwd", file("tree/passwd"));
    const flat = await desk.run(["dare", "encode", file("tree"), file("flat")]);
    assert.match(flat.stderr, /passwd is a link or a special file/);
    assert.equal(readdirSync(file("flat")), ["a.txt.dare"]);
    const { files } = await desk.json("dare", "encode", file("tree"), "--sub", "--key-file", file("key"));
    assert.equal(
      files.map((made: { file: string }) => made.file),
      ["a.txt", "deep/b.txt", "deep/er/c.txt"].map((name) => file(`tree/${name}.dare`)),
    );
    await desk.does("dare", "decode", file("tree/deep/er/c.txt.dare"), file("c.txt"), "--key-file", file("key"));
    assert.is(readFileSync(file("c.txt"), "utf8"), "deep/er/c.txt");
    assert.match(await desk.fails(2, "dare", "encode", file("film.mp4"), "--sub"), /no directory/);
  });

  it("writes an EARL, whose key opens the file that the locator names", async () => {
    const given = "EADA-YKC5-WSUK-AACN-WRRO-MJOQ-PVSK-SM";
    const made = await desk.json("dare", "earl", file("film.mp4"), "Example.com", "--out", file("earls"), "--key", given);
    assert.is(made.uri, `udf://example.com/${given}`);
    assert.is(made.file, file(`earls/MDQK-2L7C-OD5I-QJNG-ZJ3Y-OHAH-GMTW-USRH-ENGL-SG23-APAP-YH7I-ZIFA-J3UQ`));
    await desk.does("dare", "decode", made.file, file("earl.out"), "--key", given);
    assert.ok(readFileSync(file("earl.out")).equals(plain));
    assert.match(
      await desk.does("dare", "earl", file("film.mp4"), "example.com", "--out", file("earls")),
      /^EARL: udf:\/\/example.com\/E\S+\nFile: /,
    );
    assert.match(await desk.fails(2, "dare", "earl", file("film.mp4"), "not a domain", "--out", file("earls")), /domain/);
  });

  it("opens what the reference made (protocol-08), and tells of the signed example of dare-12 §13.4", async () => {
    const { vectors } = JSON.parse(readFileSync(packagePath("test/vectors/dare.json"), "utf8"));
    const vector = (id: string) => vectors.find((found: { id: string }) => found.id === id);
    const claimed = vector("protocol-08-symmetric-recipient");
    writeFileSync(file("claimed.dare"), JSON.stringify(claimed.input.envelope));
    await desk.does("dare", "decode", file("claimed.dare"), file("claimed"), "--key", claimed.input.symmetricKeyUdf);
    assert.match(readFileSync(file("claimed"), "utf8"), /^\{\s*"DareEnvelope":/);
    const signed = vector("12-signed-verify");
    writeFileSync(file("signed.dare"), JSON.stringify(signed.input.envelope));
    const digest = Buffer.from(signed.expected.payloadDigest, "base64url").toString("hex").toUpperCase();
    assert.is(await desk.does("dare", "digest", file("signed.dare")), `${digest}\n`);
    assert.match(
      await desk.does("dare", "verify", file("signed.dare")),
      /^Signer: MCM2-KJVW-53WM-34MC-KA5N-WOUA-OTPO \(its key is not known here\)$/m,
    );
    signed.input.envelope[1] = `B${signed.input.envelope[1].slice(1)}`;
    writeFileSync(file("tampered.dare"), JSON.stringify(signed.input.envelope));
    for (const verb of ["verify", "digest"]) assert.match(await desk.fails(77, "dare", verb, file("tampered.dare")), /did not verify/);
  });

  it("leaves nothing when the disk is full, when it is told to end, and a part that the next run removes when it is killed", async () => {
    const full = run(["dare", "encode", "film.mp4", "full.dare"], { ulimit: "-f 100" });
    assert.is(full.status, 74, full.stderr);
    assert.match(full.stderr, /no space left/);
    assert.not.ok(existsSync(file("full.dare")));
    assert.equal(partsIn(root), []);
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const child = startProgram(["dare", "encode", "-", "cut.dare"], { cwd: root });
      const ended = once(child, "exit");
      child.stdin.on("error", () => undefined);
      child.stdin.write(plain);
      while (partsIn(root).length === 0) await systemClock.sleep(20);
      child.kill(signal);
      await ended;
      assert.is(partsIn(root).length, signal === "SIGKILL" ? 1 : 0, signal);
      assert.not.ok(existsSync(file("cut.dare")));
    }
    await desk.does("dare", "encode", file("film.mp4"), file("cut.dare"));
    assert.equal(partsIn(root), []);
  });

  it("ends quietly when its reader has seen enough, whether it reads a file or a pipe", async () => {
    writeFileSync(file("long"), Buffer.alloc(20_000_000));
    await desk.does("dare", "encode", file("long"), file("long.dare"));
    for (const args of [
      ["dare", "decode", "long.dare", "-"],
      ["dare", "decode", "-"],
      ["dare", "encode", "-"],
    ]) {
      const child = startProgram(args, { cwd: root });
      let told = "";
      child.stderr.on("data", (text) => (told += text));
      child.stdin.on("error", () => undefined);
      createReadStream(file("long.dare")).pipe(child.stdin);
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      child.stdout.destroy();
      assert.equal(await ended, [0, null], `${args.join(" ")}: ${told}`);
      assert.not.match(told, /EPIPE|at .*:\d+/);
    }
  });
});
