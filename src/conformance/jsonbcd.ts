/** jsonbcd.json: items of JSON-B, JSON-C and JSON-D in both directions, what has to be isRefused, and frames read from both ends. */
import { concat, fromHex, joinBytes, toHex } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import type { Datum } from "../codec/index.ts";
import {
  decodeJsonB,
  decodeJsonBItems,
  encodeBase64url,
  encodeJsonB,
  isObject,
  isWideTag,
  RawNumber,
  readFrame,
  readFrameBackward,
  wideFormats,
  writeFrame,
} from "../codec/index.ts";
import { sha512 } from "../crypto/index.ts";
import type { Checks } from "./vector.ts";
import { isRefused, Members, made, stated } from "./vector.ts";

/** A value in the notation of the file: its type and its content, integers as decimal text. */
function noted(value: Datum): Datum {
  if (value === null) return { t: "null" };
  if (typeof value === "boolean") return { t: "bool", v: value };
  if (typeof value === "string") return { t: "str", v: value };
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) return { t: "int", v: String(value) };
  if (typeof value === "number") return { t: "float", v: value };
  if (value instanceof Uint8Array) return { t: "bin", v: encodeBase64url(value) };
  if (value instanceof RawNumber) return { t: "raw", tag: value.tag, v: toHex(value.value) };
  if (Array.isArray(value)) return { t: "arr", v: (value as readonly Datum[]).map(noted) };
  if (!isObject(value)) throw new MeshError("ERR_SCHEMA", "a value of no type");
  return { t: "obj", v: Object.entries(value).map(([name, member]) => [name, noted(member ?? null)]) };
}

/** The value of a notation. */
function datumOf(notation: Datum): Datum {
  const members = new Members(notation, "value");
  const type = members.text("t");
  switch (type) {
    case "null":
      return null;
    case "int": {
      const value = BigInt(members.text("v"));
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    case "bin":
      return members.base64("v");
    case "arr":
      return members.list("v").map(datumOf);
    case "obj":
      return Object.fromEntries(members.list("v").map((pair) => pairOf(pair)));
    case "str":
      return members.text("v");
    case "float":
      return members.number("v");
    case "bool":
      return members.flag("v");
    case "raw":
      return rawOf(members);
    default:
      throw new MeshError("ERR_SCHEMA", `value: no type is called ${JSON.stringify(type)}`);
  }
}

/** A number of which only format and width are told. */
function rawOf(members: Members): RawNumber {
  const [tag, value] = [members.number("tag"), members.hex("v")];
  if (!isWideTag(tag) || value.length !== wideFormats[tag].width)
    throw new MeshError("ERR_SCHEMA", `value: no raw number of tag ${tag} is this wide`);
  return new RawNumber(tag, concat(Uint8Array.of(tag), value));
}

/** True when a notation has numbers that are told by their format alone. */
function hasRaw(notation: Datum): boolean {
  if (Array.isArray(notation)) return (notation as readonly Datum[]).some(hasRaw);
  return isObject(notation) && (notation.t === "raw" || hasRaw(notation.v ?? null));
}

function pairOf(pair: Datum): [string, Datum] {
  const [name, value] = Array.isArray(pair) ? (pair as readonly Datum[]) : [];
  if (typeof name !== "string" || value === undefined) throw new MeshError("ERR_SCHEMA", "value: expected a name and a value");
  return [name, datumOf(value)];
}

/** A notation may leave the type of a whole float open, and has null without content: both sides are brought to one form. */
function sameForm(notation: Datum): Datum {
  return noted(datumOf(notation));
}

function recordOf(source: Members): Uint8Array {
  if (source.has("hex")) return source.hex("hex");
  const [octets, count] = source.list("repeat");
  const part = typeof octets === "string" ? fromHex(octets) : undefined;
  if (part === undefined || typeof count !== "number" || count > 0x100000) throw new MeshError("ERR_SCHEMA", "repeat: expected octets and a count");
  return joinBytes(Array.from({ length: count }, () => part));
}

/** Kinds of jsonbcd.json. */
export const jsonbcdChecks: Checks = {
  decode: ({ entry }) => {
    const input = entry.members("input");
    const octets = input.hex("bytes");
    const wanted = entry.members("expected").datum("value");
    const rawNumbers = hasRaw(wanted);
    if (input.flag("sequence")) {
      const items = decodeJsonBItems(octets, { rawNumbers }).map(noted);
      return { came: items, expected: entry.members("expected").list("value").map(sameForm) };
    }
    // Lenient, because one entry has text that was wrapped; strict reading of the others gives the same.
    return { came: noted(decodeJsonB(octets, { lenient: true, rawNumbers })), expected: sameForm(wanted) };
  },
  encode: (vector) => made(vector, { bytes: toHex(encodeJsonB(datumOf(vector.entry.members("input").datum("value")))) }),
  "decode-error": (vector) => {
    const octets = vector.entry.members("input").hex("bytes");
    return made(vector, { error: isRefused(() => decodeJsonB(octets)) });
  },
  "frame-encode": (vector) => {
    const records = vector.entry.members("input").each("records").map(recordOf);
    const frame = writeFrame(records);
    for (const read of [readFrame(frame, 0), readFrameBackward(frame, frame.length)]) {
      if (read.end !== frame.length || read.records.map(toHex).join() !== records.map(toHex).join()) {
        throw new MeshError("ERR_ENCODING", "the frame reads as another");
      }
    }
    const expected = vector.entry.members("expected");
    return made(
      vector,
      stated(expected.value, {
        bytes: () => toHex(frame),
        length: () => frame.length,
        head: () => toHex(frame.subarray(0, expected.text("head").length / 2)),
        tail: () => toHex(frame.subarray(frame.length - expected.text("tail").length / 2)),
        sha512: () => toHex(sha512(frame)),
      }),
    );
  },
  "frame-error": (vector) => {
    const octets = vector.entry.members("input").hex("bytes");
    const both = [isRefused(() => readFrame(octets, 0)), isRefused(() => readFrameBackward(octets, octets.length))];
    return made(vector, { error: both.every(Boolean) });
  },
};
