/**
 * The topics of a bridge at a broker that somebody else runs. Nothing there is trusted: messages are bounded, too many are left out, and the
 * connection is made again with growing pauses for as long as it takes.
 */
import { backOffMs } from "../../base/back-off.ts";
import { toHex, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import type { Random } from "../../base/random.ts";
import type { MediumStatus } from "../medium.ts";
import type { BusListener, ForeignBus } from "./foreign-bus.ts";
import { mostBusPacket } from "./foreign-bus.ts";
import type { MqttConnection } from "./mqtt-connection.ts";
import { connectMqtt } from "./mqtt-connection.ts";

/** Where the broker is, and how the hub logs in. */
export interface ExternalBusOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Certificates in PEM. */
  readonly ca?: string;
  readonly filters: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** One bridge at another broker. */
export class ExternalBus implements ForeignBus {
  readonly #options: ExternalBusOptions;
  readonly #log: Log;
  #abort: AbortController | undefined;
  #loop: Promise<void> | undefined;
  #connection: MqttConnection | undefined;
  #detail: string | undefined;

  constructor(options: ExternalBusOptions) {
    this.#options = options;
    this.#log = pacedLog(options.log.child("bridge"), options.clock);
  }

  /** Begins to connect; `status` tells how it stands. */
  async start(listener: BusListener): Promise<void> {
    if (this.#abort) return;
    this.#abort = new AbortController();
    this.#loop = this.#run(listener, this.#abort.signal);
  }

  async stop(): Promise<void> {
    this.#abort?.abort();
    await this.#connection?.close();
    await this.#loop;
    this.#abort = undefined;
  }

  status(): MediumStatus {
    return this.#connection ? { state: "up" } : { state: "down", ...(this.#detail === undefined ? {} : { detail: this.#detail }) };
  }

  async publish(topic: string, payload: string): Promise<void> {
    if (!this.#connection) throw new MeshError("ERR_DEVICE_OFFLINE", `the broker at ${this.#options.url} is not connected`);
    await this.#connection.publish(topic, utf8(payload));
  }

  async #run(listener: BusListener, signal: AbortSignal): Promise<void> {
    const { clock, random, url } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#connectOnce(listener, signal, () => {
          attempt = 0;
        });
        this.#detail = "the connection closed";
      } catch (error) {
        if (signal.aborted) return;
        this.#detail = asMeshError(error).message;
        this.#log.warn("bridge.broker_failed", { url, reason: this.#detail });
      }
      try {
        await clock.sleep(backOffMs(attempt, random), signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #connectOnce(listener: BusListener, signal: AbortSignal, established: () => void): Promise<void> {
    const { url, username, password, ca, filters, random } = this.#options;
    let closed: (reason?: Error) => void = () => undefined;
    const end = new Promise<Error | undefined>((resolve) => {
      closed = resolve;
    });
    const connection = await connectMqtt({
      url,
      username,
      password,
      ...(ca === undefined ? {} : { ca }),
      clientId: `mesh-hub-${toHex(random.bytes(6))}`,
      signal,
      maxPacket: mostBusPacket,
      onMessage: (topic, payload, retained) => listener.message({ topic, payload, retained }),
      onClose: (reason) => closed(reason),
    });
    this.#connection = connection;
    try {
      listener.up();
      await connection.subscribe(filters);
      established();
      const reason = await end;
      if (reason) throw reason;
    } finally {
      this.#connection = undefined;
      listener.down();
      await connection.close();
    }
  }
}
