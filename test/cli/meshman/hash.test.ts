/** `meshman hash`: the drafts' examples, files and pipes, checks that hold and that do not, and large input in little memory. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../../src/base/package-root.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { nodeWords } from "../../kit/node-words.ts";

describe("meshman hash", (it) => {
  const root = tempDirectory();
  const desk = machine(join(root, "none"), "http://127.0.0.1:1");
  const value = join(root, "value.txt");
  const traitor = join(root, "traitor.txt");
  writeFileSync(value, "UDF Data Value");
  writeFileSync(traitor, "Konrad is the traitor");

  it("gives the fingerprints that udf-13 §5.1 prints, by the name of the file or a content type", async () => {
    const made: readonly [udf: string, ...words: string[]][] = [
      ["MDDK-7N6A-727A-JZNO-STRX-XKS7-DJAF"],
      ["MDDK-7N6A-727A-JZNO-STRX-XKS7-DJAF-XI6O-ZSLU-2VOA", "--bits", "200"],
      ["KCFI-NCQG-DRKG-47R7-OVPT-TCHZ-7UXY", "--alg", "sha-3-512"],
      ["KCFI-NCQG-DRKG-47R7-OVPT-TCHZ-7UXY", "/cty", "text/plain", "/alg=SHA-3-512"],
    ];
    for (const [udf, ...words] of made) assert.is(await desk.does("hash", "udf", value, ...words), `${udf}\n`);
    assert.is((await desk.run(["hash", "udf", "-", "--cty", "text/plain"], { typed: "UDF Data Value" })).stdout, `${made[0]![0]}\n`);
    assert.match((await desk.run(["hash", "udf", "-"], { typed: "x" })).stderr, /no content type/);
  });

  it("checks a fingerprint, by the digest that it is of", async () => {
    for (const udf of ["MDDK-7N6A-727A-JZNO-STRX-XKS7-DJAF", "kcfincqgdrkg47r7ovpttchz7uxy"])
      assert.is((await desk.json("hash", "udf", value, "--expect", udf)).verified, true);
    assert.match(await desk.fails(77, "hash", "udf", traitor, "--expect", "MDDK-7N6A-727A-JZNO-STRX-XKS7-DJAF"), /did not verify/);
    assert.match(await desk.fails(77, "hash", "udf", value, "--expect", "NDD7-6CMX-H2FW-ISAL-K4VB-DQ3E-PEDM"), /did not verify/);
    assert.match(await desk.fails(65, "hash", "udf", value, "--expect", "!"), /not a fingerprint/);
  });

  it("commits under the key of udf-13 §5.2.2, checks it, and prints the nonce that it drew", async () => {
    const [key, udf] = ["NDD7-6CMX-H2FW-ISAL-K4VB-DQ3E-PEDM", "ABGM-G76T-7GPF-FTYH-SB2F-HBDF-SW6B"];
    assert.is(await desk.does("hash", "mac", traitor, "--key", key), `Digest: ${udf}\nKey: ${key}\n`);
    assert.is((await desk.json("hash", "mac", traitor, "--key", key, "--expect", udf)).verified, true);
    assert.match(await desk.fails(77, "hash", "mac", value, "--key", key, "--expect", udf), /did not verify/);
    assert.match(await desk.fails(2, "hash", "mac", traitor, "--expect", udf), /needs the key/);
    const drawn = await desk.json("hash", "mac", traitor);
    assert.is((await desk.json("hash", "mac", traitor, "--key", drawn.key, "--expect", drawn.udf)).verified, true);
  });

  it("gives plain digests in hexadecimal", async () => {
    const of = (name: string) => `${createHash(name).update("UDF Data Value").digest("hex").toUpperCase()}\n`;
    assert.is(await desk.does("hash", "digest", value), of("sha512"));
    assert.is(await desk.does("hash", "digest", value, "--alg", "SHA-2-256"), of("sha256"));
    assert.is(await desk.does("hash", "digest", value, "--alg", "sha3-512"), of("sha3-512"));
    assert.match(await desk.fails(2, "hash", "digest", value, "--alg", "MD5"), /no digest "MD5"/);
  });

  it("says what cannot be read", async () => {
    mkdirSync(join(root, "directory"));
    spawnSync("mkfifo", [join(root, "pipe")]);
    assert.match(await desk.fails(66, "hash", "digest", join(root, "missing")), /no file/);
    for (const name of ["directory", "pipe"])
      assert.match(await desk.fails(74, "hash", "digest", join(root, name)), /is a pipe, a device or a directory/);
    assert.match(await desk.fails(2, "hash", "udf", value, "--bits", "20"), /from 100 to 440/);
  });

  it("reads a long pipe, says so after a while, and ends when it is told to", async () => {
    const child = spawn(process.execPath, [...nodeWords(packagePath("src/app/meshman.ts")), "hash", "digest", "-"]);
    let told = "";
    child.stderr.on("data", (text) => (told += text));
    child.stdin.on("error", () => undefined);
    const piece = Buffer.alloc(1_000_000);
    const ended = once(child, "exit");
    const feeding = setInterval(() => void child.stdin.write(piece), 50);
    while (!/reading stdin, [\d.]+ MB \.\.\./.test(told)) await Promise.race([once(child.stderr, "data"), ended]);
    child.kill("SIGINT");
    assert.equal(await ended, [130, null]);
    clearInterval(feeding);
    assert.match(told, /error: interrupted\nhint:/);
  });
});
