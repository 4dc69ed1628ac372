/** The media of a hub as its configuration wants them: the embedded broker or an external one, TCP by mDNS, and the broker's announcement. */
import { join } from "node:path";
import type { Ports } from "../account/index.ts";
import { fromUtf8 } from "../base/bytes.ts";
import { asMeshError } from "../base/errors.ts";
import type { HubConfig } from "../config/index.ts";
import { readSecret } from "../config/index.ts";
import { announceBroker } from "../transport/mdns/announce.ts";
import type { Medium, MediumStatus } from "../transport/medium.ts";
import type { Credentials, Standing } from "../transport/mqtt/broker/access-policy.ts";
import { meshAccessPolicy } from "../transport/mqtt/broker/access-policy.ts";
import { MeshBroker } from "../transport/mqtt/broker/broker.ts";
import { ExternalMqttMedium } from "../transport/mqtt/external-mqtt-medium.ts";
import { MqttMedium } from "../transport/mqtt/mqtt-medium.ts";
import { TcpMedium } from "../transport/tcp/tcp-medium.ts";

/** What the media need. */
export interface HubMediaOptions {
  readonly config: HubConfig;
  readonly ports: Ports;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Judges logins at the embedded broker. */
  readonly authenticate: (credentials: Credentials) => Promise<Standing | undefined>;
  /** Name in mDNS, stable for this hub. */
  readonly name: string;
}

const goodbyeMs = 1000;

/** All media of a hub. */
export class HubMedia {
  readonly media: readonly Medium[];
  readonly #options: HubMediaOptions;
  readonly #broker: MeshBroker | undefined;
  #announced: Promise<() => Promise<void>> | undefined;
  #mdnsFailure: string | undefined;

  constructor(options: HubMediaOptions) {
    this.#options = options;
    const { config, ports } = options;
    const { mqtt, tcp, stateDir } = config;
    const media: Medium[] = [];
    if (mqtt.enabled && mqtt.external.url !== undefined) {
      const { url, username, password } = mqtt.external;
      const secret = password === undefined ? undefined : readSecret(password, { env: options.env }).use((octets) => fromUtf8(octets));
      media.push(
        new ExternalMqttMedium({
          url,
          ...ports,
          ...(username === undefined ? {} : { username }),
          ...(secret === undefined ? {} : { password: secret }),
        }),
      );
    } else if (mqtt.enabled) {
      this.#broker = new MeshBroker({
        host: mqtt.host,
        port: mqtt.port,
        clock: ports.clock,
        log: ports.log,
        dataDir: join(stateDir, "broker"),
        policy: meshAccessPolicy({ authenticate: options.authenticate }),
      });
      media.push(new MqttMedium({ broker: this.#broker, clock: ports.clock, log: ports.log }));
    }
    if (tcp.enabled)
      media.push(new TcpMedium({ ...(tcp.interface === undefined ? {} : { interface: tcp.interface }), clock: ports.clock, log: ports.log }));
    this.media = media;
  }

  /** Port of the embedded broker while it listens. */
  get mqttPort(): number | undefined {
    const status = this.#broker?.status();
    return status?.state === "up" ? status.port : undefined;
  }

  /** Starts everything. Errors: ERR_CONFIG when the broker's port is taken; a network without multicast is a status, not an error. */
  async start(): Promise<void> {
    await this.#broker?.start();
    for (const medium of this.media) await medium.start();
    const { config, ports, name } = this.#options;
    const port = this.mqttPort;
    if (!config.mdns.announce || port === undefined) return;
    const { host } = config.mqtt;
    const bound = host === "0.0.0.0" || host === "::" ? undefined : host;
    const log = ports.log.child("mdns");
    const onFailure = (reason: string): void => {
      this.#mdnsFailure = reason;
    };
    // Not waited for: without a network it may never be said.
    this.#announced = announceBroker({ name, port, log, onFailure, ...(bound === undefined ? {} : { interface: bound }) });
    this.#announced.catch((error: unknown) => onFailure(asMeshError(error).message));
  }

  async stop(): Promise<void> {
    const { clock, log } = this.#options.ports;
    for (const medium of this.media) await medium.stop();
    if (this.#announced !== undefined) {
      const taken = this.#announced.then((undo) => undo());
      const late = new AbortController();
      await Promise.race([taken, clock.sleep(goodbyeMs, late.signal)]).catch((error: unknown) =>
        log.debug("mdns.goodbye.failed", { reason: asMeshError(error).message }),
      );
      late.abort();
    }
    this.#announced = undefined;
    await this.#broker?.stop();
  }

  status(): readonly ({ readonly name: string } & MediumStatus)[] {
    const media = this.media.map((medium) => ({ name: medium.name, ...medium.status() }));
    return this.#mdnsFailure === undefined ? media : [...media, { name: "mdns", state: "unavailable", detail: this.#mdnsFailure }];
  }
}
