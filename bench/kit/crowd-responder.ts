/**
 * Says in mDNS on the loopback interface where many devices are: for each one packet, at its start and when somebody asks, as two hundred devices of their
 * own would. (Two hundred responders in one process would hear each other's packets, which are 40 000, and measure that.)
 */
import { createSocket, type Socket } from "node:dgram";
import { concat, joinBytes, uintBytes, utf8 } from "../../src/base/bytes.ts";
import { encodeBase64url } from "../../src/codec/index.ts";

const group = "224.0.0.251";
const port = 5353;
const service = "_mesh-device._tcp.local";
const types = { PTR: 12, TXT: 16, SRV: 33 } as const;

/** RFC 6762 §6: answers that several machines may give wait 20 to 120 ms, each by itself, so that no receiver has them all at once. */
const answerAfterMs = (): number => 20 + 100 * Math.random();

function nameOctets(name: string): Uint8Array {
  return concat(...name.split(".").map((label) => concat(Uint8Array.of(label.length), utf8(label))), Uint8Array.of(0));
}

function record(name: string, type: keyof typeof types, data: Uint8Array): Uint8Array {
  return concat(nameOctets(name), uintBytes(types[type], 2), uintBytes(1, 2), uintBytes(120, 4), uintBytes(data.length, 2), data);
}

/** The answer for one device (RFC 6763 §4). */
function answerOf(number: number, device: { readonly port: number; readonly hails: readonly Uint8Array[] }): Uint8Array {
  const name = `crowd-${number}.${service}`;
  const text = utf8(`h=${device.hails.map(encodeBase64url).join(",")}`);
  return joinBytes([
    concat(uintBytes(0, 2), uintBytes(0x8400, 2), uintBytes(0, 2), uintBytes(3, 2), uintBytes(0, 4)),
    record(service, "PTR", nameOctets(name)),
    record(name, "SRV", concat(uintBytes(0, 4), uintBytes(device.port, 2), nameOctets("crowd.local"))),
    record(name, "TXT", concat(Uint8Array.of(text.length), text)),
  ]);
}

/** A responder for many. */
export class CrowdResponder {
  readonly #socket: Socket;
  readonly #answers: Uint8Array[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    const asked = nameOctets(service);
    socket.on("message", (packet: Buffer) => {
      const isQuery = ((packet[2] ?? 0) & 0x80) === 0;
      if (isQuery && packet.includes(Buffer.from(asked))) for (const answer of this.#answers) setTimeout(() => this.#say(answer), answerAfterMs());
    });
  }

  static async open(): Promise<CrowdResponder> {
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    await new Promise<void>((resolve) => socket.bind(port, "0.0.0.0", resolve));
    socket.addMembership(group, "127.0.0.1");
    socket.setMulticastInterface("127.0.0.1");
    return new CrowdResponder(socket);
  }

  announce(device: { readonly port: number; readonly hails: readonly Uint8Array[] }): void {
    const answer = answerOf(this.#answers.length, device);
    this.#answers.push(answer);
    this.#say(answer);
  }

  close(): void {
    this.#socket.close();
  }

  #say(answer: Uint8Array): void {
    this.#socket.send(answer, port, group);
  }
}
