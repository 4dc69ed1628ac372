/**
 * The device link over a broker that the owner already runs and that is not trusted: the same topics, through an MQTT client.
 * That broker's rules are its own, so anybody there may hail and write to any topic; hails are bounded and packets are sealed.
 * It does not tell when a device leaves: the link's own timeouts do. What it may do is delay, drop, repeat, reorder and invent, which ends a session
 * at most; whom it lets write where is in the ACL file that `mesh-hub broker acl` writes (broker-acl.ts).
 */

import { backOffMs } from "../../base/back-off.ts";
import { toHex } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { LinkStream } from "../../link/stream.ts";
import { HailedMedium } from "../hailed-medium.ts";
import { type Medium, type MediumStatus, type Peer, splitHails } from "../medium.ts";
import { BrokerEcho } from "./broker-echo.ts";
import { connectMqtt, type MqttConnection } from "./mqtt-connection.ts";
import { TagStreams } from "./tag-streams.ts";
import { hailOfTag, hailTopic, tagOfUpTopic, whoTopic } from "./topic.ts";

/** Where the broker is and how the hub logs in. */
export interface ExternalMqttOptions {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** Certificates (PEM) of the authorities that may speak for its name. */
  readonly ca?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Devices at an external broker. */
export class ExternalMqttMedium extends HailedMedium implements Medium {
  readonly name = "mqtt";
  readonly #options: ExternalMqttOptions;
  readonly #log: Log;
  readonly #streams = new TagStreams();
  #abort: AbortController | undefined;
  #loop: Promise<void> | undefined;
  #connection: MqttConnection | undefined;
  /** Whether this broker serves the link; undefined where it was not asked. */
  #echo: BrokerEcho | undefined;
  /** Whether the next connection asks. A broker may end one for it. */
  #asks = true;
  #detail: string | undefined;

  constructor(options: ExternalMqttOptions) {
    super(options.clock);
    this.#options = options;
    this.#log = options.log.child("mqtt");
  }

  /** Begins to connect; `status` tells how it stands. */
  async start(): Promise<void> {
    if (this.#abort !== undefined) return;
    this.#abort = new AbortController();
    this.#loop = this.#run(this.#abort.signal);
  }

  async stop(): Promise<void> {
    this.#abort?.abort();
    await this.#connection?.close();
    await this.#loop;
    this.#abort = undefined;
    this.book.clear();
  }

  status(): MediumStatus {
    if (this.#connection === undefined) return { state: "down", detail: this.#detail };
    const detail = this.#echo?.fault;
    return detail === undefined ? { state: "up" } : { state: "degraded", detail };
  }

  async open(peer: Peer, signal?: AbortSignal): Promise<LinkStream> {
    signal?.throwIfAborted();
    const connection = this.#connection;
    if (connection === undefined) throw new MeshError("ERR_DEVICE_OFFLINE", `the broker at ${this.#options.url} is not connected`);
    return this.#streams.open(peer.address, (topic, packet) => connection.publish(topic, packet));
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random, url } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#connectOnce(signal, () => {
          attempt = 0;
        });
        this.#detail = "the connection closed";
      } catch (error) {
        if (signal.aborted) return;
        this.#detail = asMeshError(error).message;
        this.#log.warn("mqtt.failed", { url, reason: this.#detail });
      }
      try {
        await clock.sleep(backOffMs(attempt, random), signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #connectOnce(signal: AbortSignal, established: () => void): Promise<void> {
    const { url, username, password, ca, clock, random } = this.#options;
    let closed: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const clientId = `mesh-hub-${toHex(random.bytes(6))}`;
    const connection = await connectMqtt({
      url,
      username,
      password,
      ca,
      clientId,
      signal,
      onMessage: (topic, payload) => {
        this.#echo?.heard(topic);
        this.#received(topic, payload);
      },
      onClose: () => closed(),
    });
    this.#connection = connection;
    try {
      await connection.subscribe([hailTopic, `${hailTopic}/+`, "mesh/+/up"]);
      // It tells of nobody who was there before.
      await connection.publish(whoTopic, new Uint8Array());
      established();
      if (this.#asks) this.#ask(connection, new BrokerEcho({ clientId, username, url, clock }));
      await end;
    } finally {
      this.#connection = undefined;
      // One that it has not ended at once was not ended for asking.
      this.#asks = this.#echo === undefined || this.#echo.isWhole || this.#echo.isOver;
      this.#echo = undefined;
      await this.#streams.endAll(new MeshError("ERR_LINK", "the broker is gone"));
      await connection.close();
    }
  }

  /** A broker takes subscriptions that it never serves. */
  #ask(connection: MqttConnection, echo: BrokerEcho): void {
    this.#echo = echo;
    echo.ask(connection).catch((error: unknown) => this.#log.debug("mqtt.unasked", { reason: asMeshError(error).message }));
  }

  #received(topic: string, payload: Uint8Array): void {
    const tag = tagOfUpTopic(topic);
    if (tag !== undefined) {
      this.#streams.receive(tag, payload);
      return;
    }
    const address = topic.slice(hailTopic.length + 1);
    const hails = splitHails(payload);
    // Without a tag in the topic there is nowhere to answer.
    if (hailOfTag(address) === undefined || hails === undefined) return;
    // Nobody knows where at that broker a hail comes from.
    for (const hail of hails) this.book.heard(hail, { medium: "mqtt", address, from: "external broker" });
  }
}
