/**
 * JSON text (RFC 8259) from and to octets. A parser of our own because JSON.parse keeps no source octets, takes the last of
 * two members of one name, rounds large integers, and has no limits. Foreign white space inside strings is read only in lenient mode.
 */
import { joinBytes, utf8 } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { encodeBase64url } from "./base64url.ts";
import type { Datum } from "./datum.ts";
import { Encoded } from "./datum.ts";
import type { DecodeOptions } from "./source.ts";
import { defaultMaxDepth, openSource, refuseHere, skipBlanks } from "./source.ts";
import { readTree } from "./tree.ts";

export { spanOf } from "./source.ts";

/**
 * Reads one JSON value. Objects have no prototype; members given twice, lone surrogates and anything after the value are refused.
 * ERR_ENCODING names the octet; ERR_TOO_LARGE when a limit is passed.
 */
export function parseJson(octets: Uint8Array, options?: DecodeOptions): Datum {
  const source = openSource(octets, options);
  const value = readTree(source);
  skipBlanks(source);
  if (source.at !== octets.length) refuseHere(source, "the end");
  return value;
}

/**
 * Writes a value without white space, members in their order, undefined ones left out; octets become base64url strings.
 * ERR_ENCODING for what JSON cannot carry: NaN, infinities, lone surrogates, more than 64 levels, encoded octets that are not JSON text.
 */
export function encodeJson(datum: Datum): Uint8Array {
  const writer: Writer = { parts: [], text: "" };
  write(writer, datum, 0);
  flush(writer);
  return joinBytes(writer.parts);
}

/** True when octets of a JSON or JSON-B value hold no binary item and no wrapped string, so that they can stand in JSON text. */
export function isJsonText(octets: Uint8Array): boolean {
  let inString = false;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at] ?? 0;
    if (octet === 0x22) inString = !inString;
    else if (inString && octet === 0x5c) at += 1;
    else if (inString && octet < 0x20) return false;
    else if (!inString && octet >= 0x80) return false;
  }
  return octets.length > 0 && !inString;
}

/** Text gathered until octets that go out verbatim come in between. */
interface Writer {
  readonly parts: Uint8Array[];
  text: string;
}

function flush(writer: Writer): void {
  if (writer.text !== "") writer.parts.push(utf8(writer.text));
  writer.text = "";
}

function write(writer: Writer, datum: Datum, depth: number): void {
  if (datum === null || typeof datum === "boolean") writer.text += String(datum);
  else if (typeof datum === "string") writer.text += stringText(datum);
  else if (typeof datum === "number" || typeof datum === "bigint") writer.text += numberText(datum);
  else if (datum instanceof Uint8Array) writer.text += `"${encodeBase64url(datum)}"`;
  else if (datum instanceof Encoded) {
    if (!isJsonText(datum.octets)) throw new MeshError("ERR_ENCODING", "encoded octets are not JSON text");
    flush(writer);
    writer.parts.push(datum.octets);
  } else if (depth >= defaultMaxDepth) {
    throw new MeshError("ERR_ENCODING", `nested deeper than ${defaultMaxDepth}`);
  } else if (Array.isArray(datum)) {
    let separator = "[";
    for (const element of datum as readonly Datum[]) {
      writer.text += separator;
      write(writer, element, depth + 1);
      separator = ",";
    }
    writer.text += separator === "[" ? "[]" : "]";
  } else {
    let separator = "{";
    for (const [name, member] of Object.entries(datum)) {
      if (member === undefined) continue;
      writer.text += `${separator}${stringText(name)}:`;
      write(writer, member, depth + 1);
      separator = ",";
    }
    writer.text += separator === "{" ? "{}" : "}";
  }
}

function stringText(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new MeshError("ERR_ENCODING", "text with a lone surrogate");
  return JSON.stringify(text);
}

function numberText(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  if (!Number.isFinite(value)) throw new MeshError("ERR_ENCODING", `number ${value}`);
  // With an exponent, so that the reader does not take a rounded number for an exact integer.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}
