/** HMAC from one-shot digests against Node's MAC objects, at every boundary of the fast path. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { concat } from "../../src/base/bytes.ts";
import { sha512 } from "../../src/crypto/hash.ts";
import { publicSha512 } from "../../src/crypto/incremental.ts";
import { shortHmacSha256, shortHmacSha512Text } from "../../src/crypto/short-hmac.ts";
import { assert, describe } from "../harness/suite.ts";

const octets = (maxLength: number) => fc.uint8Array({ maxLength });

describe("short hmac", (it) => {
  it("is HMAC for keys and messages of any length", () => {
    fc.assert(
      fc.property(octets(200), octets(300), octets(5000), (key, head, rest) => {
        assert.equal(shortHmacSha256(key, concat(head, rest)), new Uint8Array(createHmac("sha256", key).update(head).update(rest).digest()));
        assert.is(shortHmacSha512Text(key, head, rest), createHmac("sha512", key).update(head).update(rest).digest("base64url"));
      }),
    );
    for (const key of [0, 63, 64, 65, 127, 128, 129]) {
      for (const length of [0, 4095, 4096, 4097]) {
        const [secret, message] = [new Uint8Array(key).fill(7), new Uint8Array(length).fill(9)];
        assert.is(shortHmacSha512Text(secret, message), createHmac("sha512", secret).update(message).digest("base64url"));
        assert.equal(shortHmacSha256(secret, message), new Uint8Array(createHmac("sha256", secret).update(message).digest()));
      }
    }
  });

  it("digests nodes of trees as anything else", () => {
    const [left, right] = [new Uint8Array(64).fill(1), new Uint8Array(64).fill(2)];
    assert.equal(publicSha512(left, right), sha512(left, right));
    assert.equal(publicSha512(right, left), sha512(right, left));
    assert.equal(publicSha512(left, right.subarray(1)), sha512(left, right.subarray(1)));
    assert.equal(publicSha512(), sha512());
  });
});
