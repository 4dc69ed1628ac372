/**
 * Tickets: what a host needs to know of a session, sealed under a key of the service and carried by the client, so that hosts keep none
 * (extensions §8). The key changes every hour; the one before is still accepted. Keys live in memory: a restart ends all sessions, which
 * costs each client one handshake and keeps past traffic sealed when the disk is stolen.
 */
import { concat, equalBytes, utf8, wipe } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { isMeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Struct } from "../../codec/field.ts";
import { binary, integer, optional, string, struct } from "../../codec/field.ts";
import { decodeObject, encodeObjectB } from "../../codec/index.ts";
import { aesGcmOpen, aesGcmSeal } from "../../crypto/index.ts";

/** Lifetime of a ticket. */
export const ticketLifetimeMs = 2 * 3600_000;
const keyPeriodMs = 3600_000;
const idLength = 4;
const nonceLength = 12;

/** Content of a ticket. */
export interface Ticket {
  /** Session secret, 32 octets. */
  readonly Secret: Uint8Array;
  /** UDF of the client's link key. */
  readonly LinkUdf: string;
  readonly Account?: string;
  /** Handshake hash: names the session. */
  readonly Handshake: Uint8Array;
  /** Host that made it. */
  readonly Host: string;
  /** Milliseconds since 1970. */
  readonly Expires: number;
}
export const Ticket: Struct<Ticket> = struct<Ticket>("Ticket", {
  Secret: binary,
  LinkUdf: string,
  Account: optional(string),
  Handshake: binary,
  Host: string,
  Expires: integer,
});

interface TicketKey {
  readonly id: Uint8Array;
  readonly key: Uint8Array;
  readonly from: number;
}

/** Seals and opens tickets of one service. */
export class TicketBox {
  readonly #serviceUdf: Uint8Array;
  readonly #clock: Clock;
  readonly #random: Random;
  #keys: readonly TicketKey[] = [];

  constructor(options: { readonly serviceUdf: string; readonly clock: Clock; readonly random: Random }) {
    this.#serviceUdf = utf8(options.serviceUdf);
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** The ticket's octets. */
  seal(ticket: Ticket): Uint8Array {
    const current = this.#current();
    const nonce = this.#random.bytes(nonceLength);
    return concat(current.id, nonce, aesGcmSeal(current.key, nonce, encodeObjectB(Ticket, ticket), this.#serviceUdf));
  }

  /** The content of a ticket of ours that is in force; undefined for any other octets. */
  open(octets: Uint8Array): Ticket | undefined {
    this.#current();
    const key = this.#keys.find((candidate) => equalBytes(candidate.id, octets.subarray(0, idLength)));
    if (key === undefined) return undefined;
    const end = idLength + nonceLength;
    try {
      const ticket = decodeObject(Ticket, aesGcmOpen(key.key, octets.subarray(idLength, end), octets.subarray(end), this.#serviceUdf));
      return ticket.Expires > this.#clock.now() ? ticket : undefined;
    } catch (error) {
      if (isMeshError(error)) return undefined;
      throw error;
    }
  }

  #current(): TicketKey {
    const now = this.#clock.now();
    const [current, previous] = this.#keys;
    if (current !== undefined && now < current.from + keyPeriodMs) return current;
    const fresh: TicketKey = { id: this.#random.bytes(idLength), key: this.#random.bytes(32), from: now };
    if (previous !== undefined) wipe(previous.key);
    this.#keys = current === undefined || now >= current.from + 2 * keyPeriodMs ? [fresh] : [fresh, current];
    return fresh;
  }
}
