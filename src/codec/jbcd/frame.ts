/**
 * Frames of a DARE sequence (jsonbcd-21 §7, dare-12 §4): a bframe of one to three records, readable from both ends.
 * Octets in memory only; files, locks and recovery belong to the store. Damage of any kind is ERR_ENCODING.
 */
import { putAscii } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import { lengthWidth, tagFamily, tags } from "./tags.ts";

/** Header, body and trailer; records may be absent from the right. */
export const maxRecords = 3;

/** Most octets that a frame has before and after its content. */
export const maxFrameHead = 9;

/** A frame within some octets: it takes start..end, and its records are views. */
export interface Frame {
  readonly start: number;
  readonly end: number;
  readonly records: readonly Uint8Array[];
}

/** The octets of a frame. ERR_ENCODING when there are no records or more than three. */
export function writeFrame(records: readonly Uint8Array[]): Uint8Array {
  return layFrame(records).octets;
}

/** As writeFrame, for records that are octets or ASCII text, and with the records as views on the result. */
export function layFrame(records: readonly (Uint8Array | string)[]): { readonly octets: Uint8Array; readonly records: readonly Uint8Array[] } {
  checkRecordCount(records.length);
  let content = 0;
  for (const record of records) content += headLength(record.length) + record.length;
  const head = headLength(content);
  const octets = new Uint8Array(content + 2 * head);
  const views: Uint8Array[] = [];
  let at = putHead(octets, 0, tags.bframe, content);
  for (const record of records) {
    at = putHead(octets, at, tags.uframe, record.length);
    if (typeof record === "string") putAscii(octets, at, record);
    else octets.set(record, at);
    views.push(new Uint8Array(octets.buffer, at, record.length));
    at += record.length;
  }
  octets.set(octets.slice(0, head).reverse(), at);
  return { octets, records: views };
}

/** Octets of tag and length, in the shortest of the four forms. */
function headLength(length: number): number {
  return length < 0x100 ? 2 : length < 0x10000 ? 3 : length < 0x100000000 ? 5 : 9;
}

/** Writes tag and length; returns the place after them. */
function putHead(out: Uint8Array, at: number, family: number, length: number): number {
  const width = headLength(length) - 1;
  out[at] = family + (width === 1 ? 0 : width === 2 ? 1 : width === 4 ? 2 : 3);
  let rest = length;
  for (let i = at + width; i > at; i--) {
    out[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + 1 + width;
}

/** Reads the frame that begins at `offset`; tag and length at both ends must agree, and the records fill it exactly. */
export function readFrame(octets: Uint8Array, offset: number): Frame {
  const total = frameLength(octets.subarray(offset, offset + maxFrameHead), offset);
  if (total > octets.length - offset) throw damaged(offset, `frame of ${total} octets, ${octets.length - offset} left`);
  const end = offset + total;
  const head = 1 + lengthWidth(octets[offset] ?? 0);
  for (let i = 0; i < head; i++) {
    if (octets[offset + i] !== octets[end - 1 - i]) throw damaged(offset, "the two ends of the frame differ");
  }
  return { start: offset, end, records: readRecords(octets.subarray(offset + head, end - head), offset + head) };
}

/** Reads the frame that ends before `end`. */
export function readFrameBackward(octets: Uint8Array, end: number): Frame {
  const total = frameLengthBackward(octets.subarray(Math.max(0, end - maxFrameHead), end), end);
  if (total > end) throw damaged(end, `frame of ${total} octets, ${end} before its end`);
  const frame = readFrame(octets.subarray(0, end), end - total);
  if (frame.end !== end) throw damaged(end, "the two ends of the frame differ");
  return frame;
}

/**
 * Length of a whole frame from its first octets (nine are always enough), for those who read a file piece by piece.
 * `position` is named in errors only.
 */
export function frameLength(head: Uint8Array, position = 0): number {
  const tag = head[0];
  if (tag === undefined || tagFamily(tag) !== tags.bframe) throw damaged(position, "no frame begins here");
  const width = lengthWidth(tag);
  if (head.length < 1 + width) throw damaged(position, "frame length is cut off");
  return totalLength(head.subarray(1, 1 + width), position);
}

/** Length of a whole frame from its last octets (nine are always enough). */
export function frameLengthBackward(tail: Uint8Array, position = tail.length): number {
  return frameLength(tail.slice().reverse(), position);
}

function totalLength(field: Uint8Array, position: number): number {
  const length = readLength(field);
  const total = length + 2 * (1 + field.length);
  if (!Number.isSafeInteger(total)) throw damaged(position, "frame length beyond 2^53");
  return total;
}

function readLength(field: Uint8Array): number {
  let length = 0;
  for (const octet of field) length = length * 256 + octet;
  return length;
}

function readRecords(content: Uint8Array, position: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  let at = 0;
  while (at < content.length) {
    const tag = content[at] ?? 0;
    if (tagFamily(tag) !== tags.uframe) throw damaged(position + at, "no record begins here");
    const start = at + 1 + lengthWidth(tag);
    if (start > content.length) throw damaged(position + at, "record length is cut off");
    const length = readLength(content.subarray(at + 1, start));
    if (length > content.length - start) throw damaged(position + at, "record longer than its frame");
    checkRecordCount(records.push(content.subarray(start, start + length)));
    at = start + length;
  }
  checkRecordCount(records.length);
  return records;
}

function checkRecordCount(count: number): void {
  if (count < 1 || count > maxRecords) throw new MeshError("ERR_ENCODING", `a frame of ${count} records`);
}

function damaged(position: number, reason: string): MeshError {
  return new MeshError("ERR_ENCODING", `octet ${position}: ${reason}`, { detail: { at: position } });
}
