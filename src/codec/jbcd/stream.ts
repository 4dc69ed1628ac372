/**
 * JSON-B that does not fit into memory (jsonbcd-21 §4): long strings and data, in one item or in chunks, are read and written piece by
 * piece. What stands around them is collected whole, within a limit. Tag codes of JSON-C are not read here.
 */
import { TextDecoder } from "node:util";
import { asBuffer, joinBytes } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { ByteReader } from "./byte-reader.ts";
import { itemHead } from "./encode.ts";
import { lengthWidth, tagFamily, tags } from "./tags.ts";

/** Octets handed on at a time; see seal-stream.ts for why they are few. */
const pieceOctets = 0x4000;

/**
 * Content of one string or data item, or of a run of chunks up to its terminal item; base64url text between quotes counts as data.
 * Pieces hold until the next one is asked for. ERR_ENCODING for anything else, text that is not UTF-8, and a run that is cut off.
 */
export async function* readLongItem(
  reader: ByteReader,
  options: { readonly kind: "data" | "text"; readonly lenient?: boolean },
): AsyncGenerator<Uint8Array, void, undefined> {
  await reader.skipBlanks();
  if (options.kind === "data" && (await reader.peek()) === 0x22) {
    yield* readQuotedData(reader, options.lenient === true);
    return;
  }
  const check = options.kind === "text" ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }) : undefined;
  const terminal = options.kind === "text" ? tags.stringTerminal : tags.dataTerminal;
  for (let last = false; !last; ) {
    const tag = await reader.octet();
    last = tagFamily(tag) === terminal;
    if (!last && tagFamily(tag) !== terminal + 4) throw reader.refusal(`expected ${options.kind}, found tag 0x${tag.toString(16)}`);
    let left = await readLength(reader, lengthWidth(tag));
    while (left > 0) {
      const piece = await reader.some(Math.min(left, pieceOctets));
      if (piece.length === 0) throw reader.refusal(`${left} octets missing`);
      left -= piece.length;
      if (check) requireText(reader, check, piece);
      yield piece;
    }
  }
  if (check) requireText(reader, check);
}

/** A long data item, its pieces as chunks, the last of them empty and terminal. */
export async function* writeLongItem(
  source: AsyncIterable<Uint8Array>,
  options: { readonly kind: "data" | "text" },
): AsyncGenerator<Uint8Array, void, undefined> {
  const terminal = options.kind === "text" ? tags.stringTerminal : tags.dataTerminal;
  for await (const piece of source) {
    if (piece.length === 0) continue;
    yield itemHead(terminal + 4, piece.length);
    yield piece;
  }
  yield itemHead(terminal, 0);
}

/** The octets of one object or array, strings and items within included. ERR_TOO_LARGE beyond the limit, ERR_ENCODING for a scalar. */
export async function collectContainer(reader: ByteReader, maxOctets: number): Promise<Uint8Array> {
  const octets: number[] = [];
  const parts: Uint8Array[] = [];
  let length = 0;
  const keep = (octet: number): void => {
    octets.push(octet);
    if (++length > maxOctets) throw new MeshError("ERR_TOO_LARGE", `object of more than ${maxOctets} octets`);
  };
  const flush = (): void => void parts.push(Uint8Array.from(octets.splice(0)));
  let depth = 0;
  do {
    const octet = await reader.octet();
    if (depth === 0 && octet !== 0x7b && octet !== 0x5b) throw reader.refusal("expected an object or array");
    keep(octet);
    if (octet === 0x7b || octet === 0x5b) depth++;
    else if (octet === 0x7d || octet === 0x5d) depth--;
    else if (octet === 0x22) await copyString(reader, keep);
    else if (octet >= 0x80) {
      const rest = await itemLength(reader, octet, keep);
      length += rest;
      if (length > maxOctets) throw new MeshError("ERR_TOO_LARGE", `object of more than ${maxOctets} octets`);
      flush();
      parts.push(await reader.exactly(rest));
    }
  } while (depth > 0);
  flush();
  return joinBytes(parts);
}

async function copyString(reader: ByteReader, keep: (octet: number) => void): Promise<void> {
  for (;;) {
    const octet = await reader.octet();
    keep(octet);
    if (octet === 0x22) return;
    if (octet === 0x5c) keep(await reader.octet());
  }
}

/** Octets of a binary item after its tag and length field. */
async function itemLength(reader: ByteReader, tag: number, keep: (octet: number) => void): Promise<number> {
  const fixed = fixedLengths.get(tag);
  if (fixed !== undefined) return fixed;
  const isBignum = bignumTags.includes(tag);
  const hasLength = isBignum || (tag >= tags.stringTerminal && tag < tags.binary16) || tagFamily(tag) === tags.memberName;
  if (!hasLength) throw reader.refusal(`tag 0x${tag.toString(16)} cannot stand here`);
  return readLength(reader, isBignum ? 2 : lengthWidth(tag), keep);
}

const bignumTags: readonly number[] = [tags.positiveBignum, tags.positiveBignumOther, tags.negativeBignum, tags.negativeBignumOther];
const fixedLengths: ReadonlyMap<number, number> = new Map<number, number>([
  [tags.binary16, 2],
  [tags.binary32, 4],
  [tags.binary64, 8],
  [tags.binary128, 16],
  [tags.extended80, 10],
  ...[1, 2, 4, 8, 16].flatMap((width, i): [number, number][] => [
    [tags.positive + i, width],
    [tags.negative + i, width],
  ]),
  [tags.true, 0],
  [tags.false, 0],
  [tags.null, 0],
]);

async function readLength(reader: ByteReader, width: number, keep: (octet: number) => void = () => undefined): Promise<number> {
  let length = 0;
  for (let i = 0; i < width; i++) {
    const octet = await reader.octet();
    keep(octet);
    length = length * 256 + octet;
  }
  if (!Number.isSafeInteger(length)) throw reader.refusal("length beyond 2^53");
  return length;
}

function requireText(reader: ByteReader, check: TextDecoder, piece?: Uint8Array): void {
  try {
    check.decode(piece, { stream: piece !== undefined });
  } catch {
    throw reader.refusal("not UTF-8");
  }
}

/** Base64url text up to the closing quote. `lenient` drops the line breaks and blanks of foreign writers. */
async function* readQuotedData(reader: ByteReader, lenient: boolean): AsyncGenerator<Uint8Array, void, undefined> {
  await reader.octet();
  let rest = "";
  for (let last = false; !last; ) {
    const piece = await reader.some(pieceOctets);
    if (piece.length === 0) throw reader.refusal("string without end");
    const end = piece.indexOf(0x22);
    last = end !== -1;
    if (last) reader.giveBack(piece.length - end - 1);
    const fresh = asBuffer(last ? piece.subarray(0, end) : piece).toString("latin1");
    const text = rest + (lenient ? fresh.replace(/[\r\n\t ]+/g, "") : fresh);
    if (!/^[\w-]*$/.test(text)) throw reader.refusal("not base64url");
    const whole = last ? text.length : text.length - (text.length % 4);
    rest = text.slice(whole);
    const octets = Buffer.from(text.slice(0, whole), "base64url");
    // Whole groups of four are always canonical; the last one may be short, impossible, or have bits left over.
    const group = text.slice(text.length - (text.length % 4));
    if (last && Buffer.from(group, "base64url").toString("base64url") !== group) throw reader.refusal("not canonical base64url");
    if (octets.length > 0) yield octets;
  }
}
