/**
 * mDNS on one interface (bonjour-service over a socket of ours): announces, asks and answers there and nowhere else, and names only the
 * addresses that the interface has (RFC 6762 §6.2). A failure is a state and a log line, never an uncaught error.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { EventEmitter } from "node:events";
import bonjour from "bonjour-service";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { ipv4Of, type NetworkInterface, subnetsOf } from "../interfaces.ts";
import { PacketGuard } from "./packet-guard.ts";
import type { Announcement, BrowseListener, FoundService } from "./service.ts";

type Service = bonjour.Service;

interface DnsRecord {
  readonly type: string;
  readonly data: unknown;
}
type Answer = readonly DnsRecord[] | { readonly answers: readonly DnsRecord[]; readonly additionals?: readonly DnsRecord[] };

/** The part of multicast-dns that bonjour-service keeps behind its types. */
interface MulticastDns extends EventEmitter {
  respond(answer: Answer, done: (error?: Error) => void): void;
}

/** Where to speak. */
export interface InterfaceResponderOptions {
  /** It has an IPv4 address. */
  readonly at: NetworkInterface;
  /** Whether a sender is to be left to another interface: on Linux, every socket of the port hears every group that the machine has joined. */
  readonly isElsewhere: (address: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

const group = "224.0.0.251";
const mostServices = 1024;
const mostHosts = 4;

/** A running responder. */
export class InterfaceResponder {
  readonly #at: NetworkInterface;
  readonly #address: string;
  readonly #log: Log;
  readonly #socket: Socket;
  readonly #bonjour: bonjour.Bonjour;
  readonly #browsers: bonjour.Browser[] = [];
  #failure: string | undefined;

  constructor({ at, isElsewhere, clock, log }: InterfaceResponderOptions) {
    this.#at = at;
    const [address = ""] = ipv4Of(at);
    this.#address = address;
    this.#log = log;
    this.#socket = createSocket({ type: "udp4", reuseAddr: true });
    const guard = new PacketGuard(clock, subnetsOf(at));
    readOnly(this.#socket, (packet, { address: sender }) => !isElsewhere(sender) && guard.admits(packet, sender));
    const failed = (error: Error): void => this.#failed(error);
    // Bound to all addresses: a socket bound to the interface's own address would not hear the group.
    const options = { socket: this.#socket, interface: address, bind: "0.0.0.0" };
    this.#bonjour = new bonjour.Bonjour(options as Partial<bonjour.ServiceConfig>, failed);
    const { mdns } = (this.#bonjour as unknown as { readonly server: { readonly mdns: MulticastDns } }).server;
    // bonjour-service leaves the socket's errors without a listener, which would end the process.
    mdns.on("error", failed);
    // Refusals of the system and packets that are no DNS come the same way.
    mdns.on("warning", (error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined) log.debug("mdns.warning", { reason: error.message });
      else failed(error);
    });
    nameOnly(mdns, ipv4Of(at));
  }

  /** Why it does not work; undefined while it does. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Joins the group again: the system forgets a membership with the interface's last address, and tells nobody. */
  renew(): void {
    try {
      this.#socket.dropMembership(group, this.#address);
    } catch {
      // The system has forgotten it.
    }
    try {
      this.#socket.addMembership(group, this.#address);
      this.#socket.setMulticastInterface(this.#address);
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  /** Announces a service until the responder stops; resolves when it was said once or could not be. */
  async announce({ name, type, port, txt }: Announcement): Promise<void> {
    const service = this.#bonjour.publish({ name, type, port, txt, host: `${name}.local`, probe: false });
    if (!service.published) await new Promise<void>((resolve) => service.once("up", resolve));
  }

  /** Looks for services of a type; gives the function that asks the network again. */
  browse(type: string, listener: BrowseListener): () => void {
    const browser = this.#bonjour.find({ type });
    const found = (service: Service): void => {
      const read = this.#read(service);
      if (read !== undefined) listener.found(read);
    };
    browser.on("up", (service) => {
      forgetOldest(browser);
      found(service);
    });
    browser.on("txt-update", found);
    browser.on("srv-update", found);
    browser.on("down", (service) => listener.lost(service.name));
    this.#browsers.push(browser);
    return () => browser.update();
  }

  /** Says goodbye for what was announced and closes the socket. */
  async stop(): Promise<void> {
    for (const browser of this.#browsers.splice(0)) browser.stop();
    await new Promise<void>((resolve) => this.#bonjour.unpublishAll(() => resolve()));
    await new Promise<void>((resolve) => this.#bonjour.destroy(() => resolve()));
  }

  #failed(error: Error): void {
    if (this.#failure === undefined) this.#log.warn("mdns.failed", { interface: this.#at.name, reason: error.message });
    this.#failure = error.message;
  }

  #read({ name, port, txt, referer, addresses }: Service): FoundService | undefined {
    const sender = referer?.address;
    if (!Number.isInteger(port) || port < 1 || port > 65_535 || name.length > 64) return undefined;
    const hosts = [...new Set([...(sender === undefined ? [] : [sender]), ...(addresses ?? [])])].slice(0, mostHosts);
    const strings = Object.entries((txt ?? {}) as Record<string, unknown>).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    // On the loopback interface only this machine is meant, whatever addresses a record names.
    return { name, port, hosts: this.#at.internal ? hosts.filter((host) => host.startsWith("127.")) : hosts, txt: Object.fromEntries(strings) };
  }
}

/** Keeps all other packets from being read at all. */
function readOnly(socket: Socket, isRead: (packet: Uint8Array, sender: RemoteInfo) => boolean): void {
  const emit = socket.emit.bind(socket) as (event: string, ...values: readonly unknown[]) => boolean;
  const filtered = (event: string, ...values: readonly unknown[]): boolean => {
    if (event === "message" && !isRead(values[0] as Uint8Array, values[1] as RemoteInfo)) return false;
    return emit(event, ...values);
  };
  socket.emit = filtered as typeof socket.emit;
}

/** bonjour-service names every address of the machine; here only those of the interface are said. */
function nameOnly(mdns: MulticastDns, addresses: readonly string[]): void {
  const respond = mdns.respond.bind(mdns);
  const ours = (records: readonly DnsRecord[]): readonly DnsRecord[] =>
    records.filter(({ type, data }) => type !== "AAAA" && (type !== "A" || addresses.includes(String(data))));
  mdns.respond = (answer, done) => {
    const { answers, additionals = [] } = "answers" in answer ? answer : { answers: answer };
    const said = ours(answers);
    if (said.length === 0) process.nextTick(done);
    else respond({ answers: said, additionals: ours(additionals) }, done);
  };
}

/** bonjour-service keeps every service that it was ever told of; a flood of invented ones must not fill the memory. */
function forgetOldest(browser: bonjour.Browser): void {
  if (browser.services.length <= mostServices) return;
  const { serviceMap } = browser as unknown as { readonly serviceMap: Record<string, boolean> };
  // Many at once: the list is moved by each removal.
  for (const { fqdn } of browser.services.splice(0, mostServices / 4)) delete serviceMap[fqdn];
}
