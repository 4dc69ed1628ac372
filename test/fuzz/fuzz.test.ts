/** A short attack on every decoder; `npm run fuzz` makes the long one. Properties that damage at random hits too seldom stand below. */
import { utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { decodeBase32, decodeBase64url, decodeJsonB, parseJson } from "../../src/codec/index.ts";
import { parseUdf } from "../../src/crypto/index.ts";
import { decodeMeshObject } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { attack } from "./attack.ts";
import { targets } from "./target.ts";

describe("fuzz", (it) => {
  for (const target of targets) it(target.name, () => attack(target, { cases: 60 }).then(() => undefined), { timeoutMs: 60_000 });

  it("an attack notices what it looks for", async () => {
    const target = targets[0]!;
    const finds = async (decode: () => unknown, pattern: RegExp): Promise<void> => {
      const outcome = await attack({ ...target, decode }, { cases: 5 }).then(
        () => "nothing",
        (error: Error) => `${error.message} ${String(error.cause)}`,
      );
      assert.match(outcome, pattern);
    };
    await finds(() => (undefined as unknown as { readonly length: number }).length, /threw TypeError/);
    await finds(() => {
      const begun = process.cpuUsage();
      while (process.cpuUsage(begun).user < 1_100_000);
    }, /took \d+ ms/);
    await finds(() => {
      (Object.prototype as Record<string, unknown>).polluted = 1;
    }, /changed a prototype/);
    delete (Object.prototype as Record<string, unknown>).polluted;
  });
});

describe("limits", (it) => {
  it("a member given twice is refused, whatever its name and spelling", async () => {
    for (const name of ["a", "__proto__", "constructor", ""]) {
      await throwsMesh(() => parseJson(utf8(`{"${name}":1,"${name}":2}`)), "ERR_ENCODING");
    }
    await throwsMesh(() => parseJson(utf8('{"a":1,"\\u0061":2}')), "ERR_ENCODING");
    await throwsMesh(() => decodeJsonB(Uint8Array.of(0x7b, 0x80, 1, 0x61, 0xa0, 1, 0x22, 0x61, 0x22, 0x3a, 0x32, 0x7d)), "ERR_ENCODING");
  });

  it("names of prototypes are members like others", () => {
    const value = parseJson(utf8('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')) as Record<string, unknown>;
    assert.equal(Object.keys(value), ["__proto__", "constructor"]);
    assert.is(Object.getPrototypeOf(value), null);
    assert.is(({} as { polluted?: number }).polluted, undefined);
    const object = decodeMeshObject(utf8('{"Task":{"__proto__":{"polluted":1},"Title":"x"}}'));
    assert.is((object as unknown as { value: { polluted?: number } }).value.polluted, undefined);
  });

  it("depth, length and number of values have limits", async () => {
    for (const open of ["[", '{"a":', '[{"a":']) {
      await throwsMesh(() => parseJson(utf8(open.repeat(100_000))), "ERR_ENCODING");
      await throwsMesh(() => decodeJsonB(utf8(open.repeat(100_000))), "ERR_ENCODING");
    }
    parseJson(utf8("[".repeat(64) + "]".repeat(64)));
    await throwsMesh(() => parseJson(utf8("[".repeat(65) + "]".repeat(65))), "ERR_ENCODING");
    await throwsMesh(() => parseJson(utf8(`[${"0,".repeat(300_000)}0]`)), "ERR_TOO_LARGE");
    await throwsMesh(() => parseJson(new Uint8Array(0x1000001)), "ERR_TOO_LARGE");
    // Declared lengths are compared with what is there before anything is made.
    for (const tag of [0x8a, 0x8b, 0x82, 0x83]) {
      await throwsMesh(() => decodeJsonB(Uint8Array.of(tag, ...new Uint8Array(8).fill(0x7f))), "ERR_ENCODING");
    }
  });

  it("base64 that is not canonical is refused; left-over bits of base32 stay in the text, not in the octets", () => {
    for (const text of ["AA==", "AA\n", "A", "AB", "A+A_", " AAA", "AAA="]) assert.is(decodeBase64url(text), undefined, text);
    assert.is(decodeBase32("aaaa"), undefined);
    assert.is(decodeBase32("AAA="), undefined);
    assert.equal(decodeBase32("AD"), decodeBase32("AA"));
    const [one, other] = [parseUdf("MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFHE"), parseUdf("MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFHF")];
    assert.equal(one.data, other.data);
    assert.is.not(one.text, other.text);
    for (const text of ["MB5S0", "MB5S1", "MB5S\u017f", "ＭB5S", "", "M"]) assert.throws(() => parseUdf(text), isMeshError);
  });
});
