/** `meshman key`: fresh values, the drafts' examples, shares by file and pipe, and what is no key or no share. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { machine } from "../../kit/meshman-terminal.ts";

const lines = (text: string, name: string): string[] => [...text.matchAll(new RegExp(`^${name}: (\\S+)$`, "gm"))].map(([, value = ""]) => value);

describe("meshman key", (it) => {
  const root = tempDirectory();
  const desk = machine(join(root, "none"), "http://127.0.0.1:1");

  it("draws nonces and keys of the length asked for, each another, and needs no account", async () => {
    const [first, second] = [await desk.does("key", "nonce"), await desk.does("key", "nonce")];
    assert.match(first, /^N[A-Z2-7]{3}(-[A-Z2-7]{4}){6}\n$/);
    assert.is.not(first, second);
    assert.match(await desk.does("key", "secret"), /^E[A-Z2-7]{3}(-[A-Z2-7]{4}){6}\n$/);
    assert.is((await desk.json("key", "secret", "--bits", "256")).key.replaceAll("-", "").length, Math.ceil(264 / 5));
    for (const bits of ["64", "129", "512", "many"]) assert.match(await desk.fails(2, "key", "secret", "--bits", bits), /bits/);
  });

  it("gives the locator that udf-13 §1.2.2 prints", async () => {
    const key = "EADA-YKC5-WSUK-AACN-WRRO-MJOQ-PVSK-SM";
    const identifier = "MDQK-2L7C-OD5I-QJNG-ZJ3Y-OHAH-GMTW-USRH-ENGL-SG23-APAP-YH7I-ZIFA-J3UQ";
    const { success: _, ...given } = await desk.json("key", "earl", "--key", key.toLowerCase());
    assert.equal(given, { key, identifier });
    const piped = await desk.run(["key", "earl", "--key-file", "-"], { typed: `${key}\n` });
    assert.is(piped.stdout, `EARL\t${key}\nLocator\t${identifier}\n`);
    assert.match(await desk.does("key", "earl"), /^EARL\tE\S+\nLocator\tM\S+\n$/);
  });

  it("splits a key and gets it back from any quorum, from arguments, a file or a pipe", async () => {
    const made = await desk.does("key", "share", "--quorum", "3", "--shares", "5");
    const [secret = "", identifier, shares] = [lines(made, "Secret")[0], lines(made, "Identifier")[0], lines(made, "Share")];
    assert.is(shares.length, 5);
    for (const chosen of [shares.slice(0, 3), shares.slice(2), shares]) {
      const back = await desk.does("key", "recover", ...chosen);
      assert.equal([lines(back, "Secret")[0], lines(back, "Identifier")[0]], [secret, identifier]);
    }
    writeFileSync(join(root, "shares"), `# of the safe\n${made.replace(/^(Secret|Identifier).*\n/gm, "")}`);
    assert.is((await desk.json("key", "recover", "--file", join(root, "shares"))).key, secret);
    assert.match((await desk.run(["key", "recover", "--file", "-"], { typed: shares.slice(1, 4).join("\n") })).stdout, new RegExp(secret));
    const again = await desk.run(["key", "share", "-", "--json"], { typed: secret });
    assert.equal([JSON.parse(again.stdout).key, JSON.parse(again.stdout).quorum], [secret, 2]);
  });

  it("tells a key that one mistyped share gave from the one that was shared, by its identifier", async () => {
    const shared = await desk.run(["key", "share"]);
    assert.match(shared.stderr, /keep the identifier/);
    const [identifier = "", shares] = [lines(shared.stdout, "Identifier")[0], lines(shared.stdout, "Share")];
    const [first = "", second = ""] = shares;
    const mistyped = `${second.slice(0, 10)}${second[10] === "A" ? "B" : "A"}${second.slice(11)}`;
    const unchecked = await desk.run(["key", "recover", first, mistyped]);
    assert.is(unchecked.status, 0);
    assert.match(unchecked.stderr, /compare the identifier with the one that 'meshman key share' printed/);
    assert.is((await desk.json("key", "recover", first, second, "--identifier", identifier.toLowerCase())).verified, true);
    const refused = await desk.fails(77, "key", "recover", first, mistyped, "--identifier", identifier);
    assert.match(refused, /not of M\S+\nhint: one of them is mistyped/);
  });

  it("recovers the shares of udf-13 §4.5.2", async () => {
    const shares = ["SAYC-UW4N-56UI-VTTZ-62UN-J6FP-ETD3-O", "SAY6-OXXE-SUNL-KUMX-3ZG6-TRDW-UDAK-Y", "SA2O-QTQB-FQGG-4H4J-HZ7O-DE7E-6GT3-Q"];
    // E, then 8efe6610a594817555e409beeba2f916.
    assert.is((await desk.json("key", "recover", ...shares)).key, "ECHP-4ZQQ-UWKI-C5KV-4QE3-525C-7ELA");
  });

  it("refuses what is too few, of two sets, twice the same, no share, no key, or an account's", async () => {
    const [a, b] = [(await desk.json("key", "share")).shares, (await desk.json("key", "share", "--bits", "256")).shares];
    assert.match(await desk.fails(77, "key", "recover", a[0]), /1 share is too few: 2 of the set are needed\nhint: add others of the same set/);
    assert.match(await desk.fails(77, "key", "recover", a[0], a[0]), /came twice/);
    assert.match(await desk.fails(77, "key", "recover", a[0], b[1]), /not of one set/);
    assert.match(await desk.fails(77, "key", "recover", a[0], "NAAA-AAAA-AAAA"), /not a share/);
    assert.match(await desk.fails(65, "key", "recover", a[0], "SA01"), /not a digit/);
    assert.match(await desk.fails(2, "key", "recover"), /no shares/);
    assert.match(await desk.fails(66, "key", "recover", "--file", join(root, "missing")), /no file/);
    assert.match(await desk.fails(2, "key", "share", "--quorum", "4"), /--quorum must be a number from 2 to 3/);
    assert.match(await desk.fails(2, "key", "share", "--shares", "16"), /--shares/);
    assert.match(await desk.fails(77, "key", "share", "NAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA"), /not an encryption key/);
    assert.match(await desk.fails(77, "key", "earl", "--key", "EAAA-A"), /no symmetric key/);
    // architecture-17 §4.5: what comes out is the seed of an account, which no command prints.
    const escrowed = [
      "SAQL-G6IN-REG2-KFQW-43NB-6ZJL-6UGE-J2TV-ELBC-QV2Y-OI2K-ICIU-6EYP-XKVO-P2SA",
      "SAQZ-54IY-TLPG-EUP6-RWUO-4UQK-X5NQ-QB7B-SYA5-S5XT-D4T7-J327-LPQH-VQY6-76YA",
    ];
    assert.match(await desk.fails(77, "key", "recover", ...escrowed), /of an account, not of a key\nhint: use 'meshman account recover'/);
  });
});
