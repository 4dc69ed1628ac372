/** Account addresses: one grammar for everybody who reads one. */
import fc from "fast-check";
import { serviceUrl } from "../../src/protocol/index.ts";
import { accountAddress, domainName, domainOf } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const good: readonly (readonly [string, string])[] = [
  ["alice@example.com", "alice@example.com"],
  ["Alice@EXAMPLE.com", "alice@example.com"],
  ["a@b", "a@b"],
  ["alice.b_c+d-e@mm--mb2g.example.com", "alice.b_c+d-e@mm--mb2g.example.com"],
  [`${"a".repeat(64)}@${"b".repeat(63)}.com`, `${"a".repeat(64)}@${"b".repeat(63)}.com`],
];

const bad: readonly string[] = [
  "",
  "alice",
  "@example.com",
  "alice@",
  "alice@example..com",
  "alice@.example.com",
  "alice@example.com.",
  "alice@-example.com",
  "alice@example-.com",
  "alice@bob@example.com",
  " alice@example.com",
  "alice@example.com\n",
  "ali ce@example.com",
  // Letters that fold to ASCII ones: the Kelvin sign, the long s, full-width and dotted letters.
  "\u212aate@example.com",
  "alice@\u212aate.com",
  "\u017fam@example.com",
  "\uff21lice@example.com",
  "al\u0130ce@example.com",
  `${"a".repeat(65)}@example.com`,
  `alice@${"b".repeat(64)}.com`,
  `alice@${"b.".repeat(9)}com`,
  `alice@${"b".repeat(60)}.${"b".repeat(60)}.${"b".repeat(60)}.${"b".repeat(60)}.${"b".repeat(60)}`,
];

describe("schema: account addresses", (it) => {
  it("good ones have one stored form", () => {
    for (const [text, stored] of good) assert.is(accountAddress(text), stored);
  });

  for (const text of bad) {
    it(`${JSON.stringify(text.slice(0, 40))} is refused`, async () => {
      await throwsMesh(() => accountAddress(text), "ERR_USAGE");
      await throwsMesh(serviceUrl(text, { configured: "http://localhost:1" }), "ERR_USAGE");
    });
  }

  it("the stored form is ASCII, is its own stored form, and ends in a domain", () => {
    const character = fc.constantFrom(..."abzABZ059.-_+@ \u212a\u0130\u017f\uff41");
    fc.assert(
      fc.property(fc.array(character, { maxLength: 24 }), (characters) => {
        const text = characters.join("");
        let stored: string;
        try {
          stored = accountAddress(text);
        } catch {
          return;
        }
        assert.match(stored, /^[\x21-\x7e]+$/);
        assert.is(stored.length, text.length);
        assert.is(accountAddress(stored), stored);
        assert.is(domainName(domainOf(stored)), domainOf(stored));
      }),
      { numRuns: 5000 },
    );
  });
});
