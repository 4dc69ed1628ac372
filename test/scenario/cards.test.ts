/**
 * Contacts by printed codes, shown codes and files: alice and carol at one service, bob and mallet at the other, every command and both services a
 * process of its own. Mallet uses a code that was used, writes his own fingerprint under alice's address, and hands out cards that nobody should take.
 */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { startTown } from "../kit/town.ts";

const [ofAlice, ofBob, ofCarol] = ["alice@example.com", "bob@example.net", "carol@example.com"] as const;

const card = (...lines: string[]): string => ["BEGIN:VCARD", "VERSION:4.0", ...lines, "END:VCARD", ""].join("\r\n");

describe("people with codes and cards", (it) => {
  it(
    "have each other's contacts by a static code, a shown one and a file; who uses a code again, or another's address, gets nothing",
    async () => {
      const town = await startTown();
      const { json, fails, run } = town;
      const file = (name: string, content: string): string => {
        const path = join(town.dir, name);
        writeFileSync(path, content);
        return path;
      };
      for (const [name, address] of [
        ["alice", ofAlice],
        ["bob", ofBob],
        ["carol", ofCarol],
        ["mallet", "mallet@example.net"],
      ] as const)
        town.create(name, address);
      const trust = (who: string, of: string): string => json(who, "contact", "get", of).trust;

      // A printed code: bob reads alice's contact, and nothing is sent to her.
      json("alice", "contact", "import", "--self", file("alice.vcf", card("FN:Alice Archer", "N:Archer;Alice;;;", "TEL:+49 1")));
      const { uri: printed } = json("alice", "contact", "static");
      assert.is(json("bob", "contact", "fetch", printed).trust, "StaticCode");
      assert.equal(json("alice", "contact", "list").pending, []);
      assert.is(trust("bob", "Alice Archer"), "StaticCode");

      // A shown code: between the services, once.
      const { uri: shown } = json("carol", "contact", "dynamic");
      assert.is(json("bob", "contact", "exchange", "--uri-file", file("shown", `${shown}\n`)).outcome, "sent");
      await eventually("carol has bob's contact, and bob hers", () => {
        json("carol", "account", "sync");
        json("bob", "account", "sync");
        return trust("carol", ofBob) === "Exchanged" && json("bob", "contact", "get", ofCarol).standing === "contact";
      });
      assert.is(trust("bob", ofCarol), "Exchanged");
      json("mallet", "contact", "exchange", shown);
      await eventually("mallet's request waits, and is not taken in", () => {
        json("carol", "account", "sync");
        const pending = json("carol", "contact", "list").pending.filter(({ address }: { address: string }) => address === "mallet@example.net");
        return pending.length === 1 && pending[0].pinError !== undefined;
      });
      fails(66, "carol", "contact", "get", "mallet@example.net");

      // Files: what bob exports, carol takes in; a file's word for a fingerprint is not trust.
      const cards = join(town.dir, "cards.vcf");
      json("bob", "contact", "export", "Alice Archer", "--out", cards);
      assert.match(readFileSync(cards, "utf8"), /FN:Alice Archer/);
      assert.is(json("carol", "contact", "import", cards).refused, 0);
      assert.equal([trust("carol", ofAlice), trust("carol", ofBob)], ["File", "Exchanged"]);
      const { udf } = json("bob", "contact", "get", ofAlice);
      const own = json("mallet", "account", "get").udf;
      const forged = file("forged.vcf", card("FN:Alice Archer", `IMPP:mmm:${ofAlice}`, `KEY;VALUE=uri:udf:${own}`) + card("FN:Good One", "UID:good"));
      const taken = run("bob", "contact", "import", forged);
      assert.is(taken.status, 77, taken.stderr);
      assert.ok(taken.stdout.includes(udf) && taken.stdout.includes(own), "both fingerprints are shown");
      assert.is(json("bob", "contact", "get", ofAlice).udf, udf);
      assert.is(json("bob", "contact", "get", "Good One").standing, "card", "and the others of the file are there");

      // Cards that nobody should take.
      const many = file("many.vcf", card(...Array.from({ length: 1000 }, () => "NOTE:x")));
      assert.match(fails(65, "bob", "contact", "import", many), /more than 256 fields/);
      const large = file("large.vcf", card("FN:A"));
      truncateSync(large, 50 << 20);
      assert.match(fails(65, "bob", "contact", "import", large), /more than 16777216 octets/);
      json("bob", "contact", "import", file("markup.vcf", card("FN:<b>a\u009b31m\u202e</b>", "UID:c1")));
      assert.ok(run("bob", "contact", "list").stdout.includes("<b>a\\x9b31m\\u202e</b>"));

      // Withdrawn is withdrawn, at the other service, too.
      json("alice", "contact", "static", "--withdraw");
      fails(66, "mallet", "contact", "fetch", printed);
      assert.equal(json("bob", "contact", "delete", ofAlice, "--yes").udf, udf);
      fails(66, "bob", "contact", "get", ofAlice);
    },
    { timeoutMs: 300_000 },
  );
});
