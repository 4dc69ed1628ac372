/**
 * Loaded into the radio process before noble (node --import): in place of the kernel's HCI socket, which a machine without Bluetooth has not,
 * noble gets one of btvirt's emulated controllers. All of noble's own HCI, GAP and GATT runs. Stands for the kernel and the chip.
 */
import { EventEmitter } from "node:events";
import Module from "node:module";
import { connect, type Socket } from "node:net";

const path = process.env.NOBLE_BTVIRT_SOCKET ?? "";

class HciSocket extends EventEmitter {
  /** How @stoprocent/noble asks for it. */
  static loadDriver(): typeof HciSocket {
    return HciSocket;
  }

  #socket: Socket | undefined;
  #isUp = false;
  #input = Buffer.alloc(0);

  bindRaw(): void {}
  bindUser(): void {}
  setFilter(): void {}
  start(): void {
    if (this.#socket !== undefined) return;
    const socket = connect(path);
    this.#socket = socket;
    socket.on("connect", () => {
      this.#isUp = true;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isUp = false;
      this.#socket = undefined;
    });
    socket.on("data", (chunk) => this.#read(chunk));
  }
  stop(): void {
    this.#socket?.destroy();
  }
  isDevUp(): boolean {
    return this.#isUp;
  }
  write(packet: Buffer): void {
    this.#socket?.write(packet);
    // A raw socket of the kernel shows the commands of everybody to everybody.
    if (packet[0] === 1) setImmediate(() => this.emit("data", packet));
  }

  #read(chunk: Buffer): void {
    this.#input = Buffer.concat([this.#input, chunk]);
    for (;;) {
      const [type = 0] = this.#input;
      const header = type === 2 ? 5 : 3;
      if (this.#input.length < header) return;
      const length = header + (type === 2 ? this.#input.readUInt16LE(3) : this.#input.readUInt8(2));
      if (this.#input.length < length) return;
      const packet = this.#input.subarray(0, length);
      this.#input = this.#input.subarray(length);
      this.emit("data", packet);
    }
  }
}

const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
const load = loader._load;
loader._load = function (this: unknown, request, ...rest) {
  return /bluetooth-hci-socket$/.test(request) ? HciSocket : load.call(this, request, ...rest);
};
