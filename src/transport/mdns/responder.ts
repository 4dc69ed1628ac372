/**
 * One mDNS responder (bonjour-service) on one interface or all: announces services and browses for them.
 * Its failures are a status and a log line, never an uncaught error. Names and addresses that come from it prove nothing.
 * IPv6-only networks are left out: bonjour-service speaks mDNS over IPv4.
 */
import type { EventEmitter } from "node:events";
import bonjour from "bonjour-service";
import type { Log } from "../../base/log.ts";

type Service = bonjour.Service;

/** Which interface to use. */
export interface MdnsOptions {
  /** IPv4 address of the interface, `127.0.0.1` for this machine alone; all interfaces by default. */
  readonly interface?: string;
  readonly log: Log;
  /** Told when mDNS cannot work, for example because the port is taken exclusively. */
  readonly onFailure?: (reason: string) => void;
}

/** A service to announce. */
export interface Announcement {
  readonly name: string;
  /** Type without underscores and protocol, as `mesh-device`. */
  readonly type: string;
  readonly port: number;
  readonly txt: Readonly<Record<string, string>>;
}

/** A service that was found. */
export interface FoundService {
  readonly name: string;
  /** Where to try, the sender's own address first; at most four. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly txt: Readonly<Record<string, string>>;
}

/** What a browser tells. */
export interface BrowseListener {
  found(service: FoundService): void;
  lost(name: string): void;
}

const mostServices = 1024;
const mostHosts = 4;

/** bonjour-service keeps every service that it was ever told of; a flood of invented ones must not fill the memory. */
function forgetOldest(browser: bonjour.Browser): void {
  if (browser.services.length <= mostServices) return;
  const { serviceMap } = browser as unknown as { readonly serviceMap: Record<string, boolean> };
  // Many at once: the list is moved by each removal.
  for (const { fqdn } of browser.services.splice(0, mostServices / 4)) delete serviceMap[fqdn];
}

/** A running responder. */
export class MdnsResponder {
  readonly #bonjour: bonjour.Bonjour;
  readonly #loopback: boolean;
  #browsers: bonjour.Browser[] = [];

  constructor({ interface: address, log, onFailure }: MdnsOptions) {
    this.#loopback = address?.startsWith("127.") === true;
    const failed = (error: Error) => {
      log.warn("mdns.failed", { reason: error.message });
      onFailure?.(error.message);
    };
    // Bound to all addresses: a socket bound to the interface's own address would not hear the group.
    const options = address === undefined ? {} : { interface: address, bind: "0.0.0.0" };
    this.#bonjour = new bonjour.Bonjour(options as Partial<bonjour.ServiceConfig>, failed);
    // bonjour-service leaves the socket's errors without a listener, which would end the process.
    const { server } = this.#bonjour as unknown as { readonly server: { readonly mdns: EventEmitter } };
    server.mdns.on("error", failed);
    server.mdns.on("warning", (error: Error) => log.debug("mdns.warning", { reason: error.message }));
  }

  /** Announces a service until the responder stops; resolves when it was said once. The name has to be unlikely enough to need no probing. */
  async announce({ name, type, port, txt }: Announcement): Promise<void> {
    const service = this.#bonjour.publish({ name, type, port, txt, host: `${name}.local`, probe: false });
    if (!service.published) await new Promise<void>((resolve) => service.once("up", resolve));
  }

  /** Looks for services of a type; gives the function that asks the network again. */
  browse(type: string, listener: BrowseListener): () => void {
    const browser = this.#bonjour.find({ type });
    const found = (service: Service) => {
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

  #read({ name, port, txt, referer, addresses }: Service): FoundService | undefined {
    const sender = referer?.address;
    if (!Number.isInteger(port) || port < 1 || port > 65_535 || name.length > 64) return undefined;
    const hosts = [...new Set([...(sender === undefined ? [] : [sender]), ...(addresses ?? [])])].slice(0, mostHosts);
    const strings = Object.entries((txt ?? {}) as Record<string, unknown>).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    // On the loopback interface only this machine is meant, whatever addresses a record names.
    return { name, port, hosts: this.#loopback ? hosts.filter((host) => host.startsWith("127.")) : hosts, txt: Object.fromEntries(strings) };
  }
}
