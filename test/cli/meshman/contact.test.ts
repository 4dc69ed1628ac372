/** The contact commands as alice and bob type them, and files as strangers make them. */
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { startHousehold } from "../../kit/household.ts";
import type { Machine } from "../../kit/meshman-terminal.ts";
import { fieldOf, machine } from "../../kit/meshman-terminal.ts";

const card = (...lines: string[]): string => ["BEGIN:VCARD", "VERSION:4.0", ...lines, "END:VCARD", ""].join("\r\n");

describe("meshman contact", (it) => {
  let house: Household;
  let alice: Machine;
  let bob: Machine;
  const files = tempDirectory();
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(files, name);
    writeFileSync(path, content);
    return path;
  };

  it.before(async () => {
    house = await startHousehold();
    alice = machine(house.home("alice"), house.service.url);
    bob = machine(house.home("bob"), house.service.url);
    await alice.does("account", "create", "alice@example.com");
    await bob.does("account", "create", "bob@example.com");
  });
  it.after(() => house.stop());

  it("asks, shows first use as what it is, and is answered", async () => {
    const udf = fieldOf(await bob.does("contact", "request", "alice@example.com", "--message", "it is bob"), "UDF");
    assert.match(await bob.does("contact", "get", "alice@example.com"), /trust\tfirst use, not verified\nasked\t/);
    const { pending } = await alice.json("contact", "list");
    assert.equal([pending.length, pending[0].address, pending[0].subject], [1, "bob@example.com", "it is bob"]);
    assert.match((await alice.run(["contact", "list"])).stderr, /bob@example\.com .* wants to be .*\n.*contact request bob@example\.com/);
    assert.is((await alice.json("contact", "request", "bob@example.com")).outcome, "answered");
    assert.match((await bob.run(["account", "sync"])).stderr, /alice@example\.com is a contact of yours/);
    const known = await bob.json("contact", "get", udf.slice(0, 12));
    assert.equal([known.address, known.standing, known.trust, known.verified], ["alice@example.com", "contact", "FirstUse", false]);
  });

  it("refuses a fingerprint that is not the account's, and takes the right one by hand", async () => {
    const wrong = "MBWQ-ORBR-OZAZ-PQEN-7DDX-2XYV-BXCR";
    const said = await bob.fails(77, "contact", "add", "alice@example.com", "--udf", wrong);
    assert.ok(said.includes(wrong) && said.includes("contact delete"), said);
    const { udf } = await bob.json("contact", "get", "alice@example.com");
    assert.is((await bob.json("contact", "add", "alice@example.com", "Alice", "--udf", udf)).trust, "Manual");
    assert.is((await bob.json("contact", "get", "Alice")).verified, true);
  });

  it("exchanges by a code, given in a file, with names of one's own", async () => {
    const carol = machine(house.home("carol"), house.service.url);
    await carol.does("account", "create", "carol@example.com");
    await carol.does("contact", "import", "--self", file("carol.vcf", card("FN:Carol Clark", "N:Clark;Carol;;;", "TEL:+1")));
    const { uri } = await carol.json("contact", "dynamic");
    await alice.does("contact", "exchange", "--uri-file", file("code", `${uri}\n`));
    await carol.does("account", "sync");
    await alice.does("account", "sync");
    const known = await alice.json("contact", "get", "Carol Clark");
    assert.equal([known.trust, known.addresses.map(({ address }: { address: string }) => address)], ["Exchanged", ["carol@example.com", "+1"]]);
    assert.match(await alice.fails(77, "contact", "exchange", uri.replace(/udf=M.{4}/, "udf=MBWQ-")), /the code is of account/);
    assert.match(await alice.fails(65, "contact", "fetch", uri), /is a PIN/);
    const printed = await carol.json("contact", "static");
    assert.is((await bob.json("contact", "fetch", printed.uri)).trust, "StaticCode");
    await carol.does("contact", "static", "--withdraw");
    await bob.fails(66, "contact", "fetch", printed.uri);
  });

  it("imports cards once, and exports what it took", async () => {
    const path = file(
      "cards.vcf",
      card("FN:Zoë Zander", "N:Zander;Zoë;;;", "UID:urn:uuid:1", "TEL;TYPE=cell:+49 1", "EMAIL:zoe@example.org", "BDAY:--0203", "NOTE:a\\, b") +
        card("KIND:org", "FN:Example Ltd", "ADR:;;High Street 1;Town;;12345;Land", "URL:https://example.org"),
    );
    assert.equal(
      (await alice.json("contact", "import", path)).cards.map(({ outcome }: { outcome: string }) => outcome),
      ["added", "added"],
    );
    const again = await alice.json("contact", "import", path);
    assert.equal(
      again.cards.map(({ outcome }: { outcome: string }) => outcome),
      ["same", "same"],
    );
    const text = await alice.does("contact", "export", "Zoë Zander");
    for (const line of ["FN:Zoë Zander", "N:Zander;Zoë;;;", "TEL:+49 1", "EMAIL:zoe@example.org", "BDAY:--0203", "NOTE:a\\, b"])
      assert.ok(text.split("\r\n").includes(line), `${line} in ${text}`);
    const out = join(files, "all.json");
    await alice.does("contact", "export", "--format", "json", "--out", out);
    assert.not.match(readFileSync(out, "utf8"), /StaticCode|Told/);
    const dave = machine(house.home("dave"), house.service.url);
    await dave.does("account", "create", "dave@example.com");
    const taken = await dave.json("contact", "import", out);
    assert.is(taken.refused, 0, JSON.stringify(taken));
    const { contacts } = await dave.json("contact", "list");
    assert.ok(contacts.some(({ localName }: { localName: string }) => localName === "Example Ltd"));
    const bobs = contacts.find(({ address }: { address: string }) => address === "bob@example.com");
    assert.equal([bobs.trust, bobs.verified], ["File", false], "a file's word for a fingerprint is not trust");
  });

  it("takes what is good and says what is not", async () => {
    const { udf } = await alice.json("contact", "get", "bob@example.com");
    const other = "MBWQ-ORBR-OZAZ-PQEN-7DDX-2XYV-BXCR";
    const path = file("mixed.vcf", card("FN:Mallet", "IMPP:mmm:bob@example.com", `KEY;VALUE=uri:udf:${other}`) + card("FN:Good One", "UID:good"));
    const ran = await alice.run(["contact", "import", path]);
    assert.is(ran.status, 77);
    assert.ok(ran.stdout.includes(udf) && ran.stdout.includes(other) && /Good One\tadded/.test(ran.stdout), ran.stdout);
    assert.is((await alice.json("contact", "get", "bob@example.com")).udf, udf);
    const one = (fingerprint: string, uid: string) => card(`FN:${uid}`, `UID:${uid}`, "IMPP:mmm:new@example.com", `KEY;VALUE=uri:udf:${fingerprint}`);
    const twice = await alice.run([
      "contact",
      "import",
      file("twice.vcf", one("MB5S-R4AJ-3FBT-7NHO-T26Z-2E6Y-WFHE", "one") + one(other, "two") + card("FN:Third", "UID:third")),
    ]);
    assert.equal([twice.status, twice.stdout.split("\n").map((line) => line.split("\t")[1])], [77, ["added", "refused", "added", undefined]]);
  });

  it("ends clearly for a thousand fields, fifty megabytes, a cut card, escapes and markup", async () => {
    assert.match(
      await alice.fails(65, "contact", "import", file("many.vcf", card(...Array.from({ length: 1000 }, () => "NOTE:x")))),
      /more than 256 fields/,
    );
    const large = file("large.vcf", card("FN:A"));
    truncateSync(large, 50 << 20);
    assert.match(await alice.fails(65, "contact", "import", large), /more than 16777216 octets/);
    const picture = file("picture.vcf", card("FN:Pictured", `PHOTO:data:image/png;base64,${"A".repeat(100_000)}`));
    const taken = await alice.run(["contact", "import", picture]);
    assert.equal([taken.status, /100022 characters was left out/.test(taken.stderr)], [0, true], taken.stderr);
    assert.match(await alice.fails(65, "contact", "import", file("cut.vcf", card("FN:A").slice(0, -11))), /cut off/);
    assert.match(await alice.fails(65, "contact", "import", file("escape.vcf", card("FN:\x1b[31mred"))), /control character 27/);
    await alice.does("contact", "import", file("c1.vcf", card("FN:<b>a\u009b31m\u202e</b>", "UID:c1")));
    const list = await alice.does("contact", "list");
    assert.ok(list.includes("<b>a\\x9b31m\\u202e</b>"), list);
    assert.match(await alice.fails(66, "contact", "add", "no-such-file.vcf"), /neither a file nor an address/);
    assert.match(await alice.fails(65, "contact", "import", file("none.json", '{"Task":{}}')), /expected/);
  });

  it("forgets when told to, and not its owner", async () => {
    await alice.fails(2, "contact", "delete", "bob@example.com");
    await alice.does("contact", "delete", "bob@example.com", "--yes");
    await alice.fails(66, "contact", "get", "bob@example.com");
    assert.match(await alice.fails(2, "contact", "delete", "alice@example.com", "--yes"), /your own contact/);
  });

  it("what others wrote steers no screen, and goes to a file as it is", async () => {
    const name = "Eve\u009b31mEvil";
    await alice.does("contact", "import", file("eve.vcf", card(`FN:Eve Evil`, "N:Evil;Eve;;;", `NOTE:${name}`)));
    for (const format of ["vcard", "json"]) {
      const words = ["contact", "export", "--format", format];
      const shown = await alice.run(words, { isTerminal: true });
      assert.is(shown.status, 0, shown.stderr);
      assert.not.match(shown.stdout, /[\u0080-\u009f]/);
      const { stdout } = await alice.run(words);
      assert.ok(stdout.includes("\u009b"), format);
    }
  });
});
