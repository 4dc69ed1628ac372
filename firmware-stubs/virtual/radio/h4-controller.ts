/**
 * A Bluetooth controller that speaks HCI in H4 framing over a unix socket, as btvirt's emulated ones do: what a device's own radio is to its
 * firmware. Bluetooth Core 5, volume 4: parts A (H4) and E (commands, events). Only what a peripheral with one connection needs.
 */
import type { Socket } from "node:net";
import { connect } from "node:net";
import { concat } from "../../../src/base/bytes.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { Mutex } from "../../../src/base/mutex.ts";

const packetType = { command: 1, acl: 2, event: 4 } as const;
const eventCode = { disconnected: 0x05, commandComplete: 0x0e, commandStatus: 0x0f, packetsCompleted: 0x13, leMeta: 0x3e } as const;
const leConnected = 0x01;
const attChannel = 4;
const continuation = 1;

/** What the controller tells. */
export interface ControllerListener {
  connected(handle: number): void;
  disconnected(handle: number): void;
  /** One ATT message. */
  att(handle: number, message: Uint8Array): void;
  /** The controller is gone. */
  gone(): void;
}

/** HCI from the host's side. */
export class H4Controller {
  readonly #listener: ControllerListener;
  #socket: Socket | undefined;
  /** Messages go out in order, and their fragments side by side. */
  readonly #sending = new Mutex();
  #input: Uint8Array = new Uint8Array();
  #joined: Uint8Array = new Uint8Array();
  readonly #answers = new Map<number, (parameters: Uint8Array) => void>();
  /** Fragments that the controller takes in all, and now. */
  #most = 1;
  #room = 1;
  #handle: number | undefined;
  #fragment = 27;
  #waiting: (() => void)[] = [];

  constructor(listener: ControllerListener) {
    this.#listener = listener;
  }

  /** Opens and resets it. Throws ERR_ADAPTER when it cannot be reached. */
  async open(path: string): Promise<void> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", (cause) => reject(new MeshError("ERR_ADAPTER", `no controller at ${path}: ${cause.message}`, { cause })));
    });
    this.#socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#socket = undefined;
      for (const opcode of [...this.#answers.keys()]) this.#answer(opcode, new Uint8Array());
      this.#hungUp();
      this.#listener.gone();
    });
    await this.command(0x0c03);
    await this.command(0x0c01, new Uint8Array(8).fill(0xff));
    await this.command(0x2001, Uint8Array.of(0x1f, 0, 0, 0, 0, 0, 0, 0));
    const [, low = 27, high = 0, count = 1] = await this.command(0x2002);
    this.#fragment = Math.max(27, low + high * 256);
    this.#most = this.#room = Math.max(1, count);
  }

  close(): void {
    this.#socket?.destroy();
  }

  /** Gives status and return parameters; nothing when the controller is gone. */
  command(opcode: number, parameters: Uint8Array = new Uint8Array()): Promise<Uint8Array> {
    return new Promise((resolve) => {
      if (this.#socket === undefined) {
        resolve(new Uint8Array());
        return;
      }
      this.#answers.set(opcode, resolve);
      this.#socket.write(concat(Uint8Array.of(packetType.command, opcode & 255, opcode >> 8, parameters.length), parameters));
    });
  }

  /** Sends an ATT message in fragments; waits while the controller has no room. Throws ERR_LINK when the connection ends meanwhile. */
  sendAtt(handle: number, message: Uint8Array): Promise<void> {
    return this.#sending.run(() => this.#send(handle, message));
  }

  async #send(handle: number, message: Uint8Array): Promise<void> {
    const octets = concat(little(message.length), little(attChannel), message);
    for (let at = 0; at < octets.length; at += this.#fragment) {
      while (this.#room === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      if (this.#handle !== handle) throw new MeshError("ERR_LINK", "the connection has ended");
      this.#room--;
      const part = octets.subarray(at, at + this.#fragment);
      const flagged = handle | ((at === 0 ? 0 : continuation) << 12);
      this.#socket?.write(concat(Uint8Array.of(packetType.acl), little(flagged), little(part.length), part));
    }
  }

  #read(chunk: Uint8Array): void {
    this.#input = concat(this.#input, chunk);
    for (;;) {
      const [type = 0, second = 0, third = 0, fourth = 0, fifth = 0] = this.#input;
      const header = type === packetType.acl ? 5 : 3;
      const length = header + (type === packetType.acl ? fourth + fifth * 256 : third);
      if (this.#input.length < header || this.#input.length < length) return;
      const body = this.#input.slice(header, length);
      this.#input = this.#input.slice(length);
      if (type === packetType.event) this.#event(second, body);
      else if (type === packetType.acl) this.#acl(second + third * 256, body);
    }
  }

  #event(code: number, body: Uint8Array): void {
    const [first = 0, second = 0, third = 0, fourth = 0] = body;
    switch (code) {
      case eventCode.commandComplete:
        this.#answer(second + third * 256, body.slice(3));
        return;
      case eventCode.commandStatus:
        this.#answer(third + fourth * 256, Uint8Array.of(first));
        return;
      case eventCode.packetsCompleted:
        for (let at = 1; at + 4 <= body.length; at += 4) this.#room += (body[at + 2] ?? 0) + (body[at + 3] ?? 0) * 256;
        for (const wake of this.#waiting.splice(0)) wake();
        return;
      case eventCode.disconnected:
        this.#hungUp();
        this.#listener.disconnected(second + third * 256);
        return;
      case eventCode.leMeta:
        if (first !== leConnected || second !== 0) return;
        this.#handle = third + fourth * 256;
        this.#listener.connected(this.#handle);
    }
  }

  /** What the controller held of a connection goes with it. */
  #hungUp(): void {
    this.#handle = undefined;
    this.#joined = new Uint8Array();
    this.#room = this.#most;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #answer(opcode: number, parameters: Uint8Array): void {
    this.#answers.get(opcode)?.(parameters);
    this.#answers.delete(opcode);
  }

  #acl(flagged: number, part: Uint8Array): void {
    this.#joined = ((flagged >> 12) & 3) === continuation ? concat(this.#joined, part) : part;
    const [low = 0, high = 0, channel = 0] = this.#joined;
    const length = low + high * 256;
    if (this.#joined.length < 4 || this.#joined.length < 4 + length) return;
    if (channel === attChannel) this.#listener.att(flagged & 0xfff, this.#joined.slice(4, 4 + length));
    this.#joined = new Uint8Array();
  }
}

/** Two octets, little-endian. */
export function little(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8);
}
