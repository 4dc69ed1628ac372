/**
 * The device's side of the link over MQTT: connects with a fresh hail as client id, shows its hails, and gives one packet stream
 * per connection. A new CONNECT always has a new nonce, so that nobody can follow the device through its client ids.
 */

import { type BackOff, backOffMs } from "../../base/back-off.ts";
import { joinBytes } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, type MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import type { LinkStream } from "../../link/stream.ts";
import { PacketStream } from "../packet-stream.ts";
import { linkedUsername } from "./broker/access-policy.ts";
import { connectMqtt, type MqttConnection } from "./mqtt-connection.ts";
import { downTopic, mqttMaxPacket, tagHailTopic, tagOf, upTopic, whoTopic } from "./topic.ts";

/** What a device needs to be reachable over MQTT. */
export interface MqttDeviceOptions {
  /** `mqtt://host[:port]` of the hub. */
  readonly url: string;
  /** Makes the hails in force with fresh nonces; the first becomes the client id. Called before every CONNECT and by `renew`. */
  readonly hails: () => readonly Uint8Array[];
  /** Password of a connected device for this tag; undefined for a device that is not connected yet. */
  readonly password?: (tag: string) => string | undefined;
  /** Takes over the stream of each new connection. */
  readonly onStream: (stream: LinkStream) => void;
  /** Told of a connection that did not come about. */
  readonly onFailed?: (reason: MeshError) => void;
  /** Pauses between connections as the hub has told them; usual ones while it has not. */
  readonly pace?: () => BackOff | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Before an answer to a hub that asks who is there; and after it. */
const answerPause: BackOff = { firstMs: 1000, mostMs: 1000 };
const answerEveryMs = 5000;

/** A device at a broker. */
export class MqttDevice {
  readonly #options: MqttDeviceOptions;
  #abort = new AbortController();
  #isAsked = false;
  #isAnswering = false;
  #loop: Promise<void> | undefined;
  #connection: { readonly tag: string; readonly mqtt: MqttConnection } | undefined;

  constructor(options: MqttDeviceOptions) {
    this.#options = options;
  }

  /** Begins to connect, and goes on until `stop`. */
  start(): void {
    if (this.#loop !== undefined) return;
    this.#abort = new AbortController();
    this.#loop = this.#run(this.#abort.signal);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#connection?.mqtt.close();
    await this.#loop;
    this.#loop = undefined;
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** Shows fresh hails on the present connection: every 15 minutes, and when the keys have changed. */
  async renew(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    await connection.mqtt.publish(tagHailTopic(connection.tag), joinBytes(this.#options.hails()));
  }

  /** Ends the present connection; the next one logs in anew. */
  async reconnect(): Promise<void> {
    await this.#connection?.mqtt.close();
  }

  /** A hub has come to the broker: anybody may ask, so once in a while, and not all of a house at once. */
  async #asked(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options;
    this.#isAsked = true;
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    try {
      while (this.#isAsked) {
        await clock.sleep(backOffMs(0, random, answerPause), signal);
        this.#isAsked = false;
        await this.renew();
        await clock.sleep(answerEveryMs, signal);
      }
    } catch (error) {
      log.debug("device.mqtt.unanswered", { reason: asMeshError(error).message });
    } finally {
      this.#isAnswering = false;
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, random, log, onFailed, pace } = this.#options;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.#connectOnce(signal, () => {
          attempt = 0;
        });
        log.debug("device.mqtt.closed");
      } catch (error) {
        if (signal.aborted) return;
        const reason = asMeshError(error);
        log.warn("device.mqtt.failed", { reason: reason.message });
        onFailed?.(reason);
      }
      try {
        await clock.sleep(backOffMs(attempt, random, pace?.()), signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  /** One connection from CONNECT to its end. */
  async #connectOnce(signal: AbortSignal, established: () => void): Promise<void> {
    const { url, hails, password, onStream } = this.#options;
    const [first, ...others] = hails();
    if (first === undefined) return;
    const tag = tagOf(first);
    const secret = password?.(tag);
    let stream: PacketStream | undefined;
    let closed: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const mqtt = await connectMqtt({
      url,
      clientId: tag,
      username: secret === undefined ? undefined : linkedUsername,
      password: secret,
      signal,
      onMessage: (topic, payload) => {
        if (topic === downTopic(tag)) stream?.receive(payload);
        else if (topic === whoTopic) void this.#asked(signal);
      },
      onClose: (reason) => {
        void stream?.end(reason);
        closed();
      },
    });
    const packets = new PacketStream({
      medium: "mqtt",
      maxPacket: mqttMaxPacket,
      send: (packet) => mqtt.publish(upTopic(tag), packet),
      ended: () => mqtt.close(),
    });
    stream = packets;
    this.#connection = { tag, mqtt };
    try {
      await mqtt.subscribe([downTopic(tag)]);
      onStream(packets);
      await mqtt.publish(tagHailTopic(tag), joinBytes([first, ...others]));
      established();
      // At a hub's own broker nobody asks, and other brokers may refuse.
      mqtt.subscribe([whoTopic]).catch((error: unknown) => this.#options.log.debug("device.mqtt.unasked", { reason: asMeshError(error).message }));
      await end;
    } finally {
      this.#connection = undefined;
      await packets.close();
    }
  }
}
