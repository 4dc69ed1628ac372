/** Mallet calls himself by somebody else's address: what a contact says of itself is no account's address. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("a contact that claims the address of another", (it) => {
  let house: Household;
  let alice: Machine;
  const files = tempDirectory();
  const card = (name: string, ...lines: string[]): string => {
    const path = join(files, name);
    writeFileSync(path, ["BEGIN:VCARD", "VERSION:4.0", ...lines, "END:VCARD", ""].join("\r\n"));
    return path;
  };

  it.before(async () => {
    house = await startHousehold();
    alice = machine(house.home("alice"), house.service.url);
    const mallet = machine(house.home("mallet"), house.service.url);
    await alice.does("account", "create", "alice@example.com");
    await mallet.does("account", "create", "mallet@example.com");
    const claims = ["FN:Bob@example.com", "IMPP:mmm:bob@example.com", "EMAIL:bob@example.com", "TEL:+49 1"];
    await mallet.does("contact", "import", "--self", card("mallet.vcf", ...claims));
    await mallet.does("contact", "request", "alice@example.com");
    assert.is((await alice.json("contact", "request", "mallet@example.com")).outcome, "answered");
  });
  it.after(() => house.stop());

  it("is called by the address of its own account, and is not found under the other", async () => {
    const { contacts } = await alice.json("contact", "list");
    assert.ok(
      contacts.some(({ localName }: { localName: string }) => localName === "mallet@example.com"),
      JSON.stringify(contacts),
    );
    await alice.fails(66, "contact", "get", "bob@example.com");
    assert.is((await alice.json("contact", "get", "+49 1")).address, "mallet@example.com");
    await alice.does("contact", "add", "mallet@example.com", "Mal");
    assert.is((await alice.json("contact", "get", "Mal")).address, "mallet@example.com");
  });

  it("does not stand in the way of cards that the owner took in", async () => {
    await alice.does("contact", "import", card("zoe.vcf", "FN:Zoe", "EMAIL:zoe@example.org"));
    assert.is((await alice.json("contact", "get", "zoe@example.org")).localName, "Zoe");
  });

  it("names that the owner gives are short and steer no screen", async () => {
    assert.match(await alice.fails(65, "contact", "add", "mallet@example.com", "x".repeat(129)), /128/);
    assert.match(await alice.fails(65, "contact", "add", "mallet@example.com", "M\u001b[31m"), /control character/);
  });
});
