/**
 * Octets of one record in the broker's log: `mark(4) length(4) crc32(4) payload`, payload = `u16 length of JSON || JSON || message octets`.
 * The mark lets a reader find the next whole record after a damaged one. The check sum finds accidents of a disk, not attacks.
 */
import { crc32 } from "node:zlib";
import { asBuffer, concat, fromUtf8, readUint, uintBytes, utf8 } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";

/** A message as stored. */
export interface StoredMessage {
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly payload: Uint8Array;
  /** User name of the owner's client that had it retained; absent for the hub's own messages. */
  readonly from?: string;
}

/** One change of the broker's durable state; `id` numbers the queued messages through all runs of the broker. */
export type DurableRecord =
  | { readonly kind: "retain"; readonly message: StoredMessage }
  | { readonly kind: "subscribe"; readonly client: string; readonly topics: readonly { readonly topic: string; readonly qos: 0 | 1 | 2 }[] }
  | { readonly kind: "unsubscribe"; readonly client: string; readonly topics: readonly string[] }
  | { readonly kind: "end"; readonly client: string }
  | { readonly kind: "queue"; readonly clients: readonly string[]; readonly id: number; readonly message: StoredMessage }
  /** The message was given an identifier; with `released`, the receiver has it and only PUBREL is owed. */
  | { readonly kind: "sent"; readonly client: string; readonly id: number; readonly messageId: number; readonly released: boolean }
  | { readonly kind: "done"; readonly client: string; readonly id: number }
  /** Identifiers of QoS 2 messages that were passed on and whose PUBREL has not come. */
  | { readonly kind: "received"; readonly client: string; readonly messageId: number }
  | { readonly kind: "forgotten"; readonly client: string; readonly messageIds: readonly number[] };

const mark = Uint8Array.of(0x4d, 0x51, 0xa5, 0x1e);
const headLength = 12;
/** Above what any MQTT packet that the guard admits can need. */
const mostOctets = 1024 * 1024;
const noPayload = new Uint8Array();

/** Octets of a record, framed. */
export function encodeRecord(record: DurableRecord): Uint8Array {
  let payload: Uint8Array = noPayload;
  let plain: unknown = record;
  if ("message" in record) {
    const { payload: octets, ...rest } = record.message;
    payload = octets;
    plain = { ...record, message: rest };
  }
  const json = utf8(JSON.stringify(plain));
  if (json.length > 0xffff || json.length + payload.length + 2 > mostOctets)
    throw new MeshError("ERR_TOO_LARGE", `record of ${json.length + payload.length} octets`);
  const body = concat(uintBytes(json.length, 2), json, payload);
  return concat(mark, uintBytes(body.length, 4), uintBytes(crc32(body), 4), body);
}

/** What a log holds. */
export interface LogContents {
  readonly records: readonly DurableRecord[];
  /** Length up to the end of the last whole record. */
  readonly end: number;
  /** Octets between whole records that are no record: damage, other than a torn tail. */
  readonly damaged: number;
}

/** Reads all whole records of a log and steps over what is damaged. */
export function decodeLog(octets: Uint8Array): LogContents {
  const records: DurableRecord[] = [];
  const buffer = asBuffer(octets);
  let end = 0;
  let damaged = 0;
  let at = 0;
  while (at >= 0 && at < octets.length) {
    const found = decodeAt(octets, at);
    if (found === undefined) {
      at = buffer.indexOf(mark, at + 1);
      continue;
    }
    damaged += at - end;
    records.push(found.record);
    at = end = found.end;
  }
  return { records, end, damaged };
}

function decodeAt(octets: Uint8Array, at: number): { readonly record: DurableRecord; readonly end: number } | undefined {
  if (at + headLength > octets.length || !mark.every((octet, index) => octets[at + index] === octet)) return undefined;
  const length = readUint(octets, at + 4, 4);
  const end = at + headLength + length;
  if (length < 2 || length > mostOctets || end > octets.length) return undefined;
  const body = octets.subarray(at + headLength, end);
  if (crc32(body) !== readUint(octets, at + 8, 4)) return undefined;
  const jsonEnd = 2 + readUint(body, 0, 2);
  // The check sum held, so this is what encodeRecord wrote.
  const record = JSON.parse(fromUtf8(body.subarray(2, jsonEnd))) as DurableRecord;
  if (!("message" in record)) return { record, end };
  return { record: { ...record, message: { ...record.message, payload: body.slice(jsonEnd) } }, end };
}
