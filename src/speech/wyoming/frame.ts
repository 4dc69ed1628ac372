/**
 * Events of the Wyoming protocol on a stream. An event is one line of JSON, {type, data?, data_length?, payload_length?}, then so many octets of JSON,
 * whose members are laid over those of `data`, then so many octets of payload (audio). Both lengths are the sender's word: each is held against a
 * bound before an octet is kept for it.
 */
import { joinBytes, utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Datum, DatumObject } from "../../codec/index.ts";
import { encodeJson, isObject, parseJson } from "../../codec/index.ts";

/** Most octets of each part; what the clients that are known send is a tenth of it. */
export const frameLimits = { line: 8192, data: 65_536, payload: 65_536 } as const;

/** The version of the protocol's own package that this was written from; readers do not judge by it. */
const version = "1.7.0";
/** Nesting, and values with names of members, of one part. */
const bounds = { maxDepth: 16, maxItems: 2048 } as const;
const lineFeed = 10;

/** One event as it was received. */
export interface WyomingEvent {
  readonly type: string;
  readonly data: Readonly<DatumObject>;
  readonly payload: Uint8Array;
}

/** An event as octets. */
export function encodeEvent(type: string, data: Readonly<DatumObject> = {}, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = encodeJson(data);
  const line = { type, version, data_length: body.length, ...(payload.length === 0 ? {} : { payload_length: payload.length }) };
  return joinBytes([encodeJson(line), utf8("\n"), body, payload]);
}

interface Header {
  readonly type: string;
  readonly data: Readonly<DatumObject>;
  readonly dataLength: number;
  readonly payloadLength: number;
}

/** Takes the octets of one stream and gives its events. After an error the stream cannot be read on. */
export class EventReader {
  /** Line, data or payload so far; grown as octets come, and not as they are announced. */
  #held = new Uint8Array(512);
  #count = 0;
  #header: Header | undefined;
  #data: Readonly<DatumObject> | undefined;

  /** True while an event has begun and is not whole. */
  get isInside(): boolean {
    return this.#count > 0 || this.#header !== undefined;
  }

  /** The events that are whole with this piece, one at a time. Errors: ERR_TOO_LARGE, ERR_ENCODING. */
  *push(piece: Uint8Array): Generator<WyomingEvent, void, undefined> {
    let rest = piece;
    while (rest.length > 0) {
      rest = rest.subarray(this.#take(rest));
      const event = this.#complete();
      if (event) yield event;
    }
  }

  /** @returns how many octets belong to the part that is under way */
  #take(rest: Uint8Array): number {
    const header = this.#header;
    if (header === undefined) {
      const end = rest.indexOf(lineFeed);
      this.#hold(end < 0 ? rest : rest.subarray(0, end), frameLimits.line);
      if (end < 0) return rest.length;
      this.#header = readHeader(this.#taken());
      return end + 1;
    }
    if (this.#data === undefined) {
      const part = rest.subarray(0, header.dataLength - this.#count);
      this.#hold(part, frameLimits.data);
      return part.length;
    }
    const part = rest.subarray(0, header.payloadLength - this.#count);
    this.#hold(part, frameLimits.payload);
    return part.length;
  }

  #complete(): WyomingEvent | undefined {
    const header = this.#header;
    if (header === undefined) return undefined;
    if (this.#data === undefined) {
      if (this.#count < header.dataLength) return undefined;
      this.#data = header.dataLength === 0 ? header.data : { ...header.data, ...readObject(this.#taken(), "data") };
    }
    if (this.#count < header.payloadLength) return undefined;
    const event = { type: header.type, data: this.#data, payload: this.#taken() };
    this.#header = this.#data = undefined;
    return event;
  }

  #hold(part: Uint8Array, most: number): void {
    const count = this.#count + part.length;
    if (count > most) throw new MeshError("ERR_TOO_LARGE", `the line of an event has at most ${most} octets`);
    if (count > this.#held.length) {
      const grown = new Uint8Array(Math.min(Math.max(2 * this.#held.length, count), Math.max(frameLimits.line, frameLimits.data)));
      grown.set(this.#held.subarray(0, this.#count));
      this.#held = grown;
    }
    this.#held.set(part, this.#count);
    this.#count = count;
  }

  #taken(): Uint8Array {
    const taken = this.#held.slice(0, this.#count);
    this.#count = 0;
    // A large event is no reason to hold as much for the next.
    if (this.#held.length > frameLimits.line) this.#held = new Uint8Array(512);
    return taken;
  }
}

function readHeader(line: Uint8Array): Header {
  const { type, data, data_length, payload_length } = readObject(line, "line");
  if (typeof type !== "string" || type === "" || type.length > 64) throw new MeshError("ERR_ENCODING", "an event has a type of 1 to 64 characters");
  if (data !== undefined && data !== null && !isObject(data)) throw new MeshError("ERR_ENCODING", "the data of an event are an object");
  return {
    type,
    data: isObject(data) ? data : {},
    dataLength: readLength(data_length, "data_length", frameLimits.data),
    payloadLength: readLength(payload_length, "payload_length", frameLimits.payload),
  };
}

function readLength(value: Datum | undefined, name: string, most: number): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  if (typeof value === "bigint" || (typeof value === "number" && value > most))
    throw new MeshError("ERR_TOO_LARGE", `${name} is at most ${most} octets`);
  throw new MeshError("ERR_ENCODING", `${name} is a count of octets`);
}

function readObject(octets: Uint8Array, what: string): Readonly<DatumObject> {
  const value = parseJson(octets, bounds);
  if (!isObject(value)) throw new MeshError("ERR_ENCODING", `the ${what} of an event is no JSON object`);
  return value;
}
