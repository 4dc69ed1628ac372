/** Cards as phones and strangers make them: RFC 6350 and 6868, and every way to make them wrong. */
import fc from "fast-check";
import { concat, fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import type { VcardProperty } from "../../src/codec/vcard/index.ts";
import { escapeText, readVcards, splitValue, unescapeText, writeVcards } from "../../src/codec/vcard/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";

const limits = { octets: 1 << 20, cards: 10, properties: 256, lineOctets: 1 << 16 };
const read = (text: string | Uint8Array) => readVcards(typeof text === "string" ? utf8(text) : text, limits);
const card = (...lines: string[]): string => ["BEGIN:VCARD", "VERSION:4.0", ...lines, "END:VCARD", ""].join("\r\n");
const only = (...lines: string[]): VcardProperty => read(card(...lines))[0]!.properties[0]!;

describe("vCards: what is read", (it) => {
  it("names, groups and parameters as RFC 6350 has them", () => {
    assert.equal(only('item1.tel;TYPE="cell,home";PREF=1;VALUE=uri:tel:+1-555'), {
      group: "item1",
      name: "TEL",
      parameters: [
        { name: "TYPE", values: ["cell,home"] },
        { name: "PREF", values: ["1"] },
        { name: "VALUE", values: ["uri"] },
      ],
      value: "tel:+1-555",
    });
    assert.equal(only("TEL;CELL;TYPE=a,b:1").parameters, [
      { name: "TYPE", values: ["CELL"] },
      { name: "TYPE", values: ["a", "b"] },
    ]);
  });

  it("parameters as RFC 6868 has them", () => {
    assert.equal(only("ADR;LABEL=\"a^nb ^^ ^'c^'; d\":;;x").parameters, [{ name: "LABEL", values: ['a\nb ^ "c"; d'] }]);
  });

  it("a fold inside a character, ends of LF alone, a byte order mark", () => {
    const [before, after] = [utf8("BEGIN:VCARD\nVERSION:4.0\nFN:J"), utf8("rg\nEND:VCARD\n")];
    const folded = concat(Uint8Array.of(0xef, 0xbb, 0xbf), before, Uint8Array.of(0xc3, 0x0a, 0x09, 0xb6), after);
    assert.is(read(folded)[0]!.properties[0]!.value, "Jörg");
  });

  it("several cards, and version 3", () => {
    const file = `${card("FN:A")}\r\n${card("FN:B").replace("4.0", "3.0")}`;
    assert.equal(
      read(file).map(({ line, properties }) => [line, properties[0]!.value]),
      [
        [1, "A"],
        [6, "B"],
      ],
    );
  });

  it("escapes of text, and parts between marks that are not escaped", () => {
    assert.is(unescapeText("a\\, b\\; c\\\\ d\\ne\\N"), "a, b; c\\ d\ne\n");
    assert.equal(splitValue("Doe\\;x;John;;a\\\\;b", ";"), ["Doe\\;x", "John", "", "a\\\\", "b"]);
    assert.equal(splitValue("", ","), [""]);
  });
});

describe("vCards: what is refused, and by which words", (it) => {
  const refused = async (text: string | Uint8Array, code: "ERR_ENCODING" | "ERR_TOO_LARGE", words: RegExp): Promise<void> => {
    assert.match((await throwsMesh(() => read(text), code)).message, words);
  };

  it("cards that were cut off, at every octet", async () => {
    const whole = utf8(card("FN:Jörg Müller", "N:Müller;Jörg;;;", 'TEL;TYPE="cell":1'));
    for (let to = 1; to < whole.length - 2; to += 1) {
      try {
        read(whole.subarray(0, to));
        assert.unreachable(`cut at ${to}`);
      } catch (error) {
        assert.ok(isMeshError(error, "ERR_ENCODING"), `cut at ${to}: ${String(error)}`);
      }
    }
    await refused(card("FN:A").replace("END:VCARD\r\n", ""), "ERR_ENCODING", /card of line 1 has no end/);
    await refused(card("BEGIN:VCARD"), "ERR_ENCODING", /line 3: a card begins inside the one of line 1/);
  });

  it("what is no card", async () => {
    await refused("<html></html>", "ERR_ENCODING", /line 1/);
    await refused("FN:A\r\n", "ERR_ENCODING", /line 1 stands outside/);
    await refused(card("FN:A").replace("4.0", "2.1"), "ERR_ENCODING", /version 2\.1/);
    await refused("BEGIN:VCARD\nFN:A\nEND:VCARD\n", "ERR_ENCODING", /no version/);
    await refused("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "ERR_ENCODING", /no vCard/);
    await refused(card('FN;X="a:b'), "ERR_ENCODING", /line 3/);
    await refused(card("FN;=:b"), "ERR_ENCODING", /line 3/);
    await refused(concat(utf8("BEGIN:VCARD\nVERSION:4.0\nFN:"), Uint8Array.of(0xff), utf8("\nEND:VCARD\n")), "ERR_ENCODING", /no UTF-8/);
    assert.equal(read(""), []);
  });

  it("control characters, which steer a terminal or end a line", async () => {
    for (const character of ["\x1b", "\x00", "\r", "\x7f", "\x0b"]) await refused(card(`FN:a${character}b`), "ERR_ENCODING", /line 3 .*control/);
  });

  it("a thousand fields, too many cards, a line or a file too long", async () => {
    await refused(card(...Array.from({ length: 1000 }, (_, i) => `NOTE:${i}`)), "ERR_TOO_LARGE", /card of line 1 has more than 256 fields/);
    await refused(card("FN:A").repeat(11), "ERR_TOO_LARGE", /more than 10 cards/);
    await refused(card(`PHOTO:${"A".repeat(1 << 17)}`), "ERR_TOO_LARGE", /line 3 .*more than 65536/);
    await refused(card(`FN;${"A=1;".repeat(40)}B=1:x`), "ERR_TOO_LARGE", /parameters/);
    await refused(new Uint8Array(50 << 20), "ERR_TOO_LARGE", /52428800 octets, at most 1048576/);
  });

  it("a line that is made to be slow takes no longer than another", () => {
    const begun = performance.now();
    for (const value of [`FN;A=${'"",'.repeat(20_000)}"`, `FN${";A".repeat(31)};A=${",".repeat(60_000)}`, "a".repeat(65_000)])
      assert.throws(() => read(card(value)), isMeshError);
    assert.ok(performance.now() - begun < 30_000);
  });
});

describe("vCards: what is written", (it) => {
  it("begins no line of its own, whatever the text", () => {
    const evil = 'a\r\nEND:VCARD\r\nBEGIN:VCARD\nFN:"mallet";,\\\u2028x\x1b[31m';
    const properties = [{ name: "FN", parameters: [{ name: "LABEL", values: [evil, "b:c"] }], value: escapeText(evil) }];
    const file = writeVcards([{ properties }]);
    const text = fromUtf8(file);
    const begun = text.split("\r\n").filter((line) => line !== "" && !line.startsWith(" "));
    assert.equal(
      begun.map((line) => /^[A-Z]+/.exec(line)?.[0]),
      ["BEGIN", "VERSION", "FN", "END"],
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    assert.not.match(text, /[\x00-\x09\x0b\x0c\x0e-\x1f]/);
    const [back, ...more] = read(file);
    assert.is(more.length, 0);
    assert.is(unescapeText(back!.properties[0]!.value), evil.replace(/\r\n|\u2028/g, "\n").replace("\x1b", ""));
  });

  it("is folded at 75 octets and never inside a character", () => {
    const file = writeVcards([{ properties: [{ name: "NOTE", parameters: [], value: "ö".repeat(200) }] }]);
    for (const line of fromUtf8(file).split("\r\n")) {
      assert.ok(utf8(line).length <= 75, line);
      assert.not.match(line, /\ufffd/);
    }
    assert.is(read(file)[0]!.properties[0]!.value, "ö".repeat(200));
  });

  it("is read again as it was (property)", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 120 }).map((value) => value.replace(/[\p{Cc}\u2028\u2029]/gu, ""));
    const token = fc.stringMatching(/^[A-Z][A-Z0-9-]{0,12}$/).filter((name) => !["BEGIN", "END", "VERSION"].includes(name));
    const property: fc.Arbitrary<VcardProperty> = fc.record({
      name: token,
      parameters: fc.array(
        fc.record({
          name: token,
          values: fc.array(
            text.filter((value) => value !== ""),
            { minLength: 1, maxLength: 3 },
          ),
        }),
        { maxLength: 4 },
      ),
      value: text.map(escapeText),
    });
    fc.assert(
      fc.property(fc.array(property, { minLength: 1, maxLength: 12 }), (properties) => {
        assert.equal(JSON.parse(JSON.stringify(read(writeVcards([{ properties }]))[0]!.properties)), JSON.parse(JSON.stringify(properties)));
      }),
      { numRuns: 200 },
    );
  });

  it("text survives its escapes (property)", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "grapheme", maxLength: 40 }).map((value) => value.replace(/[\r\u0085\u2028\u2029]/g, "")),
          { minLength: 1 },
        ),
        (parts) => {
          const value = parts.map(escapeText).join(";");
          assert.equal(splitValue(value, ";").map(unescapeText), parts);
        },
      ),
    );
  });

  it("no octets make the reader do anything but read or refuse (property)", () => {
    const soup = fc.array(
      fc.constantFrom(
        "BEGIN:VCARD",
        "END:VCARD",
        "VERSION:4.0",
        "FN",
        ":",
        ";",
        "=",
        '"',
        ",",
        "\\",
        "^n",
        "\r\n",
        "\n",
        " ",
        "\t",
        "é",
        "TYPE",
        "\u0000",
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          soup.map((parts) => utf8(parts.join(""))),
        ),
        (octets) => {
          try {
            writeVcards(read(octets));
          } catch (error) {
            assert.ok(isMeshError(error, "ERR_ENCODING") || isMeshError(error, "ERR_TOO_LARGE"), String(error));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
