/**
 * A generator of MQTT 3.1.1 load on raw sockets: one publisher, one subscriber, QoS 1, so many messages under way. Written by hand because a
 * client library would cost more than the brokers that are compared. Only what the load needs is read of each packet.
 */
import { connect, type Socket } from "node:net";

const encoder = new TextEncoder();

function text(value: string): Uint8Array {
  const octets = encoder.encode(value);
  return Uint8Array.of(octets.length >> 8, octets.length & 255, ...octets);
}

function packet(head: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  return Buffer.concat([Uint8Array.of(head, ...length), body]);
}

/** Calls back with each packet's first octet and its body. */
function onPackets(socket: Socket, take: (head: number, body: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (data: Buffer) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    for (;;) {
      if (rest.length < 2) return;
      const low = rest[1] ?? 0;
      const long = low >= 128;
      if (long && rest.length < 3) return;
      const length = long ? (low & 127) + (rest[2] ?? 0) * 128 : low;
      const start = long ? 3 : 2;
      if (rest.length < start + length) return;
      take(rest[0] ?? 0, rest.subarray(start, start + length));
      rest = rest.subarray(start + length);
    }
  });
}

async function client(port: number, id: string, take: (head: number, body: Buffer) => void): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    onPackets(socket, (head, body) => {
      if (head === 0x20 && body[1] !== 0) reject(new Error(`the broker refused ${id}: ${body[1]}`));
      else if (head === 0x20) resolve();
      else take(head, body);
    });
    socket.write(packet(0x10, text("MQTT"), Uint8Array.of(4, 0xc2, 0, 60), text(id), text("owner"), text("secret")));
  });
  return socket;
}

/** Messages a second, published and acknowledged, delivered and acknowledged. Octets of payload: 100. */
export async function loadBroker(options: { readonly port: number; readonly messages: number; readonly window: number }): Promise<number> {
  const { port, messages, window } = options;
  let [sent, acknowledged, delivered] = [0, 0, 0];
  let over: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const subscribed = new Promise<void>((resolve, reject) => {
    void client(port, "bench-subscriber", (head, body) => {
      if (head === 0x90) return body[2] === 1 ? resolve() : reject(new Error("the broker refused the subscription"));
      if ((head & 0xf6) !== 0x32) return;
      const topic = body.readUInt16BE(0);
      subscriber?.write(Uint8Array.of(0x40, 2, body[2 + topic] ?? 0, body[3 + topic] ?? 0));
      delivered += 1;
      if (delivered === messages && acknowledged === messages) over();
    }).then((socket) => {
      subscriber = socket;
      socket.write(packet(0x82, Uint8Array.of(0, 1), text("bench/#"), Uint8Array.of(1)));
    }, reject);
  });
  let subscriber: Socket | undefined;
  await subscribed;
  const payload = new Uint8Array(100);
  const topic = text("bench/lamp/state");
  const publish = (): void => {
    const parts: Buffer[] = [];
    while (sent < messages && sent - acknowledged < window) {
      const id = (sent % 65_000) + 1;
      parts.push(packet(0x32, topic, Uint8Array.of(id >> 8, id & 255), payload));
      sent += 1;
    }
    if (parts.length > 0) publisher.write(Buffer.concat(parts));
  };
  let planned = false;
  const publisher = await client(port, "bench-publisher", (head) => {
    if (head !== 0x40) return;
    acknowledged += 1;
    if (delivered === messages && acknowledged === messages) over();
    if (planned) return;
    planned = true;
    setImmediate(() => {
      planned = false;
      publish();
    });
  });
  const begun = performance.now();
  publish();
  await done;
  const rate = (1000 * messages) / (performance.now() - begun);
  subscriber?.destroy();
  publisher.destroy();
  return rate;
}
