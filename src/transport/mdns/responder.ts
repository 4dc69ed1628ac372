/**
 * mDNS on every interface that may be used: announces services and browses for them, follows interfaces that come, go and change, and tells
 * how it stands. Interfaces are looked at every two seconds, because Node is not told of changes.
 * IPv6-only networks are left out: bonjour-service speaks mDNS over IPv4.
 */
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { hasAddress, type Interfaces, ipv4Of, missingAddress, type NetworkInterface, subnetsOf, systemInterfaces } from "../interfaces.ts";
import type { MediumStatus } from "../medium.ts";
import { InterfaceResponder } from "./interface-responder.ts";
import type { Announcement, BrowseListener } from "./service.ts";

/** Which interfaces to use. */
export interface MdnsOptions {
  /** IPv4 address of the one interface, `127.0.0.1` for this machine alone; all interfaces by default. */
  readonly interface?: string;
  readonly clock: Clock;
  readonly log: Log;
  /** The interfaces of the machine; a test has its own. */
  readonly interfaces?: Interfaces;
}

const lookMs = 2000;
const renewMs = 30_000;
const goodbyeMs = 1000;
/** A machine of many containers has an interface for each network of them. */
const mostInterfaces = 32;

interface Browse {
  readonly type: string;
  readonly listener: BrowseListener;
}

interface Running {
  readonly at: NetworkInterface;
  readonly responder: InterfaceResponder;
  readonly queries: (() => void)[];
}

/** A responder; it does nothing before `start`. */
export class MdnsResponder {
  readonly #options: MdnsOptions;
  readonly #interfaces: Interfaces;
  readonly #running = new Map<string, Running>();
  readonly #announced: Announcement[] = [];
  readonly #browsed: Browse[] = [];
  /** Whether a sender is in the network of another interface, and not in that of the one with the key. */
  #elsewhere: (key: string, address: string) => boolean = () => false;
  #abort: AbortController | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: MdnsOptions) {
    this.#options = options;
    this.#interfaces = options.interfaces ?? systemInterfaces;
  }

  start(): void {
    if (this.#abort !== undefined) return;
    this.#abort = new AbortController();
    this.#look();
    this.#loop = this.#follow(this.#abort.signal);
  }

  /** Announces a service wherever it can, until the responder stops; resolves when it was said once on each interface that is up. */
  async announce(announcement: Announcement): Promise<void> {
    this.#announced.push(announcement);
    await Promise.all([...this.#running.values()].map(({ responder }) => responder.announce(announcement)));
  }

  /** Looks for services of a type, also on interfaces that come later; gives the function that asks the networks again. */
  browse(type: string, listener: BrowseListener): () => void {
    const browse = { type, listener };
    this.#browsed.push(browse);
    for (const { responder, queries } of this.#running.values()) queries.push(responder.browse(type, listener));
    return () => {
      for (const { queries } of this.#running.values()) for (const query of queries) query();
    };
  }

  /** Up while it works on an interface that leads out of the machine, or on the one that was asked for. */
  status(): MediumStatus {
    if (this.#abort === undefined) return { state: "down" };
    const { interface: address } = this.#options;
    const usable = this.#usable(this.#interfaces()).filter(({ internal }) => address !== undefined || !internal);
    if (usable.length === 0) return { state: "unavailable", detail: this.#absence() };
    const failures = usable.flatMap((at) => {
      const running = this.#running.get(keyOf(at));
      if (running === undefined) return `begins on ${at.name}`;
      const { failure } = running.responder;
      return failure === undefined ? [] : `does not work on ${at.name}: ${failure}`;
    });
    if (failures.length === 0) return { state: "up" };
    return { state: failures.length < usable.length ? "up" : "unavailable", detail: `mDNS ${failures.join("; ")}` };
  }

  /** Says goodbye for what was announced and closes the sockets; waits a second at most. */
  async stop(): Promise<void> {
    const { clock } = this.#options;
    this.#abort?.abort();
    await this.#loop;
    this.#abort = this.#loop = undefined;
    const stopped = Promise.all([...this.#running.values()].map(({ responder }) => responder.stop()));
    this.#running.clear();
    this.#announced.length = this.#browsed.length = 0;
    const late = new AbortController();
    const limit = clock.sleep(goodbyeMs, late.signal).catch(() => undefined);
    await Promise.race([stopped, limit]);
    late.abort();
  }

  #absence(): string {
    const { interface: address } = this.#options;
    if (address === undefined) return "no network interface with an IPv4 address is up";
    return missingAddress(address, this.#interfaces()) ?? `${address} is no IPv4 address`;
  }

  #usable(all: readonly NetworkInterface[]): readonly NetworkInterface[] {
    const { interface: address } = this.#options;
    return all.filter((at) => ipv4Of(at).length > 0 && (address === undefined || hasAddress(at, address))).slice(0, mostInterfaces);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let renewed = clock.monotonic();
    while (!signal.aborted) {
      try {
        await clock.sleep(lookMs, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        return;
      }
      if (clock.monotonic() - renewed >= renewMs) {
        renewed = clock.monotonic();
        for (const [key, { responder }] of this.#running) {
          if (responder.failure === undefined) responder.renew();
          else this.#end(key);
        }
      }
      this.#look();
    }
  }

  /** Ends responders of interfaces that have gone or changed, and begins those of new ones. */
  #look(): void {
    const all = this.#interfaces();
    const networks = all.map((at) => ({ key: keyOf(at), subnets: subnetsOf(at) }));
    this.#elsewhere = (own, address) => {
      const near = networks.filter(({ subnets }) => subnets.check(address, "ipv4"));
      return near.length > 0 && near.every(({ key }) => key !== own);
    };
    const usable = new Map(this.#usable(all).map((at) => [keyOf(at), at]));
    for (const key of [...this.#running.keys()]) if (!usable.has(key)) this.#end(key);
    for (const [key, at] of usable) if (!this.#running.has(key)) this.#begin(key, at);
  }

  #begin(key: string, at: NetworkInterface): void {
    const { clock, log } = this.#options;
    const responder = new InterfaceResponder({ at, isElsewhere: (address) => this.#elsewhere(key, address), clock, log });
    this.#running.set(key, { at, responder, queries: this.#browsed.map(({ type, listener }) => responder.browse(type, listener)) });
    for (const announcement of this.#announced) void responder.announce(announcement);
    log.debug("mdns.interface.up", { interface: at.name, addresses: ipv4Of(at) });
  }

  #end(key: string): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    this.#running.delete(key);
    this.#options.log.debug("mdns.interface.down", { interface: running.at.name });
    void running.responder.stop();
  }
}

/** The same as long as nothing of an interface has changed that mDNS depends on. */
function keyOf({ name, mac, cidrs }: NetworkInterface): string {
  return [name, mac, ...cidrs.filter((cidr) => !cidr.includes(":"))].join(" ");
}
