/** Blocks on a line: whatever is in them, however they are cut, and whatever stands between them. */
import fc from "fast-check";
import { concat } from "../../../src/base/bytes.ts";
import { BlockReader, encodeBlock } from "../../../src/transport/serial/line-block.ts";
import { assert, describe } from "../../harness/suite.ts";

/** Reads chunks; undefined for what was damaged. */
function read(...chunks: Uint8Array[]): (Uint8Array | undefined)[] {
  const found: (Uint8Array | undefined)[] = [];
  const reader = new BlockReader((content) => found.push(content));
  for (const chunk of chunks)
    assert.is(
      reader.read(chunk, () => true),
      chunk.length,
    );
  return found;
}

describe("blocks on a serial line", (it) => {
  it("come out as they went in, however they are cut, with no 00 inside", () => {
    const contents = fc.oneof(
      fc.uint8Array({ maxLength: 700 }),
      fc.array(fc.constantFrom(0, 1, 255), { maxLength: 700 }).map((octets) => Uint8Array.from(octets)),
    );
    fc.assert(
      fc.property(fc.array(contents, { maxLength: 4 }), fc.integer({ min: 1, max: 300 }), (sent, step) => {
        const line = concat(...sent.map(encodeBlock));
        for (const content of sent) assert.not(encodeBlock(content).subarray(1, -1).includes(0));
        const chunks = Array.from({ length: Math.ceil(line.length / step) }, (_, at) => line.subarray(at * step, (at + 1) * step));
        assert.equal(read(...chunks), sent);
      }),
    );
  });

  it("are found again after any noise, and noise is never taken for one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.uint8Array({ maxLength: 300 }), (noise, content) => {
        const found = read(noise, encodeBlock(content));
        assert.equal(found.at(-1), content);
        assert.ok(found.slice(0, -1).every((before) => before === undefined));
      }),
    );
  });

  it("with any one octet changed, lost or put in are damaged, or as they were", () => {
    const content = Uint8Array.from({ length: 60 }, (_, at) => at % 7);
    const block = encodeBlock(content);
    for (let at = 0; at < block.length; at++) {
      for (const changed of [
        concat(block.subarray(0, at), Uint8Array.of((block[at] ?? 0) ^ 0x10), block.subarray(at + 1)),
        concat(block.subarray(0, at), block.subarray(at + 1)),
        concat(block.subarray(0, at), Uint8Array.of(0x5a), block.subarray(at)),
      ]) {
        for (const found of read(changed, encodeBlock(Uint8Array.of(1)))) {
          assert.ok(found === undefined || found.length === 1 || Buffer.from(found).equals(content), `octet ${at}`);
        }
      }
    }
  });

  it("a megabyte without end is one that is damaged, and the next one is read", () => {
    const endless = new Uint8Array(1 << 20).fill(7);
    assert.equal(read(endless, endless.subarray(0, 9), encodeBlock(Uint8Array.of(1, 2))), [undefined, Uint8Array.of(1, 2)]);
  });

  it("stop being read when they may not, and go on there", () => {
    const two = concat(encodeBlock(Uint8Array.of(1)), encodeBlock(Uint8Array.of(2)));
    const found: (Uint8Array | undefined)[] = [];
    const reader = new BlockReader((content) => found.push(content));
    const at = reader.read(two, () => false);
    assert.equal(found, [Uint8Array.of(1)]);
    reader.read(two.subarray(at), () => false);
    assert.equal(found, [Uint8Array.of(1), Uint8Array.of(2)]);
  });
});
