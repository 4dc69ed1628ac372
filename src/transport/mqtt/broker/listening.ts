/**
 * The broker's listener, as the hub shows it: an address that the machine does not have, at the start or later, makes it unavailable; a port
 * that is taken is a fault of the configuration, for the owner to mend.
 */
import type { Server } from "node:net";
import type { Clock } from "../../../base/clock.ts";
import { MeshError } from "../../../base/errors.ts";
import { LateListener } from "../../../base/late-listener.ts";
import type { Log } from "../../../base/log.ts";
import { type Interfaces, missingAddress, systemInterfaces } from "../../interfaces.ts";
import type { MediumStatus } from "../../medium.ts";

/** Where to listen, and with what. */
export interface ListeningOptions {
  readonly server: Server;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly interfaces?: Interfaces;
  /** The key of the configuration that has the port. */
  readonly key?: PortKey;
}

type PortKey = "mqtt.port" | "mqtt.tls.port";

/** One server at one address. */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #listener: LateListener;

  constructor(options: ListeningOptions) {
    const { server, host, port, clock, log, key } = options;
    this.#options = options;
    // A connection that cannot be taken (no descriptor is left) must not end the process.
    server.on("error", (error) => log.debug("broker.listen.failed", { reason: error.message }));
    this.#listener = new LateListener({
      server,
      host,
      port,
      clock,
      refuse: (cause) => refusal(cause, { host, port, key }),
      onWaiting: (reason) => log.warn("broker.waiting", { host, port, reason }),
    });
  }

  /** Calls `established` with the port when it listens, now or later. Throws ERR_CONFIG for what time does not mend. */
  start(established: (port: number) => void): Promise<void> {
    return this.#listener.start(established);
  }

  async stop(): Promise<void> {
    await this.#listener.stop();
    await new Promise<void>((resolve) => this.#options.server.close(() => resolve()));
  }

  /** Unavailable while the address is missing, also when it went away later: the system takes the listener up again when it is back. */
  status(): MediumStatus & { readonly port?: number } {
    const { host, interfaces = systemInterfaces } = this.#options;
    const missing = missingAddress(host, interfaces());
    const { port, reason } = this.#listener;
    if (port === undefined) return { state: "unavailable", detail: missing ?? reason };
    return missing === undefined ? { state: "up", port } : { state: "unavailable", detail: missing, port };
  }
}

/** Why listening fails for good, in words for the owner. */
export function refusal(
  cause: NodeJS.ErrnoException,
  { host, port, key = "mqtt.port" }: { readonly host: string; readonly port: number; readonly key?: PortKey | undefined },
): MeshError {
  if (cause.code !== "EADDRINUSE") return new MeshError("ERR_CONFIG", `cannot listen on ${host} port ${port}: ${cause.message}`, { cause });
  return new MeshError("ERR_CONFIG", `${host} port ${port} is in use by another program, perhaps another MQTT broker`, {
    cause,
    hint: `stop the other program, or set ${key} to another port, or use that broker by mqtt.external.url`,
  });
}
