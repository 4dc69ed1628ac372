/** `meshman device firmware`: a maker signs a program, under a key of its own that is made once. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "../../../../src/base/bytes.ts";
import { publicKey } from "../../../../src/crypto/index.ts";
import { readFirmware, verifyManifest } from "../../../../src/schema/index.ts";
import { assert, describe, tempDirectory } from "../../../harness/suite.ts";
import { machine } from "../../../kit/meshman-terminal.ts";

describe("meshman device firmware", (it) => {
  it("makes the key once, keeps it to its owner, and signs program after program with it", async () => {
    const dir = tempDirectory();
    const program = join(dir, "program.bin");
    const octets = Buffer.from("a program".repeat(500));
    writeFileSync(program, octets);
    const keyFile = join(dir, "maker.key");
    const sign = async (number: string) => {
      const out = join(dir, `lamp-${number}.mesh`);
      const words = ["device", "firmware", program, "--product", "lamp", "--number", number, "--key-file", keyFile, "--out", out, "--json"];
      const { status, stdout, stderr } = await machine(tempDirectory(), "http://127.0.0.1:1").run(words);
      assert.is(status, 0, stderr);
      return { ...(JSON.parse(stdout) as { signer: string; newKey: boolean }), out };
    };
    const first = await sign("2");
    const second = await sign("3");
    assert.equal([first.newKey, second.newKey, second.signer], [true, false, first.signer]);
    assert.is(statSync(keyFile).mode & 0o777, 0o600);
    const { manifest, signed, program: inside } = readFirmware(readFileSync(second.out));
    assert.equal([manifest.Product, manifest.Version, manifest.Length], ["lamp", 3, octets.length]);
    assert.equal(Buffer.from(inside), octets);
    assert.is(verifyManifest(signed, publicKey("Ed25519", fromHex(first.signer) ?? new Uint8Array())).Version, 3);
  });

  it("says what to do next so that it can be typed, whatever the product is called", async () => {
    const dir = tempDirectory();
    const program = join(dir, "program.bin");
    writeFileSync(program, "x");
    const files = ["--key-file", join(dir, "maker.key"), "--out", join(dir, "hall.mesh")];
    const words = ["device", "firmware", program, "--product", "hall lamp", "--number", "2", ...files];
    const { stderr } = await machine(tempDirectory(), "http://127.0.0.1:1").run(words);
    assert.match(stderr, /'meshman device preconfig --product "hall lamp" --signer [0-9a-f]{64}'/);
  });

  it("refuses a program that is not there, a version that is none, and a file that holds no key", async () => {
    const dir = tempDirectory();
    const program = join(dir, "program.bin");
    writeFileSync(program, "x");
    const noKey = join(dir, "no.key");
    writeFileSync(noKey, "nothing\n");
    const base = ["--product", "lamp", "--number", "2", "--key-file"];
    for (const words of [
      [join(dir, "absent"), ...base, join(dir, "k")],
      [program, "--product", "lamp", "--number", "0", "--key-file", join(dir, "k")],
      [program, ...base, noKey],
    ]) {
      const { status, stderr } = await machine(tempDirectory(), "http://127.0.0.1:1").run(["device", "firmware", ...words]);
      assert.ok(status !== 0);
      assert.match(stderr, /^error: .+\nhint: .+/);
    }
  });
});
