/**
 * The common part of the firmware (firmware-stubs/common) on this machine, with the sanitizers of gcc: it makes and takes the device-link vectors of what it
 * has, refuses those that must fail, and bears what nobody should send (changed at random from a seed; no coverage guides it).
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { systemRandom } from "../../src/base/random.ts";
import { ed25519Of } from "../../src/crypto/birational.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import { assert, describe, skipUnless, tempDirectory } from "../harness/suite.ts";
import { type Fields, harness, needsCompiler, sourcesOf, word } from "./c-harness.ts";

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly input: Fields;
  readonly expected: Fields;
}

const read = (name: string): Vector[] =>
  (JSON.parse(readFileSync(packagePath("test/vectors/device-link", name), "utf8")) as { readonly vectors: Vector[] }).vectors;
const vectors = { good: read("good.json"), bad: read("must-fail.json") };
const strings = (value: unknown): string[] => value as string[];
const ofKind = (list: readonly Vector[], kind: string): Vector[] =>
  list.filter((vector) => vector.kind === kind && (vector.input.curve ?? "X25519") === "X25519");

/** A program of common/ with the device on the stand of fuzz/. */
function onStand(source: string, words: readonly string[] = []): string {
  needsCompiler();
  const out = join(tempDirectory(), "stand");
  const stand = packagePath("test", "device", "fuzz");
  const rooms = [stand, packagePath("firmware-stubs", "common"), packagePath("firmware-stubs", "devices")];
  const firmware = rooms.slice(1).flatMap((room) => sourcesOf(room).filter((path) => !/mesh_(crypto|curve)\.c$/.test(path)));
  const own = ["subject.c", "open_crypto.c", "pieces.c"].map((name) => join(stand, name));
  const flags = ["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-DMESH_GRANTS=4", ...words, ...rooms.map((room) => `-I${room}`)];
  const made = spawnSync("cc", [...flags, "-o", out, packagePath("test/device/common", source), ...own, ...firmware, "-lsodium"], {
    encoding: "utf8",
  });
  assert.is(made.status, 0, made.stderr);
  return out;
}

/** Whoever comes first compiles it: a minute on a busy machine. */
const patient = { timeoutMs: 180_000 };

describe("the link in C, by the vectors", (it) => {
  it(
    "hails, and blocks on a serial line",
    async () => {
      const device = harness();
      for (const { id, input, expected } of ofKind(vectors.good, "hail"))
        assert.is(await device.ask("hail", input.key, input.nonce), expected.hail, id);
      const octet = (value: unknown): string => Number(value).toString(16).padStart(2, "0");
      for (const { id, input, expected } of ofKind(vectors.good, "serial block")) {
        assert.is(await device.ask("block", octet(input.type), octet(input.stream), word(input.body)), expected.octets, id);
      }
      for (const { id, input, expected } of [...ofKind(vectors.good, "serial line read"), ...ofKind(vectors.bad, "serial line read")]) {
        const answer = await device.ask("line", strings(input.chunks).join(""));
        const found = [...answer.matchAll(/block:(\S+)/g)].map(([, content = ""]) => content);
        // What is damaged it passes over without a word; a type that it does not know it leaves to the device.
        const wanted = (expected.results as Fields[]).filter(({ refused }) => refused === undefined);
        const packets = wanted.map(({ type, stream, body }) => `${octet(type)}${octet(stream)}${body}`);
        assert.equal(
          found.filter((content) => Number.parseInt(content.slice(0, 2), 16) <= 4),
          packets,
          id,
        );
      }
    },
    patient,
  );

  it("values in JSON-B", async () => {
    const device = harness();
    const good = [...ofKind(vectors.good, "message").map(({ id, expected }) => ({ id, octets: String(expected.octets) }))];
    for (const { id, octets } of good) {
      assert.is(await device.ask("value", octets), "whole:", id);
      assert.is(await device.ask("value", octets.slice(0, -2)), "damaged:", `${id} cut`);
      assert.is(await device.ask("value", `${octets}00`), "damaged:", `${id} and an octet`);
    }
    // What these lack is nothing that one verb wants and another does not.
    const damaged = /\/(empty|cut|trailing|same-member-twice.*|same-tag-twice|length-beyond-the-end|deep|no-letter)$/;
    const bad = ofKind(vectors.bad, "message read").filter(({ id }) => damaged.test(id));
    assert.is(bad.length, 10);
    for (const { id, input } of bad) assert.is(await device.ask("value", word(input.octets)), "damaged:", id);
    for (const { id, input } of ofKind(vectors.good, "message read")) {
      if (id !== "message-read/unknown-cause-free") assert.is(await device.ask("value", input.octets), "whole:", id);
    }
    const nested = (levels: number, name: string): string => `7b800161${"5b".repeat(levels)}7b800162a001${name}a0027d${"5d".repeat(levels)}7d`;
    assert.is(await device.ask("value", nested(62, "800163")), "whole:");
    assert.is(await device.ask("value", nested(62, "800162")), "damaged:", "b stands twice at the last level");
    assert.is(await device.ask("value", nested(63, "800163")), "damaged:", "65 levels");
    for (const crossed of ["7b5d", "5b7d", "7b8001617b5d7d", "5b7ba0017d7d5d", "7b8001615b7d7d", "5b5b5d7d", "7b8001615d", "7ba0017d"])
      assert.is(await device.ask("value", crossed), "damaged:", crossed);
    assert.is(await device.ask("value", "5b7b7d5b5d7b8001615b7b7d5d7d5d"), "whole:");
  });

  it("numbers in tenths, without a fraction of this machine", async () => {
    const device = harness();
    assert.is(await device.ask("tenths", -1_000_000, 1_000_000, 1), "2000001");
    assert.is(await device.ask("tenths", -2_147_483_647, 2_147_483_647, 99_991), String(Math.floor((2 * 2_147_483_647) / 99_991) + 1));
    const binary64 = (value: number): string => {
      const octets = Buffer.alloc(9, 0x92);
      octets.writeDoubleBE(value, 1);
      return octets.toString("hex");
    };
    const wanted: readonly (readonly [value: number, tenths: string, whole: string])[] = [
      [0, "0", "0"],
      [-0, "0", "0"],
      [5e-324, "0", "0"],
      [1e-9, "0", "0"],
      [0.1 + 0.2, "3", "none:"],
      [21.5, "215", "none:"],
      [-21.5, "-215", "none:"],
      [21.55, "none:", "none:"],
      [0.04, "none:", "none:"],
      [0.96, "none:", "none:"],
      [7, "70", "7"],
      [1e8, "1000000000", "100000000"],
      [2_147_483_647, "none:", "2147483647"],
      [2_147_483_648, "none:", "none:"],
      [1e300, "none:", "none:"],
      [Number.POSITIVE_INFINITY, "none:", "none:"],
      [Number.NEGATIVE_INFINITY, "none:", "none:"],
      [Number.NaN, "none:", "none:"],
    ];
    for (const [value, tenths, whole] of wanted) {
      assert.is(await device.ask("number", "tenths", binary64(value)), tenths, `${value}`);
      assert.is(await device.ask("number", "whole", binary64(value)), whole, `${value}`);
    }
    for (const other of ["80012a", "b0", "b2", "5b"]) assert.is(await device.ask("number", "whole", other), "none:", other);
    assert.is(await device.ask("number", "tenths", "a8ff"), "-2550");
    assert.is(await device.ask("number", "whole", "a280000000"), "none:", "2^31");
  });

  it("an object of 64 members at most, and none of them twice, wherever it stands", async () => {
    const device = harness();
    const members = (names: readonly number[]): string => `7b${names.map((name) => `8002${name.toString(16).padStart(4, "0")}a001`).join("")}7d`;
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, name) => name);
    assert.is(await device.ask("value", members(upTo(64))), "whole:");
    assert.is(await device.ask("value", members(upTo(65))), "damaged:");
    assert.is(await device.ask("value", `5b${members(upTo(65))}5d`), "damaged:");
    for (const [first, again] of [
      [0, 1],
      [0, 63],
      [62, 63],
    ] as const) {
      const names = upTo(64).map((name) => (name === again ? first : name));
      assert.is(await device.ask("value", members(names)), "damaged:", `${first} stands again at ${again}`);
      assert.is(await device.ask("value", `7b80016b${members(names)}7d`), "damaged:");
    }
    // "a" in text and "a" in octets are one name.
    assert.is(await device.ask("value", `7b226122a001800161a0027d`), "damaged:");
    // An object is passed over once for each that it stands in, which is what is most to do in 16 kB.
    const wide = `5b${"b0".repeat(16_000)}5d`;
    assert.is(await device.ask("value", `${"7b800161".repeat(63)}${wide}${"7d".repeat(63)}`), "whole:");
  });

  it("handshakes and sessions, both ways", async () => {
    const device = harness();
    const found = ofKind(vectors.good, "handshake");
    assert.ok(found.length >= 3);
    for (const { id, input, expected } of found) {
      await device.start(input);
      assert.is(
        await device.packets(strings(expected.handshake_1)),
        strings(expected.handshake_2)
          .map((packet) => `sent:${packet}`)
          .join(" "),
        id,
      );
      assert.is(
        await device.packets(strings(expected.handshake_1)),
        strings(expected.handshake_2)
          .map((packet) => `sent:${packet}`)
          .join(" "),
        `${id} again`,
      );
      assert.is(await device.packets(strings(expected.confirm)), "began:", id);
      for (const [at, packets] of (expected.from_hub as string[][]).entries()) {
        assert.is(await device.packets(packets), `asked:${strings(input.from_hub)[at]}`, id);
      }
      for (const [at, packets] of (expected.from_device as string[][]).entries()) {
        const message = strings(input.from_device)[at];
        // An empty message means nothing, and a device has none to send.
        if (message === "") continue;
        assert.is(await device.ask("say", message), packets.map((packet) => `sent:${packet}`).join(" "), id);
      }
    }
  });

  it("refuses the handshakes that must fail", async () => {
    const device = harness();
    for (const { id, input } of ofKind(vectors.bad, "handshake read by the device")) {
      await device.start(input);
      const answer = await device.packets(strings(input.handshake_1));
      assert.ok(answer === "sent:7f000102" || answer === "", `${id}: ${answer}`);
    }
  });

  it("drops duplicates, and ends the session at a gap, a failed tag or an unknown flag", async () => {
    const device = harness();
    const whole = ofKind(vectors.good, "handshake").find(({ id }) => id === "handshake/linked-mqtt");
    assert.ok(whole);
    for (const { id, input, expected } of [...ofKind(vectors.good, "transport received"), ...ofKind(vectors.bad, "transport received")]) {
      if (input.medium !== "mqtt" || input.mode !== "linked") continue;
      await device.start(input);
      await device.packets(strings(whole?.expected.handshake_1));
      for (const [at, result] of (expected.results as unknown[]).entries()) {
        const answer = (await device.ask("packet", word(strings(input.packets)[at]))).replace(/^began:\s*/, "");
        if (typeof result === "string") assert.is(answer, result === "" ? "" : `asked:${result}`, `${id} ${at}`);
        else if (result === null) assert.is(answer, "", `${id} ${at}`);
        else assert.ok(!answer.includes("asked:"), `${id} ${at}: ${answer}`);
      }
    }
  });

  it("halves of keys: agreements, and parts of signatures", async () => {
    const device = harness();
    const all = (kind: string): Vector[] => [...vectors.good, ...vectors.bad].filter((vector) => vector.kind === kind);
    const wanted = (expected: Fields, text: unknown): string => (expected.error === undefined ? String(text) : "refused:");
    for (const { id, input, expected } of all("agreement part"))
      assert.is(await device.ask("agree", input.share, word(input.ephemeral)), wanted(expected, expected.Share), id);
    for (const { id, input, expected } of all("agreement of both"))
      assert.is(await device.ask("agree-both", word(input.part), input.own_part), wanted(expected, expected.secret), id);
    for (const { id, input, expected } of all("signature part")) {
      const part = await device.ask("sign-part", input.key, input.body, word(input.commitment), input.share, input.nonce);
      assert.is(part, wanted(expected, `${expected.R}${expected.Share}`), id);
    }
  });

  it("points of X25519 keys, and back", async () => {
    const device = harness();
    for (let count = 0; count < 200; count++) {
      const { public: key } = generatePrivateKey("X25519", systemRandom);
      // u does not show the sign of a point; here it is the one with an even x.
      const even = ed25519Of(key).octets.map((octet, at) => (at === 31 ? octet & 127 : octet));
      assert.is(await device.ask("map", toHex(key.octets)), `${toHex(even)} ${toHex(key.octets)}`);
    }
    // Above the prime, and where nothing can be divided by.
    const of = async (octets: string): Promise<string> => device.ask("map", octets);
    assert.is(await of(`f6${"ff".repeat(30)}7f`), await of(`09${"00".repeat(31)}`), "2^255 - 10 is 9");
    assert.is(await of(`ec${"ff".repeat(30)}7f`), "00".repeat(32), "-1");
  });

  for (const places of [1, 2, 4]) {
    it(`${places} ${places === 1 ? "place" : "places"} for events: what happens last is told, while another is under way`, () => {
      const out = onStand("events.c", [`-DMESH_EVENTS=${places}`]);
      const played = spawnSync(out, [], { encoding: "utf8" });
      assert.is(played.status, 0, played.stderr);
      assert.is(played.stdout.trim().split("\n").length, 3);
    });
  }

  it("ends the session over what is no message, and over nothing else", () => {
    // What a verb has to hold besides, its reader says, and a device may reject it by that.
    const shapes = /\/(cut|trailing|two-tags|no-object|id-text|same-member-twice.*|same-tag-twice|length-beyond-the-end|deep|no-letter)$/;
    const none = ofKind(vectors.bad, "message read").filter(({ id }) => shapes.test(id));
    assert.is(none.length, 12);
    const good = ofKind(vectors.good, "message read").filter(({ id }) => id !== "message-read/unknown-cause-free");
    const lines = [...none, ...good].map(({ input }) => String(input.octets));
    const { stdout } = spawnSync(onStand("shapes.c"), [], { input: `${lines.join("\n")}\n`, encoding: "utf8" });
    const found = stdout.trim().split("\n");
    for (const [at, { id }] of [...none, ...good].entries()) assert.is(found[at], at < none.length ? "over" : "open", id);
  });

  it("a device that judges orders is not made with a single nonce, which anybody who orders would end, nor with more than the link allows", () => {
    needsCompiler();
    const made = (nonces: number): boolean => {
      const words = ["-std=c99", "-fsyntax-only", `-DMESH_NONCES=${nonces}`, packagePath("firmware-stubs/common/mesh_power.c")];
      return spawnSync("cc", words).status === 0;
    };
    assert.equal([0, 1, 2, 4, 8, 9].filter(made), [2, 4, 8]);
  });

  it("nothing that cppcheck warns of", () => {
    skipUnless(spawnSync("cppcheck", ["--version"]).status === 0, "needs cppcheck");
    const rooms = ["common", "devices", "posix"].map((name) => packagePath("firmware-stubs", name));
    const flags = ["--std=c99", "--enable=warning,portability,performance", "--suppress=missingIncludeSystem", "--error-exitcode=1", "-q"];
    const found = spawnSync("cppcheck", [...flags, ...rooms.map((room) => `-I${room}`), ...rooms], { encoding: "utf8" });
    assert.is(found.status, 0, found.stderr);
  });

  it(
    "bears what nobody should send: 60000 packets, lines and values, changed at random",
    async () => {
      const device = harness();
      const whole = ofKind(vectors.good, "handshake").find(({ id }) => id === "handshake/linked-mqtt");
      await device.start(whole?.input ?? {});
      await device.packets(strings(whole?.expected.handshake_1));
      await device.packets(strings(whole?.expected.confirm));
      const seeds = [
        ...strings(whole?.expected.handshake_1),
        ...((whole?.expected.from_hub ?? []) as string[][]).flat(),
        "00090102030400",
        "7b8001417b8001428801ff7d7d",
      ];
      for (const [at, packet] of seeds.entries()) assert.is(await device.ask("fuzz", 1000 + at, Math.ceil(60_000 / seeds.length), packet), "");
    },
    patient,
  );
});
