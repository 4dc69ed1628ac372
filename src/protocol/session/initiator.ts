/** The client's side of a session: one handshake, then sealed requests. Ticket and secret live in memory only. */
import { wipe } from "../../base/bytes.ts";
import { fromDateTime } from "../../base/clock.ts";
import { verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { decodeObject, encodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { HandshakeState } from "../../link/index.ts";
import { SessionRequest, SessionResponse, sessionPrologue } from "./handshake.ts";
import { sessionProtocol } from "./packet.ts";
import { openResponse, sealRequest } from "./seal.ts";

/** A sealed request that waits for its response. */
export interface SealedRequest {
  readonly octets: Uint8Array;
  /** Plaintext of the response packet; ERR_VERIFICATION. */
  open(response: Uint8Array): Uint8Array;
}

/** An open session. */
export class ClientSession {
  readonly #ticket: Uint8Array;
  readonly #secret: Uint8Array;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Names this session in what the account signs. */
  readonly handshakeHash: Uint8Array;
  #counter = 0n;

  constructor(options: { readonly response: SessionResponse; readonly handshakeHash: Uint8Array }) {
    this.#ticket = options.response.Ticket;
    this.#secret = options.response.Secret;
    this.expires = fromDateTime(options.response.Expires);
    this.handshakeHash = options.handshakeHash;
  }

  /** Seals a request under the next counter. */
  seal(plain: Uint8Array): SealedRequest {
    const secret = this.#secret;
    this.#counter += 1n;
    const octets = sealRequest({ secret, ticket: this.#ticket, counter: this.#counter, plain });
    return { octets, open: (response) => openResponse({ secret, request: octets, response }) };
  }

  /** Overwrites the secret. */
  close(): void {
    wipe(this.#secret);
  }
}

/** A handshake under way. */
export interface SessionHandshake {
  /** Noise message 1; the same octets go out again with a cookie. */
  readonly message: Uint8Array;
  /** The session, from Noise message 2; ERR_VERIFICATION. */
  finish(answer: Uint8Array): ClientSession;
}

/** Starts a session with a host whose link key is known. */
export function startSession(options: {
  readonly link: PrivateKey;
  readonly host: PublicKey;
  readonly serviceUdf: string;
  readonly account?: string;
  readonly random: Random;
}): SessionHandshake {
  const { link, host, serviceUdf, account, random } = options;
  const noise = new HandshakeState({
    protocol: sessionProtocol,
    role: "initiator",
    prologue: sessionPrologue(serviceUdf),
    local: link,
    remote: host,
    random,
  });
  const message = noise.writeMessage(
    encodeObject(SessionRequest, { ...(account === undefined ? {} : { Account: account }), Link: link.public.octets }),
  );
  const handshakeHash = noise.handshakeHash;
  return {
    message,
    finish: (answer) => {
      const response = decodeObject(SessionResponse, noise.readMessage(answer));
      noise.destroy();
      if (response.Secret.length !== 32 || Number.isNaN(fromDateTime(response.Expires))) throw verificationError("handshake");
      return new ClientSession({ response, handshakeHash });
    },
  };
}
