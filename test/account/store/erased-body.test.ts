/** A message that the service has erased for its age: a copy takes the frame as one without a message, and is proven as before. */
import { join } from "node:path";
import { SpoolReplica } from "../../../src/account/store/spool-replica.ts";
import { dateTime } from "../../../src/base/clock.ts";
import { encodeEnvelope, firstFrame, frameOf, parseFrame, SequenceFile, sealNext, TreeFrontier } from "../../../src/dare/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../../harness/suite.ts";
import { message, random } from "../../kit/service.ts";

/** A spool as the service writes it, with messages 1 to `count`. */
async function spoolOf(count: number): Promise<SequenceFile> {
  const file = await SequenceFile.open({ path: join(tempDirectory(), "MMM_Command.dare"), create: true });
  const frontier = new TreeFrontier();
  const first = firstFrame({ contentType: "application/mmm-spool" });
  frontier.push(first.treeDigest);
  const frames = Array.from({ length: count }, (_, i) => {
    const sent = message({ type: i % 2 === 0 ? "RequestCommand" : "RespondCommand", body: { N: i } });
    return sealNext(frontier, {
      payload: encodeEnvelope(sent),
      contentMeta: { UniqueId: sent.header.EnvelopeId!, MessageType: "RequestCommand" },
      received: dateTime(Date.now()),
      random,
    });
  });
  await file.append([first, ...frames]);
  return file;
}

async function envelopes(file: SequenceFile, from = 0, to = file.count) {
  const found = [];
  for await (const frame of file.frames({ from, to })) found.push(frameOf(parseFrame(frame)));
  return found;
}

const open = (path = join(tempDirectory(), "copy.dare")) => SpoolReplica.open({ path, label: "MMM_Command" });

describe("copies of spools: erased bodies", (it) => {
  it("a new copy takes erased frames, reads the others, and has the same digests", async () => {
    const spool = await spoolOf(4);
    for (const index of [1, 2]) await spool.redact(index);
    const path = join(tempDirectory(), "copy.dare");
    const copy = await open(path);
    await copy.receive(await envelopes(spool));
    for (const replica of [copy, undefined]) {
      const opened = replica ?? (await open(path));
      assert.equal(
        (await opened.page(0)).messages.map(({ index }) => index),
        [3, 4],
      );
      assert.is(await opened.message(1), undefined);
      assert.is((await opened.message(3))?.index, 3);
      assert.equal(opened.treeDigest, spool.lastTreeDigest);
      await opened.close();
    }
    await spool.close();
  });

  it("a copy that has the bodies keeps them and grows; one with another digest is refused", async () => {
    const spool = await spoolOf(4);
    const copy = await open();
    await copy.receive(await envelopes(spool, 0, 3));
    for (const index of [1, 2, 3]) await spool.redact(index);
    await copy.receive(await envelopes(spool, 3));
    assert.equal(
      (await copy.page(0)).messages.map(({ index }) => index),
      [1, 2, 4],
    );
    const other = await spoolOf(5);
    await other.redact(5);
    await throwsMesh(copy.receive(await envelopes(other, 5)), "ERR_VERIFICATION");
    assert.is(copy.count, 5);
    await copy.close();
    await spool.close();
    await other.close();
  });
});
