/**
 * Persistence for aedes 1.2 (the interface of aedes-persistence 11) that survives kill -9 and power cuts.
 * aedes acknowledges a QoS 1 message before it stores it; therefore the broker calls `accept` first, and what `accept` stored is
 * not stored again when aedes comes to it. QoS 2 is stored by aedes before its PUBREC, in one commit with its identifier.
 * Leaves out: wills of a broker that died (they are kept in memory only), and clusters of brokers.
 */
import { Readable } from "node:stream";
import { asBuffer, utf8 } from "../../../base/bytes.ts";
import { MeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";
import { filterMatches } from "../topic.ts";
import type { BrokerPacket, BrokerRef, ClientRef, ReleasePacket, Topic } from "./broker-packet.ts";
import { type DurableLimits, defaultDurableLimits } from "./limits.ts";
import { DurableLog } from "./log.ts";
import type { DurableRecord, StoredMessage } from "./record.ts";
import { DurableState, type Queued, type StoredSubscription } from "./state.ts";
import { Wills } from "./wills.ts";

/** What the persistence needs. */
export interface DurablePersistenceOptions {
  readonly path: string;
  readonly log: Log;
  /** Is told when some of what the log keeps is lost. */
  readonly onDamage?: (damage: MeshError) => void;
  /** Whether a subscription may be remembered: aedes also hands over those that were refused. */
  readonly maySubscribe: (client: ClientRef, filter: string) => boolean;
  /** Whether a message that this user had retained may still be given out. */
  readonly mayRetain?: (user: string, topic: string) => boolean;
  /** Whether this very connection was let in: aedes also cleans up after those that were refused, under the name they gave. */
  readonly wasAdmitted?: (client: ClientRef) => boolean;
  readonly limits?: DurableLimits;
  readonly compactAbove?: number;
}

/** A persistence for aedes; open it before the broker, close it after. */
export class DurablePersistence {
  readonly #options: DurablePersistenceOptions;
  readonly #limits: DurableLimits;
  readonly #state = new DurableState();
  readonly #log: DurableLog;
  readonly #wills = new Wills();
  /** QoS 2 identifiers of clients without a session, and of messages that are just being passed on. */
  readonly #arriving = new Map<string, Set<number>>();
  /** Messages stored before their acknowledgement, by the payload object that aedes hands on unchanged. */
  readonly #accepted = new WeakMap<object, { readonly id: number }>();
  /** Users by the payload object of what they publish. */
  readonly #users = new WeakMap<object, string>();
  readonly #incoming = new WeakMap<object, { readonly client: string; readonly messageId: number }>();
  #broker: BrokerRef = { id: "", counter: 0 };

  constructor(options: DurablePersistenceOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultDurableLimits;
    this.#log = new DurableLog({
      path: options.path,
      log: options.log,
      ...(options.onDamage && { onDamage: options.onDamage }),
      snapshot: () => [...this.#state.snapshot()],
      compactAbove: options.compactAbove,
    });
  }

  /** Reads the log. */
  async open(): Promise<void> {
    for (const record of await this.#log.open()) this.#state.apply(record);
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  /** Octets written to the disk since start. */
  get octetsWritten(): number {
    return this.#log.octetsWritten;
  }

  /** Number of retained messages and remembered sessions. */
  get counts(): { readonly retained: number; readonly sessions: number } {
    return { retained: this.#state.retained.size, sessions: this.#state.sessions.size };
  }

  /** Notes whose message this is, until it is stored. */
  note(packet: BrokerPacket, user: string): void {
    packet.payload = Buffer.from(packet.payload as Buffer);
    this.#users.set(packet.payload, user);
  }

  /** Stores a QoS 1 message before it is acknowledged; undefined when nothing of it has to be kept. Throws ERR_TOO_LARGE. */
  accept(packet: BrokerPacket): Promise<void> | undefined {
    const subscribers = this.#state.sessions.size === 0 ? [] : this.#state.subscribers(packet.topic);
    if (!packet.retain && subscribers.length === 0) return undefined;
    const message = this.#stored(packet);
    packet.payload = asBuffer(message.payload);
    if (packet.retain) this.#retain(message);
    this.#accepted.set(packet.payload, { id: this.#queue(subscribers, message) });
    return this.#log.commit();
  }

  // The rest is called by aedes, which wants `setup` to be an async function.

  async setup(broker: BrokerRef): Promise<void> {
    this.#broker = broker;
  }

  async storeRetained(packet: BrokerPacket): Promise<void> {
    if (typeof packet.payload === "object" && this.#accepted.has(packet.payload)) return;
    this.#retain(this.#stored(packet));
    if (packet.qos > 0) await this.#log.commit();
  }

  /** The retained messages of some topic filters that may still be given out. */
  retained(filters: readonly string[]) {
    const { mayRetain } = this.#options;
    return [...this.#state.retained.values()]
      .filter(({ topic }) => filters.some((filter) => filterMatches(filter, topic)))
      .filter(({ from, topic }) => from === undefined || mayRetain === undefined || mayRetain(from, topic));
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.retained(filters).map((message) => ({ cmd: "publish", ...message, payload: asBuffer(message.payload) })));
  }

  createRetainedStream(filter: string): Readable {
    return this.createRetainedStreamCombi([filter]);
  }

  async addSubscriptions(client: ClientRef, topics: readonly Topic[]): Promise<void> {
    if (!this.#state.sessions.has(client.id) && this.#state.sessions.size >= this.#limits.sessions) {
      throw new MeshError("ERR_TOO_LARGE", `more than ${this.#limits.sessions} remembered clients`);
    }
    const allowed = topics.filter(({ topic }) => this.#options.maySubscribe(client, topic)).map(({ topic, qos }) => ({ topic, qos }));
    if (allowed.length === 0) return;
    this.#change({ kind: "subscribe", client: client.id, topics: allowed });
    await this.#log.commit();
  }

  async removeSubscriptions(client: ClientRef, topics: readonly string[]): Promise<void> {
    const known = topics.filter((topic) => this.#state.sessions.get(client.id)?.topics.has(topic));
    if (known.length === 0) return;
    this.#change({ kind: "unsubscribe", client: client.id, topics: known });
    await this.#log.commit();
  }

  async subscriptionsByClient(client: ClientRef): Promise<Topic[]> {
    return [...(this.#state.sessions.get(client.id)?.topics ?? [])].map(([topic, qos]) => ({ topic, qos }));
  }

  /** Remembered clients, and those of their subscriptions for which messages are kept. */
  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    let subsCount = 0;
    for (const { topics } of this.#state.sessions.values()) for (const qos of topics.values()) if (qos > 0) subsCount++;
    return { subsCount, clientsCount: this.#state.sessions.size };
  }

  async subscriptionsByTopic(topic: string): Promise<StoredSubscription[]> {
    return this.#state.sessions.size === 0 ? [] : this.#state.subscribers(topic);
  }

  /** A clean CONNECT ends whatever was remembered, queued messages too [MQTT-3.1.2-6]. */
  async cleanSubscriptions(client: ClientRef): Promise<void> {
    if (!this.#state.sessions.has(client.id)) return;
    this.#change({ kind: "end", client: client.id });
    await this.#log.commit();
  }

  async outgoingEnqueue(sub: { readonly clientId: string }, packet: BrokerPacket): Promise<void> {
    await this.outgoingEnqueueCombi([sub], packet);
  }

  async outgoingEnqueueCombi(subs: readonly { readonly clientId: string }[], packet: BrokerPacket): Promise<void> {
    const payload = typeof packet.payload === "object" ? packet.payload : undefined;
    const accepted = payload && this.#accepted.get(payload);
    const incoming = payload && this.#incoming.get(payload);
    const queueOf = (clientId: string) => this.#state.sessions.get(clientId)?.queue;
    const missing = accepted === undefined ? subs : subs.filter(({ clientId }) => queueOf(clientId)?.has(accepted.id) !== true);
    const id = missing.length > 0 ? this.#queue(missing, this.#stored(packet), accepted?.id) : accepted?.id;
    if (id !== undefined) {
      for (const { clientId } of subs) {
        const queued = queueOf(clientId)?.get(id);
        if (queued !== undefined) queued.counter = packet.brokerCounter;
      }
    }
    if (incoming !== undefined) this.#change({ kind: "received", ...incoming });
    if (missing.length > 0 || incoming !== undefined) await this.#log.commit();
  }

  async outgoingUpdate(client: ClientRef, packet: BrokerPacket): Promise<void> {
    const queued = this.#find(client.id, packet);
    const messageId = packet.messageId;
    if (queued === undefined || messageId === undefined) throw new MeshError("ERR_NOT_FOUND", "no such packet in the session");
    const released = packet.cmd === "pubrel";
    if (queued.messageId === messageId && queued.released === released) return;
    this.#change({ kind: "sent", client: client.id, id: queued.id, messageId, released });
    // Repeating a QoS 1 message after a crash is allowed, a QoS 2 one is not.
    if (queued.message.qos === 2) await this.#log.commit();
  }

  async outgoingClearMessageId(client: ClientRef, packet: BrokerPacket): Promise<BrokerPacket | ReleasePacket | undefined> {
    const queued = this.#find(client.id, packet);
    if (queued === undefined) return undefined;
    this.#change({ kind: "done", client: client.id, id: queued.id });
    return this.#outgoing(queued);
  }

  outgoingStream(client: ClientRef): Readable {
    return Readable.from([...(this.#state.sessions.get(client.id)?.queue.values() ?? [])].map((queued) => this.#outgoing(queued)));
  }

  async incomingStorePacket(client: ClientRef, packet: BrokerPacket): Promise<void> {
    const messageId = packet.messageId ?? 0;
    if (client.clean === false) {
      const user = this.#users.get(packet.payload as Buffer);
      packet.payload = Buffer.from(packet.payload as Buffer);
      if (user !== undefined) this.#users.set(packet.payload, user);
      this.#incoming.set(packet.payload, { client: client.id, messageId });
    }
    const ids = this.#arriving.get(client.id) ?? new Set();
    this.#arriving.set(client.id, ids.add(messageId));
  }

  async incomingGetPacket(client: ClientRef, packet: BrokerPacket): Promise<BrokerPacket> {
    const messageId = packet.messageId ?? 0;
    if (this.#arriving.get(client.id)?.has(messageId) || this.#state.sessions.get(client.id)?.received.has(messageId)) return packet;
    throw new MeshError("ERR_NOT_FOUND", "no such packet");
  }

  async incomingDelPacket(client: ClientRef, packet: BrokerPacket): Promise<void> {
    const messageId = packet.messageId ?? 0;
    const arriving = this.#arriving.get(client.id);
    const known = arriving?.delete(messageId);
    if (arriving?.size === 0) this.#arriving.delete(client.id);
    if (this.#state.sessions.get(client.id)?.received.has(messageId)) {
      this.#change({ kind: "forgotten", client: client.id, messageIds: [messageId] });
      await this.#log.commit();
    } else if (known !== true) {
      throw new MeshError("ERR_NOT_FOUND", "no such packet");
    }
  }

  /** Never for a connection that was refused: it would undo the identifiers of the client whose name it gave. */
  async cleanIncoming(client: ClientRef): Promise<void> {
    if (this.#options.wasAdmitted?.(client) === false) return;
    this.#arriving.delete(client.id);
    const messageIds = [...(this.#state.sessions.get(client.id)?.received ?? [])];
    if (messageIds.length > 0) this.#change({ kind: "forgotten", client: client.id, messageIds });
  }

  async putWill(client: ClientRef, packet: BrokerPacket): Promise<void> {
    this.#wills.put(client, packet, this.#broker);
  }

  async getWill(client: ClientRef): Promise<BrokerPacket | undefined> {
    return this.#wills.get(client);
  }

  async delWill(client: ClientRef): Promise<BrokerPacket | undefined> {
    return this.#wills.take(client);
  }

  streamWill(brokers: Readonly<Record<string, unknown>> = {}): Readable {
    return Readable.from(this.#wills.orphaned(brokers));
  }

  getClientList(topic: string): Readable {
    return Readable.from([...this.#state.sessions].filter(([, session]) => session.topics.has(topic)).map(([client]) => client));
  }

  async destroy(): Promise<void> {
    await this.close();
  }

  #change(record: DurableRecord): void {
    this.#log.append(record);
    this.#state.apply(record);
  }

  #retain(message: StoredMessage): void {
    const present = this.#state.retained.get(message.topic);
    if (message.payload.length > 0) {
      const octets = this.#state.retainedOctets + message.payload.length - (present?.payload.length ?? 0);
      const full = present === undefined && this.#state.retained.size >= this.#limits.retainedMessages;
      if (full || octets > this.#limits.retainedOctets) throw new MeshError("ERR_TOO_LARGE", `no room to retain ${message.topic}`);
    }
    if (message.payload.length > 0 || present !== undefined) this.#change({ kind: "retain", message });
  }

  /** Queues for those that have room; gives the number of the message. */
  #queue(subs: readonly { readonly clientId: string }[], message: StoredMessage, id = this.#state.nextId()): number {
    const clients = subs.map(({ clientId }) => clientId).filter((client) => this.#hasRoom(client));
    if (clients.length > 0) this.#change({ kind: "queue", clients, id, message: { ...message, retain: false } });
    return id;
  }

  #hasRoom(client: string): boolean {
    const size = this.#state.sessions.get(client)?.queue.size ?? 0;
    if (size < this.#limits.queuedPerSession) return true;
    if (size === this.#limits.queuedPerSession) this.#options.log.warn("broker.queue.full", { client, size });
    return false;
  }

  #find(client: string, packet: BrokerPacket): Queued | undefined {
    const queue = this.#state.sessions.get(client)?.queue;
    if (queue === undefined) return undefined;
    const { messageId, brokerCounter: counter } = packet;
    let byMessageId: Queued | undefined;
    for (const queued of queue.values()) {
      if (counter !== undefined && queued.counter === counter) return queued;
      if (messageId !== undefined && queued.messageId === messageId) byMessageId ??= queued;
    }
    return byMessageId;
  }

  /** A queued message as aedes sends it; it gets a counter of this run, by which aedes names it later. */
  #outgoing(queued: Queued): BrokerPacket | ReleasePacket {
    const { message, messageId, released } = queued;
    // Nothing else of a released message is sent again [MQTT-4.3.3-1].
    if (released) return { cmd: "pubrel", messageId };
    queued.counter ??= ++this.#broker.counter;
    const names = { brokerId: this.#broker.id, brokerCounter: queued.counter, messageId };
    return { cmd: "publish", ...names, ...message, payload: asBuffer(message.payload), dup: messageId !== undefined };
  }

  #stored({ topic, qos, retain, payload }: BrokerPacket): StoredMessage {
    if (typeof payload === "string") return { topic, qos, retain, payload: utf8(payload) };
    const user = this.#users.get(payload);
    return { topic, qos, retain, payload: new Uint8Array(payload), ...(user === undefined ? {} : { from: user }) };
  }
}
