/**
 * The device link over Bluetooth LE: devices show their hail in service data, the hub connects to them (docs/device-link.md §3). A peer's
 * address is that of the radio. Addresses are free to invent, so all peers count as one network wherever strangers are bounded.
 */
import type { Clock } from "../../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { Mutex } from "../../base/mutex.ts";
import { pacedLog } from "../../base/paced-log.ts";
import type { Random } from "../../base/random.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { hailLength } from "../../link/hail.ts";
import { type LinkStream, leastMaxPacket } from "../../link/stream.ts";
import { HailedMedium } from "../hailed-medium.ts";
import type { Medium, MediumStatus, Peer } from "../medium.ts";
import { PacketStream } from "../packet-stream.ts";
import { largestPacket } from "./gatt.ts";
import { HailFilter } from "./hail-filter.ts";
import type { Turn } from "./link-turns.ts";
import { LinkTurns } from "./link-turns.ts";
import { LostDevices } from "./lost-devices.ts";
import type { Advertisement, Radio } from "./radio.ts";
import { RadioKeeper } from "./radio-keeper.ts";

/** How the adapter is used. */
export interface BleMediumOptions {
  /** Makes a radio; called again whenever one has ended. */
  readonly make: () => Radio;
  /** Why there is no use in trying, in words for the owner. */
  readonly absent?: () => Promise<string | undefined>;
  /** Connections at once. */
  readonly links: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Milliseconds after which an adapter that hears nothing is deaf. */
  readonly silenceMs?: number;
  /** Milliseconds without a packet after which a connection gives way to one that waits. */
  readonly idleMs?: number;
}

/** Notifications of one device: more is no device link. */
const packetQuota: Quota = { perSecond: 500, burst: 1000 };
/** Often a connection is not established at once: the device was just beginning to show itself again, or a packet was lost. */
const mostTries = 3;

interface Open {
  readonly address: string;
  readonly stream: PacketStream;
  readonly turn: Turn;
  readonly bucket: TokenBucket;
}

/** Devices near by. */
export class BleMedium extends HailedMedium implements Medium {
  readonly name = "ble";
  readonly #options: BleMediumOptions;
  readonly #log: Log;
  #filter: HailFilter;
  readonly #keeper: RadioKeeper;
  readonly #turns: LinkTurns;
  readonly #lost: LostDevices;
  /** Adapters make one connection at a time. */
  readonly #connecting = new Mutex();
  readonly #open = new Map<number, Open>();
  /** The connection that is being made: it may end in the same moment in which it stands. */
  #making: { readonly link: number; ended: string | undefined } | undefined;
  #nextLink = 1;

  constructor(options: BleMediumOptions) {
    super(options.clock);
    this.#options = options;
    const { clock, log, links, idleMs } = options;
    this.#log = pacedLog(log.child("ble"), clock);
    this.#filter = new HailFilter(clock);
    this.#lost = new LostDevices(clock);
    this.#turns = new LinkTurns({ most: links, clock, ...(idleMs === undefined ? {} : { idleMs }) });
    this.#keeper = new RadioKeeper({
      ...options,
      log: this.#log,
      listener: {
        heard: (advertisement) => this.#heard(advertisement),
        alive: () => undefined,
        packet: (link, packet) => this.#packet(link, packet),
        closed: (link, reason) => this.#closed(link, reason),
        ended: (reason) => this.#ended(reason),
      },
    });
  }

  async start(): Promise<void> {
    this.#keeper.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ stream }) => stream.close()));
    await this.#keeper.stop();
    this.book.clear();
  }

  status(): MediumStatus {
    return this.#keeper.status();
  }

  hurry({ address }: Peer): void {
    this.#turns.hurry(address);
  }

  /** Errors: ERR_DEVICE_OFFLINE; ERR_ADAPTER while there is no adapter; ERR_LINK for a device whose packets are too small. */
  async open({ address }: Peer, signal?: AbortSignal): Promise<LinkStream> {
    let failed: unknown = new MeshError("ERR_DEVICE_OFFLINE", `${address} was not heard since its Bluetooth connection ended`);
    for (let tried = 0; tried < mostTries && (await this.#lost.isThere(address, signal)); tried++) {
      const turn = await this.#turns.take(address, signal);
      try {
        return await this.#openIn(turn, address, signal);
      } catch (error) {
        turn.leave();
        signal?.throwIfAborted();
        if (!isMeshError(error, "ERR_DEVICE_OFFLINE")) throw error;
        failed = error;
      }
    }
    throw failed;
  }

  async #openIn(turn: Turn, address: string, signal?: AbortSignal): Promise<LinkStream> {
    const link = this.#nextLink++;
    const abandon = (): void => void this.#keeper.disconnect(link);
    signal?.addEventListener("abort", abandon, { once: true });
    try {
      return await this.#connecting.run(() => this.#connect({ link, address, turn, signal }));
    } finally {
      signal?.removeEventListener("abort", abandon);
    }
  }

  async #connect(to: { readonly link: number; readonly address: string; readonly turn: Turn; readonly signal?: AbortSignal }): Promise<LinkStream> {
    const { link, address, turn, signal } = to;
    signal?.throwIfAborted();
    this.#making = { link, ended: undefined };
    try {
      const { mtu, largest } = await this.#keeper.connect(link, address);
      const maxPacket = largestPacket(mtu, largest);
      if (maxPacket === undefined) {
        throw new MeshError("ERR_LINK", `${address} takes too small packets by Bluetooth (MTU ${mtu}): a frame needs ${leastMaxPacket} octets`, {
          hint: "ask the maker of the device for firmware with an ATT MTU of at least 67",
        });
      }
      if (this.#making.ended !== undefined) throw new Error(this.#making.ended);
      return this.#streamOf({ link, address, maxPacket, turn });
    } catch (error) {
      await this.#keeper.disconnect(link);
      signal?.throwIfAborted();
      const { code, message } = asMeshError(error);
      if (code === "ERR_LINK" || code === "ERR_ADAPTER") throw error;
      this.#left(address);
      throw new MeshError("ERR_DEVICE_OFFLINE", `no Bluetooth connection to ${address}: ${message}`, { cause: error });
    } finally {
      this.#making = undefined;
    }
  }

  #streamOf(made: { readonly link: number; readonly address: string; readonly maxPacket: number; readonly turn: Turn }): LinkStream {
    const { link, address, maxPacket, turn } = made;
    const stream: PacketStream = new PacketStream({
      medium: "ble",
      maxPacket,
      send: async (packet) => {
        turn.used();
        try {
          await this.#keeper.write(link, packet);
        } catch (cause) {
          // What is lost is a gap, which no session outlives.
          const lost = new MeshError("ERR_LINK", `the Bluetooth connection lost a packet: ${asMeshError(cause).message}`, { cause });
          void stream.end(lost);
          throw lost;
        }
      },
      ended: async () => {
        this.#open.delete(link);
        await this.#keeper.disconnect(link);
        this.#filter.forget(address);
        turn.leave();
      },
    });
    this.#open.set(link, { address, stream, turn, bucket: new TokenBucket(packetQuota, this.#options.clock) });
    turn.onGiveWay(() => void stream.end(new MeshError("ERR_LINK", "the connection gave way to another device that waited")));
    return stream;
  }

  #heard({ address, data }: Advertisement): void {
    if (data.length !== hailLength) return;
    this.#lost.heard(address);
    if (!this.#filter.passes(address, data)) return;
    this.book.heard(data, { medium: "ble", address, from: "ble" });
  }

  #packet(link: number, packet: Uint8Array): void {
    const open = this.#open.get(link);
    if (open === undefined) return;
    open.turn.used();
    if (open.bucket.take()) open.stream.receive(packet);
    else void open.stream.end(new MeshError("ERR_LINK", "the device sends notifications without end"));
  }

  #closed(link: number, reason: string): void {
    if (this.#making?.link === link) this.#making.ended = reason;
    const open = this.#open.get(link);
    if (open === undefined) return;
    this.#left(open.address);
    void open.stream.end(new MeshError("ERR_LINK", `the Bluetooth connection ended: ${reason}`));
  }

  #left(address: string): void {
    this.#filter.forget(address);
    this.#lost.lost(address);
  }

  #ended(reason: string): void {
    // The next radio knows nobody: whom it hears is news.
    this.#filter = new HailFilter(this.#options.clock);
    for (const { stream } of [...this.#open.values()]) void stream.end(new MeshError("ERR_LINK", `the Bluetooth adapter failed: ${reason}`));
  }
}
