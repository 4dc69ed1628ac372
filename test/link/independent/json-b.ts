/** JSON-B and text JSON, mixed value by value, as the page's §11 says; and the messages of §7 that are written in it. */
import { big, Refused, utf8 } from "./primitive.ts";

/** A decoded value; data is a Buffer, whole numbers beyond 2^53 are bigint. */
export type Value = null | boolean | number | bigint | string | Buffer | Value[] | { [name: string]: Value };

/** Reads exactly one value. */
export function readValue(octets: Uint8Array): Value {
  const reader = new Reader(Buffer.from(octets));
  const value = reader.value(0);
  reader.skip();
  if (reader.at !== octets.length) throw new Refused("octets after the value");
  return value;
}

class Reader {
  readonly #octets: Buffer;
  at = 0;

  constructor(octets: Buffer) {
    this.#octets = octets;
  }

  /** Spaces between values of text JSON. */
  skip(): void {
    while ([0x20, 0x09, 0x0a, 0x0d].includes(this.#octets[this.at] ?? 0)) this.at += 1;
  }

  #peek(): number {
    this.skip();
    const octet = this.#octets[this.at];
    if (octet === undefined) throw new Refused("ends early");
    return octet;
  }

  #take(length: number): Buffer {
    if (this.at + length > this.#octets.length) throw new Refused("longer than the message");
    this.at += length;
    return this.#octets.subarray(this.at - length, this.at);
  }

  #number(tag: number): bigint {
    return BigInt(`0x${this.#take(1 << (tag & 3)).toString("hex")}`);
  }

  #sized(tag: number): Buffer {
    const length = this.#number(tag);
    if (length > BigInt(this.#octets.length)) throw new Refused("longer than the message");
    return this.#take(Number(length));
  }

  #text(octets: Uint8Array): string {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
    } catch {
      throw new Refused("not UTF-8");
    }
  }

  value(depth: number): Value {
    if (depth > 64) throw new Refused("too deep");
    const tag = this.#peek();
    if (tag === 0x7b) return this.#object(depth);
    if (tag === 0x5b) return this.#list(depth);
    if (tag < 0x80) return this.#json();
    this.at += 1;
    const kind = tag & 0xfc;
    if (kind === 0x80) return this.#text(this.#sized(tag));
    if (kind === 0x88) return Buffer.from(this.#sized(tag));
    if (kind === 0xa0 || kind === 0xa8) {
      const whole = kind === 0xa0 ? this.#number(tag) : -this.#number(tag);
      return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
    }
    if (tag === 0x92) return this.#take(8).readDoubleBE();
    if (tag === 0xb0 || tag === 0xb1) return tag === 0xb0;
    if (tag === 0xb2) return null;
    throw new Refused(`tag ${tag.toString(16)}`);
  }

  /** A text, number or literal of text JSON. */
  #json(): Value {
    const rest = this.#octets.subarray(this.at).toString("latin1");
    const [found] = /^("([^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/.exec(rest) ?? [];
    if (found === undefined) throw new Refused("not JSON");
    try {
      return JSON.parse(this.#text(this.#take(found.length))) as Value;
    } catch {
      throw new Refused("not JSON");
    }
  }

  #object(depth: number): Value {
    this.at += 1;
    const out: { [name: string]: Value } = {};
    while (this.#peek() !== 0x7d) {
      if (this.#peek() === 0x2c) this.at += 1;
      const isText = this.#peek() === 0x22;
      const name = this.value(depth + 1);
      if (typeof name !== "string") throw new Refused("a name is a text");
      if (Object.hasOwn(out, name)) throw new Refused("a member twice");
      if (isText && this.#peek() !== 0x3a) throw new Refused("no colon");
      if (isText) this.at += 1;
      out[name] = this.value(depth + 1);
    }
    this.at += 1;
    return out;
  }

  #list(depth: number): Value {
    this.at += 1;
    const out: Value[] = [];
    while (this.#peek() !== 0x5d) {
      if (this.#peek() === 0x2c) this.at += 1;
      out.push(this.value(depth + 1));
    }
    this.at += 1;
    return out;
  }
}

function sized(tag: number, octets: Uint8Array): Buffer {
  return Buffer.concat([counted(tag, BigInt(octets.length)), octets]);
}

function counted(tag: number, value: bigint): Buffer {
  const step = value < 0x100n ? 0 : value < 0x10000n ? 1 : value < 0x100000000n ? 2 : 3;
  return Buffer.concat([Buffer.of(tag + step), big(value, 8).subarray(8 - (1 << step))]);
}

/** Writes a value in JSON-B. */
export function writeValue(value: Value): Buffer {
  if (value === null) return Buffer.of(0xb2);
  if (typeof value === "boolean") return Buffer.of(value ? 0xb0 : 0xb1);
  if (typeof value === "string") return sized(0x80, utf8(value));
  if (Buffer.isBuffer(value)) return sized(0x88, value);
  if (typeof value === "bigint" || Number.isInteger(value)) {
    const whole = BigInt(value as number);
    return whole < 0n ? counted(0xa8, -whole) : counted(0xa0, whole);
  }
  if (typeof value === "number") {
    const octets = Buffer.alloc(9, 0x92);
    octets.writeDoubleBE(value, 1);
    return octets;
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.of(0x5b), ...value.map(writeValue), Buffer.of(0x5d)]);
  const members = Object.entries(value).flatMap(([name, member]) => [writeValue(name), writeValue(member)]);
  return Buffer.concat([Buffer.of(0x7b), ...members, Buffer.of(0x7d)]);
}

/** An object with its one type tag. */
export function readTagged(octets: Uint8Array): { readonly tag: string; readonly body: { [name: string]: Value } } {
  const value = readValue(octets);
  const [entry, ...others] = isObject(value) ? Object.entries(value) : [];
  if (entry === undefined || others.length > 0 || !isObject(entry[1])) throw new Refused("not one object with one tag");
  return { tag: entry[0], body: entry[1] };
}

export function isObject(value: Value | undefined): value is { [name: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

type Check = (value: Value) => boolean;
const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => Number.isSafeInteger(value);
const isId: Check = (value) => isNumber(value) && Number(value) >= 1 && Number(value) <= 2 ** 31;
// Data in text JSON is base64url.
const isData: Check = (value) => Buffer.isBuffer(value) || typeof value === "string";
const oneOf =
  (...names: string[]): Check =>
  (value) =>
    names.includes(value as string);
const isValues: Check = (value) => Array.isArray(value) && value.every((item) => isObject(item) && isText(item.Name ?? null) && "Value" in item);
const isState: Check = (value) => isObject(value) && fits(value, verbs.State ?? {});

/** The table of §7; a name that ends in `?` may be absent. */
const verbs: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  Describe: { Id: isId },
  Contribution: { Id: isId, Contribution: isData },
  Deliver: { Id: isId, Sealed: isData },
  Accepted: { Id: isId, Accept: isData },
  State: { "Id?": isId, Sequence: isNumber, Values: isValues, "Cause?": oneOf("switch", "command", "start") },
  Command: { Id: isId, "MessageId?": isText, Command: isText, Arguments: isValues },
  Ping: { Id: isId },
  Reset: { Id: isId, "Sealed?": isData },
  Release: { Id: isId, Sealed: isData },
  Challenge: { Id: isId, Seconds: isNumber },
  Nonce: { Id: isId, Nonce: isData, Seconds: isNumber },
  Delegate: { Id: isId, Delegation: isData },
  Order: { Id: isId, Sealed: isData },
  Report: { Id: isId, "Nonce?": isData },
  Agree: { Id: isId, Ephemeral: isData },
  Agreed: { Id: isId, Share: isData },
  Sign: { Id: isId, Body: isData },
  Commitment: { Id: isId, Commitment: isData },
  Signature: { Id: isId, Commitment: isData, R: isData, Share: isData },
  Provision: { Id: isId, Ssid: isText, Password: isText },
  Result: { Id: isId, Result: oneOf("Accept", "Reject", "Pending", "Expired"), "ErrorReport?": isText, "State?": isState },
};

function fits(body: { [name: string]: Value }, members: Readonly<Record<string, Check>>): boolean {
  return Object.entries(members).every(([name, check]) => {
    const value = body[name.replace("?", "")];
    return value === undefined ? name.endsWith("?") : check(value);
  });
}

/** A message, or a verb that this reader does not know. */
export function readMessage(octets: Uint8Array): { readonly tag: string; readonly body: { [name: string]: Value }; readonly known: boolean } {
  const { tag, body } = readTagged(octets);
  const members = verbs[tag];
  if (members && !fits(body, members)) throw new Refused(`members of ${tag}`);
  return { tag, body, known: members !== undefined };
}
