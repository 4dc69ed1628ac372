/**
 * The device link over the hub's own broker, inside the process: no client connection of the hub, no TCP loop.
 * A device's client id is its first hail; later ones come on `mesh/hail` and `mesh/hail/<tag>`. A peer's address is its tag.
 * A stream ends when the device disconnects; whether it is the right device is for the handshake to find out.
 */
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { LinkStream } from "../../link/stream.ts";
import { HailedMedium } from "../hailed-medium.ts";
import { type Medium, type MediumStatus, type Peer, splitHails } from "../medium.ts";
import type { MeshBroker } from "./broker/broker.ts";
import type { BrokerClient } from "./broker/broker-listener.ts";
import { TagStreams } from "./tag-streams.ts";
import { downTopic, hailOfTag, hailTopic, tagOfUpTopic } from "./topic.ts";

/** How long `open` waits for the device to listen on its topic. */
const listenDeadlineMs = 5000;

/** What the medium needs; the broker is started and stopped by its owner. */
export interface MqttMediumOptions {
  readonly broker: MeshBroker;
  readonly clock: Clock;
  readonly log: Log;
}

/** Devices at the embedded broker. */
export class MqttMedium extends HailedMedium implements Medium {
  readonly name = "mqtt";
  readonly #broker: MeshBroker;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Connected tags, and whether each listens on its down topic. */
  readonly #present = new Map<string, { readonly peer: Peer; listening: boolean; readonly whenListening: (() => void)[] }>();
  readonly #streams = new TagStreams();
  #undo: (() => void)[] = [];

  constructor({ broker, clock, log }: MqttMediumOptions) {
    super(clock);
    this.#broker = broker;
    this.#clock = clock;
    this.#log = log.child("mqtt");
  }

  async start(): Promise<void> {
    if (this.#undo.length > 0) return;
    this.#undo = [
      this.#broker.listen({
        connected: (client) => this.#connected(client),
        disconnected: ({ id }) => this.#disconnected(id),
        subscribed: (id, filters) => filters.includes(downTopic(id)) && this.#listening(id),
      }),
      this.#broker.subscribe(`${hailTopic}/#`, ({ payload, from }) => this.#hailed(payload, from)),
      this.#broker.subscribe("mesh/+/up", ({ topic, payload }) => this.#streams.receive(tagOfUpTopic(topic) ?? "", payload)),
    ];
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    await this.#streams.endAll();
    this.#present.clear();
    this.book.clear();
  }

  status(): MediumStatus {
    if (this.#undo.length === 0) return { state: "down" };
    const { state, detail } = this.#broker.status();
    return { state, detail };
  }

  async open(peer: Peer, signal?: AbortSignal): Promise<LinkStream> {
    const tag = peer.address;
    await this.#whenListening(tag, signal);
    return this.#streams.open(
      tag,
      (topic, payload) => this.#broker.publish({ topic, payload, qos: 1 }),
      () => this.#broker.proven(tag),
    );
  }

  #connected({ id, standing, address: from }: BrokerClient): void {
    const hail = hailOfTag(id);
    if (hail === undefined) return;
    const peer: Peer = { medium: "mqtt", address: id, from, ...(standing === "device" ? { isMember: true } : {}) };
    this.#present.set(id, { peer, listening: false, whenListening: [] });
    this.book.heard(hail, peer);
  }

  #disconnected(id: string): void {
    if (!this.#present.delete(id)) return;
    void this.#streams.end(id, new MeshError("ERR_LINK", "the device disconnected"));
    this.book.gone({ medium: "mqtt", address: id });
  }

  #listening(id: string): void {
    const present = this.#present.get(id);
    if (present === undefined) return;
    present.listening = true;
    for (const resolve of present.whenListening.splice(0)) resolve();
  }

  #hailed(payload: Uint8Array, from: string | undefined): void {
    const hails = splitHails(payload);
    const peer = from === undefined ? undefined : this.#present.get(from)?.peer;
    if (peer === undefined || hails === undefined) {
      this.#log.debug("mqtt.hail.ignored", { octets: payload.length });
      return;
    }
    for (const hail of hails) this.book.heard(hail, peer);
  }

  /** A device subscribes after CONNECT, that is after its first hail was heard. */
  async #whenListening(tag: string, signal: AbortSignal | undefined): Promise<void> {
    const present = this.#present.get(tag);
    if (present === undefined) throw new MeshError("ERR_DEVICE_OFFLINE", `no device at the broker under ${tag}`);
    if (present.listening) return;
    const cancel = new AbortController();
    const ends = signal === undefined ? cancel.signal : AbortSignal.any([signal, cancel.signal]);
    const deadline = this.#clock.sleep(listenDeadlineMs, ends).then(() => {
      throw new MeshError("ERR_DEVICE_OFFLINE", `device ${tag} does not listen`);
    });
    try {
      await Promise.race([new Promise<void>((resolve) => present.whenListening.push(resolve)), deadline]);
    } finally {
      cancel.abort();
      deadline.catch(() => undefined);
    }
  }
}
