/** Digests of public octets on the fast path, against those of the suite. */
import { sha512 } from "../../src/crypto/hash.ts";
import { publicSha512 } from "../../src/crypto/incremental.ts";
import { assert, describe } from "../harness/suite.ts";

describe("public digests", (it) => {
  it("digest nodes of trees as anything else", () => {
    const [left, right] = [new Uint8Array(64).fill(1), new Uint8Array(64).fill(2)];
    assert.equal(publicSha512(left, right), sha512(left, right));
    assert.equal(publicSha512(right, left), sha512(right, left));
    assert.equal(publicSha512(left, right.subarray(1)), sha512(left, right.subarray(1)));
    assert.equal(publicSha512(), sha512());
  });
});
