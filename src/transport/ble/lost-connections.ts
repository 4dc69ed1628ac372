/**
 * An adapter that is asked to end a connection which it does not have any more refuses, and noble reads past the refusal: what it was asked never settles,
 * and it keeps the connection. Here the refusal is read, and noble is told that this connection has ended. The names of noble's members are internal; with
 * a version without them a disconnect is waited for as before.
 */
import type { EventEmitter } from "node:events";
import type { Noble } from "./noble-package.ts";

const event = 0x04;
const disconnectionComplete = 0x05;
const commandStatus = 0x0f;
const disconnect = 0x0406;
const unknownConnection = 0x02;

interface Asked {
  readonly handle: number;
  isAccepted: boolean;
}

interface Inside {
  readonly _bindings?: { readonly _handles?: Readonly<Record<string, number | undefined>>; readonly _hci?: { readonly _socket?: EventEmitter } };
}

/** Connections that are being ended, over one adapter. */
export class LostConnections {
  readonly #noble: Inside;
  /** Asked for and not answered, in their order: an adapter answers in that order. */
  readonly #asked = new Set<Asked>();

  constructor(noble: Noble) {
    this.#noble = noble as unknown as Inside;
    this.#socket()?.on("data", (packet: Uint8Array) => this.#read(packet));
  }

  /** Before a peripheral is asked to disconnect. Call what it returns afterwards. */
  ask(id: string): () => void {
    const handle = this.#noble._bindings?._handles?.[id];
    if (handle === undefined) return () => undefined;
    const asked: Asked = { handle, isAccepted: false };
    this.#asked.add(asked);
    return () => this.#asked.delete(asked);
  }

  #read(packet: Uint8Array): void {
    const [type, code] = packet;
    if (type !== event) return;
    const refused = code === commandStatus ? this.#answered(packet) : code === disconnectionComplete ? this.#nothingEnded(packet) : undefined;
    if (refused === undefined) return;
    this.#asked.delete(refused);
    const { handle } = refused;
    this.#socket()?.emit("data", Buffer.from([event, disconnectionComplete, 4, 0, handle & 255, handle >> 8, unknownConnection]));
  }

  /** The usual refusal. @returns what is refused */
  #answered([, , , status, , low = 0, high = 0]: Uint8Array): Asked | undefined {
    if (high * 256 + low !== disconnect) return undefined;
    const answered = [...this.#asked].find(({ isAccepted }) => !isAccepted);
    if (answered === undefined || status === unknownConnection) return answered;
    answered.isAccepted = true;
    return undefined;
  }

  /** Some accept, and tell then that nothing was ended, of no handle. @returns what was to be ended */
  #nothingEnded([, , , status, low = 0, high = 0]: Uint8Array): Asked | undefined {
    const asked = [...this.#asked];
    // What it tells by its handle, noble understands.
    if (status !== unknownConnection || asked.some(({ handle }) => handle === high * 256 + low)) return undefined;
    return asked[0];
  }

  #socket(): EventEmitter | undefined {
    return this.#noble._bindings?._hci?._socket;
  }
}
