/** `mesh-hub update`: a maker's file goes to the device piece by piece, and what the device says of it reaches whoever typed it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DeviceView, UpdateRequest } from "../../../src/api/index.ts";
import { decodeBase64url, encodeObjectB } from "../../../src/codec/index.ts";
import { generatePrivateKey, sha512 } from "../../../src/crypto/index.ts";
import { FirmwareFile, FirmwareManifest } from "../../../src/schema/index.ts";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { run, withHub } from "../../kit/hub-terminal.ts";
import { random, sign } from "../../kit/owner.ts";

const plug: DeviceView = {
  udf: "MAAA-PLUG",
  name: "Kettle plug",
  place: ["House"],
  class: "plug",
  manufacturer: "m",
  model: "p",
  status: "Online",
  restored: false,
  own: true,
  connected: true,
  values: [],
  shown: [],
  properties: [],
  commands: [],
};

/** A file of a program of 5000 octets. */
function file(dir: string, change = (program: Uint8Array) => program): { readonly path: string; readonly program: Uint8Array } {
  const program = random.bytes(5000);
  const manifest: FirmwareManifest = { Product: "plug", Version: 7, Length: program.length, Digest: sha512(program) };
  const EnvelopedFirmwareManifest = sign(FirmwareManifest, manifest, generatePrivateKey("Ed25519", random));
  const path = join(dir, "plug-7.mesh");
  writeFileSync(path, encodeObjectB(FirmwareFile, { EnvelopedFirmwareManifest, Program: change(program) }));
  return { path, program };
}

describe("mesh-hub update", (it) => {
  it("sends the maker's word, then the program in order", async () => {
    const asked: UpdateRequest[] = [];
    const dir = await withHub({
      devices: () => [plug],
      update: async (request) => {
        asked.push(request);
        return { result: "Accept" };
      },
    });
    const { path, program } = file(dir);
    const { status, stdout } = await run(dir, ["update", "kettle plug", path]);
    assert.is(status, 0);
    assert.match(stdout, /^Kettle plug has version 7 and starts it/);
    assert.ok(asked.every(({ device }) => device === "MAAA-PLUG"));
    assert.ok(asked[0]?.manifest !== undefined && asked[0].data === undefined);
    const pieces = asked.slice(1);
    assert.equal(
      pieces.map(({ offset }) => offset),
      [0, 2048, 4096],
    );
    assert.equal(Buffer.concat(pieces.map(({ data = "" }) => decodeBase64url(data) ?? new Uint8Array())), Buffer.from(program));
  });

  it("says why a device does not take it, and carries no octet more", async () => {
    let asked = 0;
    const dir = await withHub({
      devices: () => [plug],
      update: async () => {
        asked++;
        return { result: "Reject", report: "the version is not above the one that runs" };
      },
    });
    const { status, stderr } = await run(dir, ["update", "MAAA-PLUG", file(dir).path]);
    assert.ok(status !== 0);
    assert.match(stderr, /Kettle plug does not take the program: the version is not above the one that runs/);
    assert.is(asked, 1);
  });

  it("refuses a file that is not there, is cut short or is none, and a device that it does not know", async () => {
    const dir = await withHub({ devices: () => [plug] });
    writeFileSync(join(dir, "program"), new Uint8Array([0xe7, 0xff]));
    const wrong = [
      [["update", "Kettle plug", join(dir, "nowhere")], /^error: no file/],
      [["update", "Kettle plug", file(tempDirectory(), (program) => program.subarray(0, 4000)).path], /^error: the program in the file is not/],
      [["update", "Kettle plug", join(dir, "program")], /program is no program that a maker gives out: .+\nhint: .*device firmware/],
      [["update", "another", file(dir).path], /^error: no device another/],
    ] as const;
    for (const [words, said] of wrong) {
      const { status, stderr } = await run(dir, words);
      assert.ok(status !== 0);
      assert.match(stderr, said);
    }
  });
});
