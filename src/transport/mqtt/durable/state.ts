/**
 * The broker's durable state in memory: retained messages, and the sessions of clients that asked to be remembered
 * (subscriptions, queued messages, QoS 2 identifiers). Every change is a record; replaying the records gives the state again.
 */

import { filterMatches, hasWildcard } from "../topic.ts";
import type { DurableRecord, StoredMessage } from "./record.ts";

/** A message waiting for, or on its way to, one client. */
export interface Queued {
  readonly id: number;
  readonly message: StoredMessage;
  messageId?: number;
  /** The receiver has it (QoS 2); PUBREL is owed. */
  released: boolean;
  /** The broker's own counter for it in this run. */
  counter?: number;
}

/** What is remembered of one client. */
export interface Session {
  readonly topics: Map<string, 0 | 1 | 2>;
  readonly queue: Map<number, Queued>;
  readonly received: Set<number>;
}

/** Subscription of a remembered client with QoS 1 or 2. */
export interface StoredSubscription {
  readonly clientId: string;
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
}

/** The state, changed by records only. */
export class DurableState {
  readonly retained = new Map<string, StoredMessage>();
  readonly sessions = new Map<string, Session>();
  /** Filters without wildcard, by topic; the others are few and searched in turn. */
  readonly #exact = new Map<string, Set<string>>();
  readonly #wild = new Map<string, Set<string>>();
  #lastId = 0;
  #retainedOctets = 0;

  /** A number for the next queued message. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** Octets of all retained payloads. */
  get retainedOctets(): number {
    return this.#retainedOctets;
  }

  apply(record: DurableRecord): void {
    switch (record.kind) {
      case "retain":
        this.#retain(record.message);
        return;
      case "subscribe":
        for (const { topic, qos } of record.topics) this.#subscribe(record.client, topic, qos);
        return;
      case "unsubscribe":
        for (const topic of record.topics) this.#unsubscribe(record.client, topic);
        this.#forgetIfEmpty(record.client);
        return;
      case "end":
        for (const topic of [...(this.sessions.get(record.client)?.topics.keys() ?? [])]) this.#unsubscribe(record.client, topic);
        this.sessions.delete(record.client);
        return;
      case "queue":
        this.#lastId = Math.max(this.#lastId, record.id);
        for (const client of record.clients) this.#session(client).queue.set(record.id, { id: record.id, message: record.message, released: false });
        return;
      case "sent": {
        const queued = this.sessions.get(record.client)?.queue.get(record.id);
        if (queued === undefined) return;
        queued.messageId = record.messageId;
        queued.released = record.released;
        return;
      }
      case "done":
        this.sessions.get(record.client)?.queue.delete(record.id);
        this.#forgetIfEmpty(record.client);
        return;
      case "received":
        this.#session(record.client).received.add(record.messageId);
        return;
      case "forgotten":
        for (const messageId of record.messageIds) this.sessions.get(record.client)?.received.delete(messageId);
        this.#forgetIfEmpty(record.client);
        return;
    }
  }

  /** Remembered clients that want this topic with QoS 1 or 2, each once. */
  subscribers(topic: string): StoredSubscription[] {
    const found = new Map<string, StoredSubscription>();
    const add = (filter: string, clients: Iterable<string>) => {
      for (const clientId of clients) {
        const qos = this.sessions.get(clientId)?.topics.get(filter) ?? 0;
        if (qos > (found.get(clientId)?.qos ?? 0)) found.set(clientId, { clientId, topic: filter, qos });
      }
    };
    add(topic, this.#exact.get(topic) ?? []);
    for (const [filter, clients] of this.#wild) if (filterMatches(filter, topic)) add(filter, clients);
    return [...found.values()];
  }

  /** The shortest list of records that gives this state. */
  *snapshot(): Generator<DurableRecord> {
    for (const message of this.retained.values()) yield { kind: "retain", message };
    for (const [client, session] of this.sessions) {
      // Record sizes stay bounded however many topics there are.
      for (const [topic, qos] of session.topics) yield { kind: "subscribe", client, topics: [{ topic, qos }] };
      for (const { id, message, messageId, released } of session.queue.values()) {
        yield { kind: "queue", clients: [client], id, message };
        if (messageId !== undefined) yield { kind: "sent", client, id, messageId, released };
      }
      for (const messageId of session.received) yield { kind: "received", client, messageId };
    }
  }

  #retain(message: StoredMessage): void {
    this.#retainedOctets += message.payload.length - (this.retained.get(message.topic)?.payload.length ?? 0);
    if (message.payload.length === 0) this.retained.delete(message.topic);
    else this.retained.set(message.topic, message);
  }

  #session(client: string): Session {
    const known = this.sessions.get(client);
    if (known !== undefined) return known;
    const session: Session = { topics: new Map(), queue: new Map(), received: new Set() };
    this.sessions.set(client, session);
    return session;
  }

  #subscribe(client: string, topic: string, qos: 0 | 1 | 2): void {
    this.#session(client).topics.set(topic, qos);
    const index = hasWildcard(topic) ? this.#wild : this.#exact;
    const clients = index.get(topic) ?? new Set();
    if (qos > 0) index.set(topic, clients.add(client));
    else if (clients.delete(client) && clients.size === 0) index.delete(topic);
  }

  #unsubscribe(client: string, topic: string): void {
    if (this.sessions.get(client)?.topics.delete(topic) !== true) return;
    const index = hasWildcard(topic) ? this.#wild : this.#exact;
    const clients = index.get(topic);
    clients?.delete(client);
    if (clients?.size === 0) index.delete(topic);
  }

  #forgetIfEmpty(client: string): void {
    const session = this.sessions.get(client);
    if (session !== undefined && session.topics.size + session.queue.size + session.received.size === 0) this.sessions.delete(client);
  }
}
