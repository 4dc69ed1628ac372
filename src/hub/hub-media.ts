/**
 * The media of a hub as its configuration wants them: the embedded broker or an external one, TCP by mDNS, Bluetooth LE by a radio process,
 * serial lines, and the broker's announcement.
 */
import { join } from "node:path";
import type { Ports } from "../account/hub.ts";
import { fromUtf8 } from "../base/bytes.ts";
import type { MeshError } from "../base/errors.ts";
import type { HubConfig } from "../config/index.ts";
import { readSecret } from "../config/index.ts";
import { BleMedium } from "../transport/ble/ble-medium.ts";
import { probeBluetooth } from "../transport/ble/probe.ts";
import { RadioChild } from "../transport/ble/radio-child.ts";
import { RadioUnit } from "../transport/ble/radio-unit.ts";
import { boundAddress } from "../transport/interfaces.ts";
import { announceBroker } from "../transport/mdns/announce.ts";
import type { MdnsResponder } from "../transport/mdns/responder.ts";
import type { Medium, MediumStatus } from "../transport/medium.ts";
import type { Credentials, Standing, TopicRights } from "../transport/mqtt/broker/access-policy.ts";
import { meshAccessPolicy } from "../transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../transport/mqtt/broker/broker.ts";
import { readAuthority } from "../transport/mqtt/broker-authority.ts";
import { ExternalMqttMedium } from "../transport/mqtt/external-mqtt-medium.ts";
import { MqttMedium } from "../transport/mqtt/mqtt-medium.ts";
import { SerialMedium } from "../transport/serial/serial-medium.ts";
import { TcpMedium } from "../transport/tcp/tcp-medium.ts";
import type { KeptCertificate } from "./web/kept-certificate.ts";

/** What the media need. */
export interface HubMediaOptions {
  readonly config: HubConfig;
  readonly ports: Ports;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Judges logins at the embedded broker. */
  readonly authenticate: (credentials: Credentials) => Promise<Standing | undefined>;
  /** What a client of the owner, a bridge say, may do there. */
  readonly ownerRights: (username: string) => TopicRights;
  /** What the broker shows where it speaks TLS; it has started. */
  readonly certificate?: Pick<KeptCertificate, "current" | "follow"> | undefined;
  /** Is told when the broker has lost some of what it keeps. */
  readonly onDamage: (damage: MeshError) => void;
  /** Name in mDNS, stable for this hub. */
  readonly name: string;
}

/** All media of a hub. */
export class HubMedia {
  readonly media: readonly Medium[];
  readonly #options: HubMediaOptions;
  readonly #broker: MeshBroker | undefined;
  #announcer: MdnsResponder | undefined;
  #unfollow: (() => void) | undefined;

  constructor(options: HubMediaOptions) {
    this.#options = options;
    const { config, ports } = options;
    const { mqtt, tcp, stateDir } = config;
    const media: Medium[] = [];
    if (mqtt.enabled && mqtt.external.url !== undefined) {
      media.push(externalMedium(options, mqtt.external.url));
    } else if (mqtt.enabled) {
      this.#broker = new MeshBroker({
        host: mqtt.host,
        port: mqtt.port,
        tlsPort: mqtt.tls.enabled ? mqtt.tls.port : undefined,
        clock: ports.clock,
        log: ports.log,
        dataDir: join(stateDir, "broker"),
        onDamage: options.onDamage,
        policy: meshAccessPolicy({ authenticate: options.authenticate, ownerRights: options.ownerRights }),
      });
      media.push(new MqttMedium({ broker: this.#broker, clock: ports.clock, log: ports.log }));
    }
    if (tcp.enabled)
      media.push(new TcpMedium({ ...(tcp.interface === undefined ? {} : { interface: tcp.interface }), clock: ports.clock, log: ports.log }));
    if (config.ble.enabled !== "off") media.push(bleMedium(options));
    if (config.serial.ports.length > 0) media.push(new SerialMedium({ ...config.serial, ...ports }));
    this.media = media;
  }

  /** The embedded broker, where the hub has one. */
  get broker(): MeshBroker | undefined {
    return this.#broker;
  }

  /** Port of the embedded broker while it listens. */
  get mqttPort(): number | undefined {
    const status = this.#broker?.status();
    return status?.state === "up" ? status.port : undefined;
  }

  /** Starts everything. Errors: ERR_CONFIG when the broker's port is taken; an absent address and a network without multicast are a status. */
  async start(): Promise<void> {
    const { announce } = this.#options.config.mdns;
    if (announce) this.#broker?.listen({ listening: (port) => this.#announce(port) });
    await this.#broker?.start();
    await this.#secure();
    for (const medium of this.media) await medium.start();
  }

  /** Without a time there is no certificate yet: devices do not wait for it. */
  async #secure(): Promise<void> {
    const { certificate, config } = this.#options;
    const broker = this.#broker;
    if (!broker || !certificate || !config.mqtt.tls.enabled) return;
    this.#unfollow = certificate.follow((next) => broker.secure(next));
    if (certificate.current) await broker.secure(certificate.current);
  }

  async stop(): Promise<void> {
    this.#unfollow?.();
    for (const medium of this.media) await medium.stop();
    await this.#announcer?.stop();
    this.#announcer = undefined;
    await this.#broker?.stop();
  }

  #announce(port: number): void {
    const { config, ports, name } = this.#options;
    const bound = boundAddress(config.mqtt.host);
    this.#announcer = announceBroker({
      name,
      port,
      clock: ports.clock,
      log: ports.log.child("mdns"),
      ...(bound === undefined ? {} : { interface: bound }),
    });
  }

  status(): readonly ({ readonly name: string } & MediumStatus)[] {
    const { enabled } = this.#options.config.ble;
    // A machine without an adapter is no news to an owner who did not ask for one.
    const media = this.media
      .map((medium) => ({ name: medium.name, ...medium.status() }))
      .filter(({ name, state }) => name !== "ble" || enabled === "on" || state !== "unavailable");
    const announced = this.#announcer?.status();
    return announced === undefined || announced.state === "up" ? media : [...media, { name: "mdns", ...announced }];
  }
}

function externalMedium({ config, ports, env }: HubMediaOptions, url: string): ExternalMqttMedium {
  const { username, password, ca } = config.mqtt.external;
  const secret = password === undefined ? undefined : readSecret(password, { env }).use((octets) => fromUtf8(octets));
  return new ExternalMqttMedium({
    url,
    ...ports,
    ...(username === undefined ? {} : { username }),
    ...(secret === undefined ? {} : { password: secret }),
    ...(ca === undefined ? {} : { ca: readAuthority(ca) }),
  });
}

function bleMedium({ config, ports, env }: HubMediaOptions): BleMedium {
  const { enabled, links, dutyPercent, package: name, socket } = config.ble;
  const { clock, random, log } = ports;
  const absent = async (): Promise<string | undefined> => {
    // A process of its own has the right and the package.
    const { state, detail } = await probeBluetooth({ package: name, ...(socket === undefined ? {} : { elsewhere: true }) });
    return state === "ready" ? undefined : detail;
  };
  return new BleMedium({
    make: () => (socket === undefined ? new RadioChild({ package: name, dutyPercent, env, log: log.child("radio") }) : new RadioUnit(socket)),
    // Who says on has it tried, whatever this machine seems to have.
    ...(enabled === "auto" ? { absent } : {}),
    links,
    clock,
    random,
    log,
  });
}
