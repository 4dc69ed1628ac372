/**
 * Listens at the broker's address. An address that the machine does not have yet (a network that comes later than the hub) is tried again for
 * as long as it takes; a port that is taken is a fault of the configuration, for the owner to mend.
 */
import type { AddressInfo, Server } from "node:net";
import type { Clock } from "../../../base/clock.ts";
import { MeshError } from "../../../base/errors.ts";
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
}

const againMs = 2000;
/** What passes when the network comes up: the address is not there, or its name cannot be looked up. */
const passing: ReadonlySet<string | undefined> = new Set(["EADDRNOTAVAIL", "EAI_AGAIN"]);

/** One server at one address. */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #abort = new AbortController();
  #loop: Promise<void> | undefined;
  #reason: string | undefined;

  constructor(options: ListeningOptions) {
    this.#options = options;
    // A connection that cannot be taken (no descriptor is left) must not end the process.
    options.server.on("error", (error) => options.log.debug("broker.listen.failed", { reason: error.message }));
  }

  /** Calls `established` with the port when it listens, now or later. Throws ERR_CONFIG for what time does not mend. */
  async start(established: (port: number) => void): Promise<void> {
    const { log, host, port } = this.#options;
    try {
      await this.#listen();
      established(this.#port ?? port);
    } catch (error) {
      if (!passing.has((error as NodeJS.ErrnoException).code)) throw refusal(error as NodeJS.ErrnoException, this.#options);
      this.#failed(error);
      log.warn("broker.waiting", { host, port, reason: this.#reason });
      this.#loop = this.#tryAgain(established);
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
    await new Promise<void>((resolve) => this.#options.server.close(() => resolve()));
  }

  /** Unavailable while the address is missing, also when it went away later: the system takes the listener up again when it is back. */
  status(): MediumStatus & { readonly port?: number } {
    const { host, interfaces = systemInterfaces } = this.#options;
    const missing = missingAddress(host, interfaces());
    const port = this.#port;
    if (port === undefined) return { state: "unavailable", detail: missing ?? this.#reason };
    return missing === undefined ? { state: "up", port } : { state: "unavailable", detail: missing, port };
  }

  get #port(): number | undefined {
    return (this.#options.server.address() as AddressInfo | null)?.port;
  }

  async #tryAgain(established: (port: number) => void): Promise<void> {
    const { clock, port } = this.#options;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await clock.sleep(againMs, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        return;
      }
      try {
        await this.#listen();
        if (!signal.aborted) established(this.#port ?? port);
        return;
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #failed(error: unknown): void {
    const { host, port } = this.#options;
    this.#reason = `cannot listen on ${host} port ${port}: ${(error as Error).message}`;
  }

  async #listen(): Promise<void> {
    const { server, host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  }
}

/** Why listening fails for good, in words for the owner. */
export function refusal(cause: NodeJS.ErrnoException, { host, port }: { readonly host: string; readonly port: number }): MeshError {
  if (cause.code !== "EADDRINUSE") return new MeshError("ERR_CONFIG", `cannot listen on ${host} port ${port}: ${cause.message}`, { cause });
  return new MeshError("ERR_CONFIG", `${host} port ${port} is in use by another program, perhaps another MQTT broker`, {
    cause,
    hint: "stop the other program, or set mqtt.port to another port, or use that broker by mqtt.external.url",
  });
}
