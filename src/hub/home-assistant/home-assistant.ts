/** Home Assistant as a client of the house: its login, the devices that it sees, what it is told and what it asks. It needs the hub's own broker. */
import type { HaConnected, HaDevice, HaDevices } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { NameBook } from "../../names/name-book.ts";
import { boundAddress, ipv4Of, systemInterfaces } from "../../transport/interfaces.ts";
import type { BrokerStatus, MeshBroker } from "../../transport/mqtt/broker/broker.ts";
import type { GrantBook } from "../command/grant-book.ts";
import type { Orders } from "../command/order.ts";
import { called, onlyOne } from "../names/called.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import type { HomeAssistantFacade } from "../routes/facade.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import { hubName } from "../web/certificates.ts";
import type { KeptCertificate } from "../web/kept-certificate.ts";
import { mayRead } from "./home-assistant-principal.ts";
import { HomeAssistantPublisher } from "./publisher.ts";
import { HomeAssistantRequests } from "./requests.ts";
import type { ShareBook } from "./share-book.ts";
import { heardFilters } from "./topics.ts";

/** What it works with. */
export interface HomeAssistantOptions {
  readonly shares: ShareBook;
  /** The hub's own; undefined when it has none. */
  readonly broker: MeshBroker | undefined;
  /** What the broker shows where it speaks TLS. */
  readonly certificate: Pick<KeptCertificate, "current"> | undefined;
  readonly hubUdf: string;
  readonly names: NameBook;
  readonly keeper: StateKeeper;
  readonly orders: Orders;
  readonly questions: OwnerQuestions;
  readonly grants: GrantBook;
  readonly clock: Clock;
  readonly log: Log;
}

/** Home Assistant, as the hub serves it. */
export class HomeAssistant implements HomeAssistantFacade {
  readonly #options: HomeAssistantOptions;
  readonly #publisher: HomeAssistantPublisher | undefined;
  readonly #requests: HomeAssistantRequests | undefined;
  #undo: (() => void)[] = [];

  constructor(options: HomeAssistantOptions) {
    this.#options = options;
    const { broker, shares } = options;
    if (!broker) return;
    const isConnected = (): boolean => shares.username !== undefined;
    const publisher = new HomeAssistantPublisher({ ...options, broker, isConnected, mayRead: (udf) => mayRead(options, udf) });
    this.#publisher = publisher;
    this.#requests = new HomeAssistantRequests({ ...options, broker, publisher });
  }

  start(): void {
    const { broker } = this.#options;
    const requests = this.#requests;
    if (!broker || !requests || this.#undo.length > 0) return;
    this.#undo = heardFilters.map((filter) => broker.subscribe(filter, (message) => requests.take(message)));
    this.#publisher?.start();
  }

  async stop(): Promise<void> {
    // Orders under way end with the links of the hub: nobody waits here for a device that does not answer.
    for (const undo of this.#undo.splice(0)) undo();
    await this.#publisher?.stop();
  }

  /** What devices are, or what is granted, may have changed. */
  changed(): void {
    this.#publisher?.changed();
  }

  async connect(): Promise<HaConnected> {
    const { shares, broker } = this.#options;
    const status = broker?.status();
    if (!status) {
      throw new MeshError("ERR_CONFIG", "Home Assistant is served at the hub's own broker, and this hub uses another", {
        hint: "leave mqtt.external.url out of hub.config.json, and connect devices to the hub's broker",
      });
    }
    const login = await shares.connect();
    this.changed();
    const bound = boundAddress(status.host);
    const hosts = bound === undefined ? systemInterfaces().flatMap((at) => (at.internal ? [] : ipv4Of(at))) : [bound];
    return { ...login, hosts: hosts.length > 0 ? hosts : ["127.0.0.1"], port: status.port, ...this.#secure(status), devices: this.#seen().length };
  }

  #secure({ tlsPort: port }: BrokerStatus): Pick<HaConnected, "tls"> {
    const { certificate, hubUdf } = this.#options;
    const shown = certificate?.current;
    if (port === undefined || shown === undefined) return {};
    const { authority, fingerprint } = shown;
    return { tls: { port, fingerprint, ...(authority === undefined ? {} : { authority, name: hubName(hubUdf) }) } };
  }

  async disconnect(): Promise<void> {
    await this.#options.shares.disconnect();
    this.changed();
  }

  async devices(): Promise<HaDevices> {
    const { shares, names } = this.#options;
    const seen = this.#seen();
    const devices = names
      .devices()
      .filter(({ own }) => own)
      .map(
        (device): HaDevice => ({
          ...viewOf(device),
          seen: seen.includes(device.udf) ? (shares.devices.includes(device.udf) ? "list" : "grant") : "no",
        }),
      );
    return { ...(shares.username === undefined ? {} : { username: shares.username }), devices };
  }

  async share(wanted: readonly string[], isShared: boolean): Promise<readonly HaDevice[]> {
    const { shares, names } = this.#options;
    const found = wanted.map((name) => this.#find(name));
    await shares.share([...new Set(found)], isShared);
    this.changed();
    const seen = this.#seen();
    return names
      .devices()
      .filter(({ udf }) => found.includes(udf))
      .map((device) => ({ ...viewOf(device), seen: seen.includes(device.udf) ? (isShared ? "list" : "grant") : "no" }));
  }

  #seen(): readonly string[] {
    return this.#options.names.devices().flatMap(({ udf, own }) => (own && mayRead(this.#options, udf) ? [udf] : []));
  }

  #find(name: string): string {
    const own = this.#options.names.devices().filter((device) => device.own);
    return onlyOne(
      called(own, name, ({ udf }) => udf),
      { none: `no device ${name} is behind this hub`, many: `devices are called ${name}`, hint: "'mesh-hub ha devices' shows them" },
    ).udf;
  }
}

function viewOf({ udf, name, description }: { readonly udf: string; readonly name: string; readonly description: { readonly Class: string } }): {
  udf: string;
  name: string;
  class: string;
} {
  return { udf, name, class: description.Class };
}
