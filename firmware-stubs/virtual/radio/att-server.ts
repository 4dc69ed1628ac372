/**
 * The attributes of a device that speaks the device link over GATT (docs/device-link.md §3): one service, three characteristics. Bluetooth
 * Core 5, volume 3: parts F (ATT) and G (GATT). Answers requests one at a time; long reads, prepared writes and indications are refused.
 */
import { concat, fromHex, joinBytes } from "../../../src/base/bytes.ts";
import { gatt } from "../../../src/transport/ble/gatt.ts";
import { little } from "./h4-controller.ts";

const type = { service: 0x2800, characteristic: 0x2803, configuration: 0x2902 } as const;
const property = { read: 0x02, writeWithoutResponse: 0x04, notify: 0x10 } as const;
const handle = { service: 1, up: 3, configuration: 4, down: 6, largest: 8 } as const;
const failure = { invalidHandle: 0x01, notPermitted: 0x02, notSupported: 0x06, notFound: 0x0a } as const;
const leastMtu = 23;

/** What the peer does with the service. */
export interface AttListener {
  /** A packet of the hub. */
  packet(packet: Uint8Array): void;
  /** The hub listens to packets of ours, or ceases to. */
  subscribed(on: boolean): void;
}

/** UUIDs go over the air backwards. */
function uuid(hex: string): Uint8Array {
  return (fromHex(hex) ?? new Uint8Array()).reverse();
}

/** The server's side of one connection. */
export class AttServer {
  readonly #listener: AttListener;
  readonly #ownMtu: number;
  readonly #largest: number;
  #subscribed = false;
  mtu = leastMtu;

  /** @param options.mtu the most that this device agrees to */
  constructor(options: { readonly mtu: number; readonly largest: number; readonly listener: AttListener }) {
    this.#ownMtu = options.mtu;
    this.#largest = options.largest;
    this.#listener = options.listener;
  }

  /** A packet as a notification. */
  notification(packet: Uint8Array): Uint8Array {
    return concat(Uint8Array.of(0x1b), little(handle.up), packet);
  }

  /** Takes a message; gives the answer, where there is one. */
  take(message: Uint8Array): Uint8Array | undefined {
    const [opcode = 0] = message;
    const word = (at: number): number => (message[at] ?? 0) + (message[at + 1] ?? 0) * 256;
    switch (opcode) {
      case 0x02:
        this.mtu = Math.max(leastMtu, Math.min(this.#ownMtu, word(1)));
        return concat(Uint8Array.of(0x03), little(this.#ownMtu));
      case 0x10:
        return word(5) === type.service && word(1) <= handle.service
          ? joinBytes([Uint8Array.of(0x11, 20), little(handle.service), little(handle.largest), uuid(gatt.service)])
          : refuse(opcode, word(1), failure.notFound);
      case 0x06:
        return word(5) === type.service && word(1) <= handle.service
          ? joinBytes([Uint8Array.of(0x07), little(handle.service), little(handle.largest)])
          : refuse(opcode, word(1), failure.notFound);
      case 0x08:
        return this.#byType(word(1), word(3), word(5)) ?? refuse(opcode, word(1), failure.notFound);
      case 0x04:
        return word(1) <= handle.configuration && word(3) >= handle.configuration
          ? joinBytes([Uint8Array.of(0x05, 1), little(handle.configuration), little(type.configuration)])
          : refuse(opcode, word(1), failure.notFound);
      case 0x0a:
        return this.#read(word(1));
      case 0x12:
        return this.#write(word(1), message.slice(3));
      case 0x52:
        if (word(1) === handle.down) this.#listener.packet(message.slice(3));
        return undefined;
      default:
        // Commands and answers to nothing have the low bit set, or bit 6.
        return opcode % 2 === 1 || (opcode & 0x40) !== 0 ? undefined : refuse(opcode, 0, failure.notSupported);
    }
  }

  /** Characteristics fit one answer only one at a time at the least MTU. */
  #byType(from: number, to: number, wanted: number): Uint8Array | undefined {
    if (wanted === type.configuration && from <= handle.configuration && to >= handle.configuration) {
      return joinBytes([Uint8Array.of(0x09, 4), little(handle.configuration), little(this.#subscribed ? 1 : 0)]);
    }
    if (wanted !== type.characteristic) return undefined;
    const all = [
      { value: handle.up, properties: property.notify, id: gatt.up },
      { value: handle.down, properties: property.writeWithoutResponse, id: gatt.down },
      { value: handle.largest, properties: property.read, id: gatt.largest },
    ];
    const next = all.find(({ value }) => value - 1 >= from && value - 1 <= to);
    return next && joinBytes([Uint8Array.of(0x09, 21), little(next.value - 1), Uint8Array.of(next.properties), little(next.value), uuid(next.id)]);
  }

  #read(from: number): Uint8Array {
    if (from === handle.largest) return Uint8Array.of(0x0b, this.#largest >> 8, this.#largest & 255);
    if (from === handle.configuration) return concat(Uint8Array.of(0x0b), little(this.#subscribed ? 1 : 0));
    return refuse(0x0a, from, from >= handle.service && from <= handle.largest ? failure.notPermitted : failure.invalidHandle);
  }

  #write(to: number, value: Uint8Array): Uint8Array {
    if (to !== handle.configuration) return refuse(0x12, to, failure.notPermitted);
    this.#subscribed = (value[0] ?? 0) % 2 === 1;
    this.#listener.subscribed(this.#subscribed);
    return Uint8Array.of(0x13);
  }
}

function refuse(opcode: number, at: number, code: number): Uint8Array {
  return joinBytes([Uint8Array.of(0x01, opcode), little(at), Uint8Array.of(code)]);
}
