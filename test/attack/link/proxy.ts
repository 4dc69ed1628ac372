/** A man in the middle of a TCP link: sees every packet of both directions and sends on what the test decides, or packets of its own. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { concat, readUint, uintBytes } from "../../../src/base/bytes.ts";
import { onCleanup } from "../../harness/suite.ts";

/** What comes of a packet; an empty list loses it. */
export type Decide = (packet: Uint8Array) => readonly Uint8Array[];

/** The way from hub to device, or back. */
export interface Way {
  decide: Decide;
  /** Every packet that came. */
  readonly seen: Uint8Array[];
  /** Puts a packet in. */
  inject(packet: Uint8Array): void;
  /** Puts raw octets in, past the framing. */
  raw(octets: Uint8Array): void;
}

/** A proxy in front of one device. */
export interface MiddleMan {
  readonly address: string;
  readonly toDevice: Way;
  readonly toHub: Way;
  /** The device's first packet, its hails, is passed before `decide` is asked. */
  close(): void;
}

/** Starts a proxy to a port; the latest connection is the one that is attacked. */
export async function startProxy(port: number): Promise<MiddleMan> {
  let sockets: { hub: Socket; device: Socket } | undefined;
  const way = (target: () => Socket | undefined): Way => ({
    decide: (packet) => [packet],
    seen: [],
    inject: (packet) => target()?.write(concat(uintBytes(packet.length, 2), packet)),
    raw: (octets) => target()?.write(octets),
  });
  const toDevice = way(() => sockets?.device);
  const toHub = way(() => sockets?.hub);
  const server = createServer({ noDelay: true }, (hub) => {
    const device = connect({ port, host: "127.0.0.1", noDelay: true });
    sockets = { hub, device };
    for (const [from, to, direction] of [
      [hub, device, toDevice],
      [device, hub, toHub],
    ] as const) {
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
      let greeted = direction === toDevice;
      from.on(
        "data",
        packets((packet) => {
          if (!greeted) {
            greeted = true;
            direction.inject(packet);
            return;
          }
          direction.seen.push(packet);
          for (const out of direction.decide(packet)) direction.inject(out);
        }),
      );
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    sockets?.hub.destroy();
    sockets?.device.destroy();
    server.close();
  };
  onCleanup(close);
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, toDevice, toHub, close };
}

function packets(receive: (packet: Uint8Array) => void): (chunk: Uint8Array) => void {
  let buffer: Uint8Array = new Uint8Array();
  return (chunk) => {
    buffer = concat(buffer, chunk);
    while (buffer.length >= 2 && buffer.length >= 2 + readUint(buffer, 0, 2)) {
      const end = 2 + readUint(buffer, 0, 2);
      receive(buffer.slice(2, end));
      buffer = buffer.slice(end);
    }
  };
}
