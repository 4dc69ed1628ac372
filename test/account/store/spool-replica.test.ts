/** Copies of spools: only the service writes their frames, so they are bounded, and read a page at a time. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { SpoolReplica } from "../../../src/account/store/spool-replica.ts";
import { systemRandom as random } from "../../../src/base/random.ts";
import { newNonce } from "../../../src/crypto/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import { firstFrame, frameOf, parseFrame, sealEnvelope, TreeFrontier } from "../../../src/dare/index.ts";
import { spoolFrames, spoolMessage } from "../../../src/provider/account/spool.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../../harness/suite.ts";

/** A service that never ends: each page continues the one before. */
function endless(octets: number) {
  const frontier = new TreeFrontier();
  return (messages: number): DareEnvelope[] => {
    const envelopes = Array.from({ length: messages }, () =>
      sealEnvelope({ plaintext: random.bytes(octets), envelopeId: newNonce(random), contentMeta: { MessageType: "Noise" }, random }),
    );
    const first = frontier.count === 0 ? [firstFrame({ contentType: "application/mmm-spool" })] : [];
    for (const { treeDigest } of first) frontier.push(treeDigest);
    const frames = spoolFrames({ messages: envelopes.map((envelope) => spoolMessage(envelope)), frontier, now: 0, random });
    return [...first, ...frames].map((frame) => frameOf(parseFrame(frame)));
  };
}

async function copyOf(bounds?: { readonly octets: number; readonly frames: number }): Promise<SpoolReplica> {
  const replica = await SpoolReplica.open({ path: join(tempDirectory(), "MMM_Inbound.dare"), label: "MMM_Inbound", ...(bounds ? { bounds } : {}) });
  onCleanup(() => replica.close());
  return replica;
}

describe("copies of spools", (it) => {
  for (const bounds of [
    { octets: 2 ** 20, frames: 100 },
    { octets: 40_000, frames: 10_000 },
  ]) {
    it(`a spool without end is refused at ${bounds.frames} frames or ${bounds.octets} octets`, async () => {
      const page = endless(1000);
      const replica = await copyOf(bounds);
      const error = await throwsMesh(async () => {
        for (;;) await replica.receive(page(10));
      }, "ERR_TOO_LARGE");
      assert.match(error.message, /^MMM_Inbound has more than a copy takes/);
      assert.ok(replica.count > 10 && replica.count <= 100);
    });
  }

  it("on a small disk a copy leaves as much as it takes, and says so", async () => {
    const page = endless(100_000);
    const disk = 60 << 20;
    const path = join(tempDirectory(), "MMM_Inbound.dare");
    const replica = await SpoolReplica.open({ path, label: "MMM_Inbound", free: async () => disk - statSync(path).size });
    onCleanup(() => replica.close());
    const error = await throwsMesh(async () => {
      for (;;) await replica.receive(page(20));
    }, "ERR_TOO_LARGE");
    assert.match(error.message, /the copy of MMM_Inbound has \d\d MiB and the disk \d\d MiB left/);
    const { size } = statSync(path);
    assert.ok(size > disk / 3 && size < (disk * 2) / 3, `${size} octets`);
  });

  it("its messages are read a page at a time, each once and in order", async () => {
    const page = endless(40_000);
    const replica = await copyOf();
    for (let n = 0; n < 8; n++) await replica.receive(page(10));
    const seen: number[] = [];
    let pages = 0;
    for (let next: number | undefined = 0; next !== undefined; pages++) {
      const found: Awaited<ReturnType<SpoolReplica["page"]>> = await replica.page(next);
      assert.ok(found.messages.length <= 30, "a page is about a megabyte");
      seen.push(...found.messages.map(({ index }) => index));
      next = found.next;
    }
    assert.ok(pages >= 3);
    assert.equal(
      seen,
      Array.from({ length: replica.count - 1 }, (_, at) => at + 1),
    );
    assert.equal(await replica.page(replica.count), { messages: [], next: undefined });
  });
});
