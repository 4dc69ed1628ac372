/** The system's randomness: short draws come from a pool, which must never show. */
import { systemRandom } from "../../src/base/random.ts";
import { assert, describe } from "../harness/suite.ts";

describe("random", (it) => {
  it("gives what was asked for, each octet once, in memory of its own", () => {
    const seen = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const drawn = systemRandom.bytes(16);
      assert.is(drawn.length, 16);
      assert.is(drawn.buffer.byteLength, 16);
      seen.add(Buffer.from(drawn).toString("hex"));
      drawn.fill(0);
    }
    assert.is(seen.size, 2000);
    for (const length of [0, 1, 15, 17, 32, 5000]) assert.is(systemRandom.bytes(length).length, length);
  });

  it("leaves no octet at zero, in short draws or long ones", () => {
    for (const length of [16, 64]) {
      const sum = new Uint8Array(length);
      for (let i = 0; i < 400; i++)
        systemRandom.bytes(length).forEach((octet, at) => {
          sum[at] = (sum[at] ?? 0) | octet;
        });
      assert.ok(sum.every((octet) => octet === 0xff));
    }
  });
});
