/**
 * The device link over TCP: devices announce `_mesh-device._tcp` with their hails in TXT `h`, the hub connects to them.
 * Networks without multicast are served by configured peers, whose hails are asked for by connecting. A peer's address is `host:port`.
 */
import type { BackOff } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { decodeBase64url } from "../../codec/base64url.ts";
import { hailLength } from "../../link/hail.ts";
import type { LinkStream } from "../../link/stream.ts";
import { HailedMedium } from "../hailed-medium.ts";
import type { Interfaces } from "../interfaces.ts";
import { MdnsResponder } from "../mdns/responder.ts";
import type { FoundService } from "../mdns/service.ts";
import type { Medium, MediumStatus, Peer } from "../medium.ts";
import type { PacketStream } from "../packet-stream.ts";
import { readHails } from "./hail-packet.ts";
import { deviceType } from "./tcp-device.ts";
import { connectSocket, packetsOf } from "./tcp-stream.ts";

/** Where to look for devices. */
export interface TcpMediumOptions {
  /** IPv4 address of the interface to look on, `127.0.0.1` for this machine alone; all interfaces by default. */
  readonly interface?: string;
  /** False for networks without multicast. */
  readonly browse?: boolean;
  /** Devices known by `host:port` (IPv6 in brackets). */
  readonly staticPeers?: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** The interfaces of the machine; a test has its own. */
  readonly interfaces?: Interfaces;
}

/** RFC 6762 §5.2: a second after the first question, then twice as long each time. An answer may be lost when a whole house answers at once. */
const lookAgain: BackOff = { firstMs: 1000, mostMs: 30_000 };
const mostOpen = 256;
/** Other addresses of a machine that are tried when the first does not answer. */
const mostOthers = 3;

/** Devices in the local network. */
export class TcpMedium extends HailedMedium implements Medium {
  readonly name = "tcp";
  readonly #options: TcpMediumOptions;
  readonly #log: Log;
  /** By name of the service. */
  readonly #services = new Map<string, { readonly address: string; readonly hosts: readonly string[]; readonly port: number }>();
  readonly #streams = new Set<PacketStream>();
  #responder: MdnsResponder | undefined;
  #query: (() => void) | undefined;
  #abort: AbortController | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: TcpMediumOptions) {
    super(options.clock);
    this.#options = options;
    this.#log = options.log.child("tcp");
  }

  /** Starts looking. Throws ERR_CONFIG for a configured peer that is not `host:port`. */
  async start(): Promise<void> {
    if (this.#abort !== undefined) return;
    for (const peer of this.#options.staticPeers ?? []) splitAddress(peer);
    this.#abort = new AbortController();
    const { interface: address, interfaces, clock } = this.#options;
    if (this.#options.browse !== false) {
      this.#responder = new MdnsResponder({ interface: address, interfaces, clock, log: this.#log });
      this.#responder.start();
      this.#query = this.#responder.browse(deviceType, { found: (service) => this.#found(service), lost: (name) => this.#lost(name) });
    }
    this.#loop = this.#lookAgain(this.#abort.signal);
  }

  async stop(): Promise<void> {
    this.#abort?.abort();
    await Promise.all([...this.#streams].map((stream) => stream.close()));
    await this.#loop;
    await this.#responder?.stop();
    this.#responder = this.#query = this.#abort = undefined;
    this.#services.clear();
    this.book.clear();
  }

  status(): MediumStatus {
    if (this.#abort === undefined) return { state: "down" };
    return this.#responder?.status() ?? { state: "up" };
  }

  refresh(): void {
    const signal = this.#abort?.signal;
    if (signal === undefined) return;
    this.#query?.();
    for (const peer of this.#options.staticPeers ?? []) {
      this.#ask(peer, signal).catch((error: unknown) => this.#log.debug("tcp.peer.absent", { peer, reason: asMeshError(error).message }));
    }
  }

  async open(peer: Peer, signal?: AbortSignal): Promise<LinkStream> {
    const { address } = peer;
    if (this.#streams.size >= mostOpen) throw new MeshError("ERR_DEVICE_OFFLINE", "too many open connections");
    const { host, port } = splitAddress(address);
    // Of the newest service there: whoever invents others of the same address must not make this take for ever.
    const known = [...this.#services.values()].findLast((service) => service.address === address)?.hosts ?? [];
    let failure: unknown;
    for (const candidate of [...new Set([host, ...known])].slice(0, 1 + mostOthers)) {
      try {
        return (await this.#connect({ host: candidate, port, signal })).stream;
      } catch (error) {
        signal?.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  async #connect(to: { readonly host: string; readonly port: number; readonly signal?: AbortSignal }) {
    const { clock } = this.#options;
    const stream = packetsOf(await connectSocket(to.host, to.port, to.signal), clock);
    this.#streams.add(stream);
    stream.onClose(() => this.#streams.delete(stream));
    return { stream, hails: await readHails(stream, clock, to.signal) };
  }

  /** Learns the hails of a configured peer. */
  async #ask(address: string, signal: AbortSignal): Promise<void> {
    const { stream, hails } = await this.#connect({ ...splitAddress(address), signal });
    await stream.close();
    for (const octets of hails) this.book.heard(octets, { medium: "tcp", address });
  }

  async #lookAgain(signal: AbortSignal): Promise<void> {
    for (let pauseMs = lookAgain.firstMs; !signal.aborted; pauseMs = Math.min(lookAgain.mostMs, 2 * pauseMs)) {
      this.refresh();
      try {
        await this.#options.clock.sleep(pauseMs, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  #found({ name, hosts, port, txt }: FoundService): void {
    const hails = hailsOf(txt.h);
    const [host] = hosts;
    if (hails === undefined || host === undefined) {
      this.#log.debug("tcp.service.ignored", { name });
      return;
    }
    const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    this.#services.delete(name);
    this.#services.set(name, { address, hosts, port });
    if (this.#services.size > 1024) for (const [oldest] of [...this.#services].slice(0, 1)) this.#services.delete(oldest);
    for (const octets of hails) this.book.heard(octets, { medium: "tcp", address });
  }

  /** A device that renews its hails takes its old name back after it announced the new one. */
  #lost(name: string): void {
    const lost = this.#services.get(name);
    if (lost === undefined) return;
    this.#services.delete(name);
    const stays = [...this.#services.values()].some(({ address }) => address === lost.address);
    if (!stays) this.book.gone({ medium: "tcp", address: lost.address });
  }
}

function hailsOf(text: string | undefined): Uint8Array[] | undefined {
  if (text === undefined || text.length > 255) return undefined;
  const hails: Uint8Array[] = [];
  for (const part of text.split(",")) {
    const octets = decodeBase64url(part);
    if (octets?.length !== hailLength) return undefined;
    hails.push(octets);
  }
  return hails;
}

function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535) throw new MeshError("ERR_CONFIG", `not an address of the form host:port: ${address}`);
  return { host, port };
}
