/** Client and service read addresses alike: what one takes the other takes, under the same stored form. */
import fc from "fast-check";
import { isMeshError } from "../../src/base/errors.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import { serviceUrl } from "../../src/protocol/index.ts";
import { assert, describe } from "../harness/suite.ts";
import { clientOf, Person, random, startService } from "../kit/service.ts";

const pieces = [
  "alice",
  "Bob",
  "a",
  "-",
  ".",
  "..",
  "@",
  "example",
  "com",
  "EXAMPLE.org",
  " ",
  "\n",
  "+",
  "_",
  "\u212a",
  "\u017f",
  "\u00e9",
  "x".repeat(64),
];

describe("provider: addresses", (it) => {
  it("the client accepts an address if and only if the service does", async () => {
    const { service } = await startService();
    const stranger = clientOf(service.url, generatePrivateKey("X448", random));
    const texts = fc.oneof(
      fc.array(fc.constantFrom(...pieces), { maxLength: 7 }).map((parts) => parts.join("")),
      fc
        .tuple(fc.constantFrom("alice", "A.b", "\u212a"), fc.array(fc.constantFrom(...pieces), { maxLength: 4 }))
        .map(([user, parts]) => `${user}@${parts.join("")}`),
      // So that of many runs some are accepted, whatever is drawn.
      fc.tuple(fc.constantFrom("alice", "Bob", "A.b"), fc.constantFrom("example.com", "EXAMPLE.org", "a.example")).map((parts) => parts.join("@")),
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(texts, async (Account) => {
        const client = await accepts(serviceUrl(Account, { configured: service.url }));
        // No account is there: an address is answered as unknown, what is none as a wrong request.
        const served = await accepts(stranger.status({ Account }));
        if (client) accepted += 1;
        assert.is(client, served, JSON.stringify(Account));
      }),
      { numRuns: 400, examples: [["alice@example..com"], ["\u212aate@example.com"], ["alice@example.com"], [" alice@example.com"]] },
    );
    assert.ok(accepted > 10, `${accepted} were accepted`);
  });

  it("an account is one under every spelling of its case", async () => {
    const { service } = await startService();
    const alice = await (await Person.meet("Alice@Example.com", service.url)).bind();
    for (const Account of ["alice@example.com", "ALICE@EXAMPLE.COM"]) assert.ok((await alice.client.status({ Account })).ContainerStatus);
  });
});

async function accepts(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
  } catch (error) {
    if (isMeshError(error, "ERR_USAGE")) return false;
    if (!isMeshError(error, "ERR_ACCOUNT_UNKNOWN")) throw error;
  }
  return true;
}
