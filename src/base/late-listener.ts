/**
 * Listens at an address that the machine may get later: a network that comes after the program is waited for, for as long as it takes. What
 * time does not mend (a port that is taken) is refused at once.
 */
import type { AddressInfo, Server } from "node:net";
import type { Clock } from "./clock.ts";
import type { MeshError } from "./errors.ts";

/** Where to listen, and with what. */
export interface LateListenerOptions {
  readonly server: Server;
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** Why it cannot listen for good, in words for whoever runs the program. */
  readonly refuse: (cause: NodeJS.ErrnoException) => MeshError;
  /** Told once, when the address is not there yet. */
  readonly onWaiting: (reason: string) => void;
}

const againMs = 2000;
/** What passes when the network comes up: the address is not there, or its name cannot be looked up. */
const passing: ReadonlySet<string | undefined> = new Set(["EADDRNOTAVAIL", "EAI_AGAIN"]);

/** One server at one address. */
export class LateListener {
  readonly #options: LateListenerOptions;
  readonly #abort = new AbortController();
  #loop: Promise<void> | undefined;
  #reason: string | undefined;

  constructor(options: LateListenerOptions) {
    this.#options = options;
  }

  /** Calls `established` with the port when it listens, now or later. Errors: those of `refuse`. */
  async start(established: (port: number) => void): Promise<void> {
    try {
      await this.#listen();
      established(this.port ?? this.#options.port);
    } catch (error) {
      if (!passing.has((error as NodeJS.ErrnoException).code)) throw this.#options.refuse(error as NodeJS.ErrnoException);
      this.#options.onWaiting(this.#failed(error));
      this.#loop = this.#tryAgain(established);
    }
  }

  /** Waits no more. Closing the server is its owner's affair. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
  }

  /** The port; undefined while it does not listen. */
  get port(): number | undefined {
    return (this.#options.server.address() as AddressInfo | null)?.port;
  }

  /** Why the last attempt failed. */
  get reason(): string | undefined {
    return this.#reason;
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
        if (!signal.aborted) established(this.port ?? port);
        return;
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #failed(error: unknown): string {
    const { host, port } = this.#options;
    this.#reason = `cannot listen on ${host} port ${port}: ${(error as Error).message}`;
    return this.#reason;
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
