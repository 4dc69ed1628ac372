/** Child of sequence-crash.test.ts: appends batches until it is killed, and tells after each fsync how many frames are safe. */
import { systemRandom } from "../../src/base/random.ts";
import type { EncodedFrame } from "../../src/dare/index.ts";
import { firstFrame, SequenceFile, sealFrame } from "../../src/dare/index.ts";

const file = await SequenceFile.open({ path: process.argv[2] ?? "", create: true });
if (file.count === 0) await file.append([firstFrame({ contentType: "application/mmm-catalog" })]);
for (let batch = 1; ; batch = (batch % 7) + 1) {
  const frontier = file.frontier();
  const frames: EncodedFrame[] = [];
  for (let i = 0; i < batch; i++) {
    const payload = systemRandom.bytes(50 + 3000 * (batch % 2));
    const frame = sealFrame({ index: frontier.count, payload, lookup: frontier.lookup, random: systemRandom });
    frontier.push(frame.treeDigest);
    frames.push(frame);
  }
  await file.append(frames);
  process.stdout.write(`${file.count}\n`);
}
