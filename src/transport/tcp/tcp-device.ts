/**
 * The device's side of the link over TCP: listens, shows its hails in mDNS and as the first packet of each connection.
 * The mDNS instance gets a new random name with each renewal, so that the name cannot be followed where the hails cannot.
 */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { joinBytes, toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { plainAddress } from "../../base/crowd/network.ts";
import { type Place, PlacePool } from "../../base/crowd/place-pool.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { encodeBase64url } from "../../codec/base64url.ts";
import type { LinkStream } from "../../link/stream.ts";
import { MdnsResponder } from "../mdns/responder.ts";
import { packetsOf } from "./tcp-stream.ts";

/** Service type of devices in mDNS. */
export const deviceType = "mesh-device";

/** What a device needs to be reachable over TCP. */
export interface TcpDeviceOptions {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 lets the system choose. */
  readonly port: number;
  /** Makes the hails in force with fresh nonces, at most 14; called by `start` and `renew`. */
  readonly hails: () => readonly Uint8Array[];
  /** Takes over the stream of each connection. */
  readonly onStream: (stream: LinkStream) => void;
  /** How to announce; absent for a device that is configured at the hub by its address. */
  readonly mdns?: { readonly interface?: string };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Connections whose peers have proven nothing, and those with a hub: one of them may be the hub's of before its power failed. */
const mostStrangers = 4;
const mostHubs = 4;

/** A listening device. */
export class TcpDevice {
  readonly #options: TcpDeviceOptions;
  readonly #sockets = new Set<Socket>();
  readonly #strangers = new PlacePool({ most: mostStrangers });
  readonly #hubs = new PlacePool({ most: mostHubs });
  #server: Server | undefined;
  #responder: MdnsResponder | undefined;
  #hails: Uint8Array = new Uint8Array();

  constructor(options: TcpDeviceOptions) {
    this.#options = options;
  }

  /** Listens and announces. Throws ERR_CONFIG when the port cannot be had. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const { host, port } = this.#options;
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => reject(new MeshError("ERR_CONFIG", `cannot listen on ${host} port ${port}: ${cause.message}`, { cause })));
      server.listen(port, host, resolve);
    });
    this.#server = server;
    await this.renew();
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await this.#responder?.stop();
    this.#responder = undefined;
  }

  /** The port in use. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port ?? this.#options.port;
  }

  /** Shows fresh hails: every 15 minutes, and when the keys have changed. */
  async renew(): Promise<void> {
    const { hails, mdns, clock, random, log } = this.#options;
    const fresh = hails();
    this.#hails = joinBytes(fresh);
    if (mdns === undefined || this.#server === undefined) return;
    // A responder of its own for each name: bonjour-service forgets all services of a type when one of them ends.
    const before = this.#responder;
    this.#responder = new MdnsResponder({ ...mdns, clock, log });
    this.#responder.start();
    const name = `mesh-${toHex(random.bytes(6))}`;
    // Before the old one says goodbye: the device must not seem to leave.
    await this.#responder.announce({ name, type: deviceType, port: this.port, txt: { h: fresh.map(encodeBase64url).join(",") } });
    await before?.stop();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    // Strangers that only hold a connection make room for the hub.
    const place: Place = { address: plainAddress(socket.remoteAddress), evict: () => socket.destroy() };
    this.#strangers.enter(place);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#strangers.leave(place);
      this.#hubs.leave(place);
    });
    const stream = packetsOf(socket, this.#options.clock, () => {
      this.#strangers.leave(place);
      this.#hubs.leave(place);
      this.#hubs.enter(place);
    });
    if (this.#hails.length === 0) {
      socket.destroy();
      return;
    }
    stream.send(this.#hails).then(
      () => this.#options.onStream(stream),
      (error: Error) => this.#options.log.debug("device.tcp.failed", { reason: error.message }),
    );
  }
}
