/** A sequence file on a full disk, played by a limit on the size of files that this process writes. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { concat } from "../../src/base/bytes.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { EncodedFrame } from "../../src/dare/index.ts";
import { encodeFrame, firstFrame, SequenceFile, sealFrame, TreeFrontier } from "../../src/dare/index.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory, throwsMesh } from "../harness/suite.ts";

function limitFiles(octets: number | "unlimited"): boolean {
  return spawnSync("prlimit", ["--pid", String(process.pid), `--fsize=${octets}:`]).status === 0;
}

describe("sequence file on a full disk", (it) => {
  it("refuses the append, keeps what it has, and goes on when there is room", async () => {
    skipUnless(limitFiles("unlimited"), "needs prlimit");
    // Without a handler the signal that comes with the error ends the process.
    process.on("SIGXFSZ", () => undefined);
    const frontier = new TreeFrontier();
    const frames: EncodedFrame[] = [];
    for (let index = 0; index < 30; index++) {
      const payload = systemRandom.bytes(2000);
      const frame = index === 0 ? firstFrame({ contentType: "x" }) : sealFrame({ index, payload, lookup: frontier.lookup, random: systemRandom });
      frontier.push(frame.treeDigest);
      frames.push(frame);
    }
    const path = join(tempDirectory(), "store.dseq");
    const file = await SequenceFile.open({ path, create: true });
    onCleanup(async () => {
      limitFiles("unlimited");
      await file.close();
    });
    await file.append(frames.slice(0, 4));
    limitFiles(file.byteLength + 3000);
    await throwsMesh(file.append(frames.slice(4, 10)), "ERR_DISK_FULL");
    assert.is(file.count, 4);
    assert.equal(new Uint8Array(readFileSync(path)), concat(...frames.slice(0, 4).map(encodeFrame)));
    await file.append(frames.slice(4, 5));
    limitFiles("unlimited");
    await file.append(frames.slice(5));
    await file.verify();
    assert.equal(new Uint8Array(readFileSync(path)), concat(...frames.map(encodeFrame)));
    assert.equal((await file.read(7)).body, frames[7]!.body);
  });
});
