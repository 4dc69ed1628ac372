/** Brokers, raw MQTT 3.1.1 sockets and devices for the tests of this folder. Stock aedes is the control that shows each fault. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Aedes, type AedesOptions } from "aedes";
import { concat, toHex, uintBytes, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { systemRandom } from "../../src/base/random.ts";
import { type MeshAccessOptions, meshAccessPolicy } from "../../src/transport/mqtt/broker/access-policy.ts";
import { type BrokerOptions, MeshBroker } from "../../src/transport/mqtt/broker/broker.ts";
import { onCleanup, tempDirectory, within } from "../harness/suite.ts";

export const ports = { clock: systemClock, random: systemRandom, log: silentLog };

/** A random tag. */
export const newTag = (): string => toHex(systemRandom.bytes(12));

/** Rules of the tests: password "device" is a device, user "owner" with password "owner" may do all of `home/#`. */
export const testAccess: MeshAccessOptions = {
  authenticate: async ({ username, password }) => {
    const secret = password === undefined ? undefined : Buffer.from(password).toString();
    if (username === undefined) return "unknown";
    if (username === "linked") return secret === "device" ? "device" : undefined;
    return username === "owner" && secret === "owner" ? "owner" : undefined;
  },
  ownerRights: () => ({ publish: ["home/#", "mesh/#", "#"], subscribe: ["#"] }),
};

/** Our broker on a free port. */
export async function startBroker(options: Partial<BrokerOptions> = {}): Promise<MeshBroker> {
  const broker = new MeshBroker({ host: "127.0.0.1", port: 0, dataDir: tempDirectory(), policy: meshAccessPolicy(testAccess), ...ports, ...options });
  await broker.start();
  onCleanup(() => broker.stop());
  return broker;
}

/** Stock aedes 1.2 behind a plain server; gives its port. */
export async function startStock(options: AedesOptions = {}): Promise<number> {
  const aedes = await Aedes.createBroker(options);
  const server = createServer((socket) => aedes.handle(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanup(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** A packet with its fixed header. */
export function packet(type: number, body: Uint8Array): Uint8Array {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return concat(Uint8Array.of(type, ...length), body);
}

const text = (value: string) => concat(uintBytes(utf8(value).length, 2), utf8(value));

export interface Login {
  readonly id: string;
  readonly username?: string;
  readonly password?: string;
  readonly clean?: boolean;
  readonly willTopic?: string;
}

export function connectPacket({ id, username, password, clean = true, willTopic }: Login): Uint8Array {
  const flags = (clean ? 2 : 0) | (willTopic === undefined ? 0 : 4) | (password === undefined ? 0 : 64) | (username === undefined ? 0 : 128);
  const fields = [
    id,
    ...(willTopic === undefined ? [] : [willTopic, "gone"]),
    ...(username === undefined ? [] : [username]),
    ...(password === undefined ? [] : [password]),
  ];
  return packet(0x10, concat(text("MQTT"), Uint8Array.of(4, flags, 0, 60), ...fields.map(text)));
}

export interface Publish {
  readonly topic: string;
  readonly payload?: string | Uint8Array;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly messageId?: number;
  readonly dup?: boolean;
}

export function publishPacket({ topic, payload = "x", qos = 0, retain = false, messageId = 1, dup = false }: Publish): Uint8Array {
  const octets = typeof payload === "string" ? utf8(payload) : payload;
  const id = qos > 0 ? uintBytes(messageId, 2) : new Uint8Array();
  return packet(0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0), concat(text(topic), id, octets));
}

/** A received packet. */
export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

/** A raw client that shows every packet as it came. */
export class RawClient {
  readonly socket: Socket;
  readonly received: Received[] = [];
  #buffer: Uint8Array = new Uint8Array();
  #waiters: (() => void)[] = [];
  closed = false;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
    this.socket.on("data", (chunk) => this.#data(chunk));
    onCleanup(() => {
      this.socket.destroy();
    });
  }

  static async login(port: number, login: Login): Promise<RawClient> {
    const client = new RawClient(port);
    client.send(connectPacket(login));
    const connack = await client.next(2);
    if (connack?.body[1] !== 0) throw new Error(`connect refused: ${connack?.body[1] ?? "closed"}`);
    return client;
  }

  send(octets: Uint8Array): void {
    this.socket.write(octets);
  }

  publish(message: Publish): void {
    this.send(publishPacket(message));
  }

  /** Return code of the subscription. */
  async subscribe(filter: string, qos = 1): Promise<number | undefined> {
    this.send(packet(0x82, concat(uintBytes(9, 2), text(filter), Uint8Array.of(qos))));
    return (await this.next(9))?.body[2];
  }

  /** The next packet of a type, taken out; undefined when the connection closes first. */
  async next(type: number): Promise<Received | undefined> {
    return within(5000, this.#take(type));
  }

  /** The next message as `topic payload`. */
  async message(): Promise<string | undefined> {
    const found = await this.next(3);
    return found && messageText(found);
  }

  async whenClosed(): Promise<void> {
    await within(8000, this.#untilClosed());
  }

  async #untilClosed(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  async #take(type: number): Promise<Received | undefined> {
    for (;;) {
      const index = this.received.findIndex((candidate) => candidate.type === type);
      if (index >= 0) return this.received.splice(index, 1)[0];
      if (this.closed) return undefined;
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #data(chunk: Uint8Array): void {
    this.#buffer = concat(this.#buffer, chunk);
    for (;;) {
      let length = 0;
      let at = 1;
      for (let shift = 0; ; shift += 7) {
        const octet = this.#buffer[at++];
        if (octet === undefined) {
          this.#wake();
          return;
        }
        length += (octet & 0x7f) << shift;
        if (octet < 0x80) break;
      }
      if (this.#buffer.length < at + length) {
        this.#wake();
        return;
      }
      const head = this.#buffer[0] ?? 0;
      this.received.push({ type: head >> 4, flags: head & 15, body: this.#buffer.slice(at, at + length) });
      this.#buffer = this.#buffer.slice(at + length);
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

/** Topic and payload of a received PUBLISH. */
export function messageText({ body, flags }: Received): string {
  const length = (body[0] ?? 0) * 256 + (body[1] ?? 0);
  const start = 2 + length + (((flags >> 1) & 3) > 0 ? 2 : 0);
  return `${Buffer.from(body.subarray(2, 2 + length))} ${Buffer.from(body.subarray(start))}`;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Logins that testAccess admits. */
export const owner = { username: "owner", password: "owner" };
export const linked = { username: "linked", password: "device" };

/** Return code of CONNECT, or "closed". */
export async function login(port: number, options: Login): Promise<number | undefined | "closed"> {
  const client = new RawClient(port);
  client.send(connectPacket(options));
  const connack = await client.next(2);
  return connack === undefined ? "closed" : connack.body[1];
}
