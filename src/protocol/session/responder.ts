/** The service's side of a session: answers handshakes with tickets, opens requests, seals responses. It keeps no session. */
import { equalBytes, toHex, wipe } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import { publicKey } from "../../crypto/index.ts";
import { HandshakeState } from "../../link/index.ts";
import { SessionRequest, SessionResponse, sessionPrologue } from "./handshake.ts";
import { maxHandshakeOctets, packet, packetKind, parseRequestPacket, sessionProtocol } from "./packet.ts";
import { ReplayWindow } from "./replay-window.ts";
import { openRequest, sealResponse } from "./seal.ts";
import { TicketBox, ticketLifetimeMs } from "./ticket.ts";

/** Who is on the other side of a session. */
export interface Caller {
  /** UDF of the link key that the handshake proved. */
  readonly linkUdf: string;
  /** Address that the client says it speaks for. */
  readonly account?: string;
  readonly handshakeHash: Uint8Array;
}

/** An opened request. */
export interface OpenedRequest {
  readonly caller: Caller;
  readonly plain: Uint8Array;
  /** The packet that answers this request. */
  seal(response: Uint8Array): Uint8Array;
}

/** Shortest possible message 1: ephemeral, sealed static, sealed payload. */
const minHandshakeOctets = 56 + 56 + 16 + 16;

/** Answers sessions with one host key. */
export class SessionResponder {
  readonly #host: PrivateKey;
  readonly #hostUdf: string;
  readonly #serviceUdf: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tickets: TicketBox;
  readonly #replays = new ReplayWindow();

  constructor(options: {
    readonly host: PrivateKey;
    readonly hostUdf: string;
    readonly serviceUdf: string;
    readonly clock: Clock;
    readonly random: Random;
  }) {
    this.#host = options.host;
    this.#hostUdf = options.hostUdf;
    this.#serviceUdf = options.serviceUdf;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#tickets = new TicketBox(options);
  }

  /** Answers Noise message 1 with a whole packet. Size is checked before any computation. ERR_TOO_LARGE, ERR_VERIFICATION. */
  handshake(message: Uint8Array): Uint8Array {
    if (message.length > maxHandshakeOctets) throw new MeshError("ERR_TOO_LARGE", `handshake of ${message.length} octets`);
    if (message.length < minHandshakeOctets) throw verificationError("handshake");
    const noise = new HandshakeState({
      protocol: sessionProtocol,
      role: "responder",
      prologue: sessionPrologue(this.#serviceUdf),
      local: this.#host,
      random: this.#random,
    });
    try {
      const request = decodeObject(SessionRequest, noise.readMessage(message));
      const link = publicKey("X448", request.Link);
      const proven = noise.remoteStatic;
      // Either sign of the extended form belongs to the holder of the key that Noise proved.
      if (proven === undefined || !equalBytes(link.octets.slice(0, 56), proven.octets.slice(0, 56))) throw verificationError("handshake");
      return packet(packetKind.handshake, this.#answer(noise, link.udf, request.Account));
    } finally {
      noise.destroy();
    }
  }

  /** Who says to send a request of which only the beginning has come. Proven once the whole is opened; undefined for a ticket that is not ours. */
  announced(ticket: Uint8Array): Pick<Caller, "linkUdf" | "account"> | undefined {
    const found = this.#tickets.open(ticket);
    return found && { linkUdf: found.LinkUdf, ...(found.Account === undefined ? {} : { account: found.Account }) };
  }

  /** Opens a request packet; undefined when its ticket is not (or no longer) ours. ERR_VERIFICATION, ERR_REPLAY, ERR_ENCODING. */
  open(octets: Uint8Array): OpenedRequest | undefined {
    const parts = parseRequestPacket(octets);
    const ticket = this.#tickets.open(parts.ticket);
    if (ticket === undefined) return undefined;
    const { Secret: secret, LinkUdf: linkUdf, Account: account, Handshake: handshakeHash } = ticket;
    const plain = openRequest(secret, parts);
    if (!this.#replays.accept(toHex(handshakeHash), parts.counter)) throw new MeshError("ERR_REPLAY", `request ${parts.counter} was seen before`);
    return {
      caller: { linkUdf, handshakeHash, ...(account === undefined ? {} : { account }) },
      plain,
      seal: (response) => sealResponse({ secret, request: octets, plain: response, random: this.#random }),
    };
  }

  #answer(noise: HandshakeState, linkUdf: string, account: string | undefined): Uint8Array {
    // The hash that both sides share is complete only after message 2, which carries the ticket: the ticket names the hash before it.
    const handshakeHash = noise.handshakeHash;
    const expires = this.#clock.now() + ticketLifetimeMs;
    const secret = this.#random.bytes(32);
    const ticket = this.#tickets.seal({
      Secret: secret,
      LinkUdf: linkUdf,
      ...(account === undefined ? {} : { Account: account }),
      Handshake: handshakeHash,
      Host: this.#hostUdf,
      Expires: expires,
    });
    const message = noise.writeMessage(encodeObject(SessionResponse, { Ticket: ticket, Secret: secret, Expires: dateTime(expires) }));
    wipe(secret);
    return message;
  }
}
