/**
 * Strict check of one whole MQTT 3.1.1 packet from a client (OASIS standard, §2 and §3), before the broker's own parser sees it: that parser
 * replaces invalid UTF-8, takes NUL and wildcards in names, reads past the end of a packet and knows versions that we do not speak.
 * What is allowed beyond the form (who, which topics) is the access policy's business.
 */
import { readUint } from "../../../base/bytes.ts";

/** Why a packet must not be passed on. */
export interface Refusal {
  readonly reason: string;
  /** Return code of the CONNACK that says so to a client which has not connected yet; most faults have none. */
  readonly returnCode?: number;
}

/** Return codes of CONNACK (§3.2.2.3) for what is well-formed and not served. */
const returnCode = { unacceptableLevel: 1, identifierRejected: 2 } as const;
/** The name and the level of MQTT 3.1: [MQTT-3.1.2-1] lets us answer it as another level. */
const oldName = "MQIsdp";

const packetType = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const;

/** What is wrong with a packet; thrown and caught in this file only. */
class Malformed extends Error {
  readonly returnCode: number | undefined;

  constructor(reason: string, returnCode?: number) {
    super(reason);
    this.returnCode = returnCode;
  }
}

/** Why a packet must not be passed on; undefined for a well-formed one. `head` is the first octet, `body` what follows the length. */
export function checkPacket(head: number, body: Uint8Array): Refusal | undefined {
  try {
    check(head, new Fields(body));
    return undefined;
  } catch (error) {
    if (error instanceof Malformed) return { reason: error.message, returnCode: error.returnCode };
    throw error;
  }
}

function check(head: number, fields: Fields): void {
  const flags = head & 15;
  switch (head >> 4) {
    case packetType.connect:
      need(flags === 0, "reserved flags of connect");
      connect(fields);
      return;
    case packetType.publish:
      publish(flags, fields);
      return;
    case packetType.puback:
    case packetType.pubrec:
    case packetType.pubcomp:
      need(flags === 0, "reserved flags of an acknowledgement");
      fields.packetId();
      break;
    case packetType.pubrel:
      need(flags === 2, "reserved flags of pubrel");
      fields.packetId();
      break;
    case packetType.subscribe:
      need(flags === 2, "reserved flags of subscribe");
      filters(fields, true);
      break;
    case packetType.unsubscribe:
      need(flags === 2, "reserved flags of unsubscribe");
      filters(fields, false);
      break;
    case packetType.pingreq:
    case packetType.disconnect:
      need(flags === 0, "reserved flags of an empty packet");
      break;
    default:
      throw new Malformed(`packet type ${head >> 4} is not for a server`);
  }
  end(fields);
}

function end(fields: Fields): void {
  need(fields.atEnd, "octets after the end of the packet's fields");
}

function connect(fields: Fields): void {
  const name = fields.text();
  need(name === "MQTT" || name === oldName, "protocol name is not MQTT");
  const level = fields.octet();
  // Another version has other fields: what follows cannot be judged [MQTT-3.1.2-2].
  if (name === oldName || level !== 4) throw new Malformed(`${name} of level ${level} is not MQTT 3.1.1`, returnCode.unacceptableLevel);
  const flags = fields.octet();
  const [hasName, hasPassword, willRetain, willQos, hasWill, isClean] = [flags & 128, flags & 64, flags & 32, (flags >> 3) & 3, flags & 4, flags & 2];
  need((flags & 1) === 0, "reserved flag of connect");
  need(hasWill !== 0 || (willRetain === 0 && willQos === 0), "will flags without a will");
  need(willQos < 3, "quality of service 3");
  need(hasName !== 0 || hasPassword === 0, "password without a user name");
  fields.skip(2);
  const clientId = fields.text();
  if (hasWill !== 0) {
    topic(fields);
    fields.octets();
  }
  if (hasName !== 0) fields.text();
  if (hasPassword !== 0) fields.octets();
  end(fields);
  if (clientId.length === 0 && isClean === 0) throw new Malformed("session without a client id", returnCode.identifierRejected);
}

function publish(flags: number, fields: Fields): void {
  const qos = (flags >> 1) & 3;
  need(qos < 3, "quality of service 3");
  need(qos > 0 || (flags & 8) === 0, "duplicate flag at quality of service 0");
  topic(fields);
  if (qos > 0) fields.packetId();
}

function filters(fields: Fields, withQos: boolean): void {
  fields.packetId();
  do {
    const filter = fields.text();
    need(filter.length > 0, "empty topic filter");
    for (const [index, level] of filter.split("/").entries()) {
      need(level === "+" || !level.includes("+"), "+ is not alone in its level");
      need(!level.includes("#") || (level === "#" && filter.split("/").length === index + 1), "# is not the last level");
    }
    if (withQos) need(fields.octet() < 3, "reserved bits or quality of service 3 in a subscription");
  } while (!fields.atEnd);
}

function topic(fields: Fields): void {
  const name = fields.text();
  need(name.length > 0, "empty topic");
  need(!name.includes("+") && !name.includes("#"), "wildcard in a topic name");
}

function need(holds: boolean, otherwise: string): void {
  if (!holds) throw new Malformed(otherwise);
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Control characters and non-characters, for which a receiver may close the connection (§1.5.3). */
const unwanted = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;

/** Reads the fields of a packet in order and never past its end. */
class Fields {
  readonly #body: Uint8Array;
  #at = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  get atEnd(): boolean {
    return this.#at === this.#body.length;
  }

  skip(length: number): Uint8Array {
    const end = this.#at + length;
    need(end <= this.#body.length, "packet ends within a field");
    const octets = this.#body.subarray(this.#at, end);
    this.#at = end;
    return octets;
  }

  octet(): number {
    return this.skip(1)[0] ?? 0;
  }

  packetId(): void {
    need(this.#number() !== 0, "packet identifier 0");
  }

  octets(): Uint8Array {
    return this.skip(this.#number());
  }

  text(): string {
    const octets = this.octets();
    let text: string;
    try {
      text = decoder.decode(octets);
    } catch {
      // The decoder says nothing more than this.
      throw new Malformed("text is not UTF-8");
    }
    need(!unwanted.test(text), "control character in a text");
    return text;
  }

  #number(): number {
    return readUint(this.skip(2), 0, 2);
  }
}
