/** Base32 and base64url digits. */
import fc from "fast-check";
import { utf8 } from "../../src/base/bytes.ts";
import { decodeBase32, decodeBase64url, encodeBase32, encodeBase64url } from "../../src/codec/index.ts";
import { assert, describe } from "../harness/suite.ts";

describe("codec: base32", (it) => {
  it("RFC 4648 §10", () => {
    const words = { "": "", f: "MY", fo: "MZXQ", foo: "MZXW6", foob: "MZXW6YQ", fooba: "MZXW6YTB", foobar: "MZXW6YTBOI" };
    for (const [plain, digits] of Object.entries(words)) {
      assert.is(encodeBase32(utf8(plain)), digits);
      assert.equal(decodeBase32(digits), utf8(plain));
    }
  });
  it("round trip", () => {
    fc.assert(fc.property(fc.uint8Array(), (octets) => assert.equal(decodeBase32(encodeBase32(octets)), octets)));
  });
  it("cuts digits off, keeping the bits of the last one", () => {
    assert.is(encodeBase32(new Uint8Array(64).fill(0xff), 140), "7".repeat(28));
    assert.is(encodeBase32(Uint8Array.of(0xff, 0xff), 8), "77");
    assert.is(encodeBase32(Uint8Array.of(0xff), 20), "74");
    assert.is(decodeBase32("7".repeat(28))?.length, 17);
  });
  it("refuses foreign characters", () => {
    for (const text of ["0", "1", "8", "9", "a", "A=", "A-A", " A", "É", "😀"]) assert.is(decodeBase32(text), undefined);
  });
});

describe("codec: base64url", (it) => {
  it("round trip", () => {
    fc.assert(fc.property(fc.uint8Array(), (octets) => assert.equal(decodeBase64url(encodeBase64url(octets)), octets)));
  });
  it("refuses what is not canonical", () => {
    for (const text of ["A", "AA==", "AB", "A A", "AA\n", "+/8", "AAAA\u0000", "é"]) assert.is(decodeBase64url(text), undefined);
  });
});
