/**
 * The hub's own MQTT 3.1.1 broker: aedes 1.2 with what it lacks for a hostile network and for power cuts.
 * (a) noDelay on every socket; (b) a length guard, quotas and connection limits in front of the parser; (c) `$` topics closed to clients
 * although our own rules replace aedes' (which drops its guard); (d) retained messages and sessions on disk before they are acknowledged.
 * Packets of the device link are sealed end to end; a second listener has TLS, for programs that log in with a password. There is none for WebSockets.
 */
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Server as SecureServer } from "node:tls";
import { Aedes, type AedesPublishPacket, type AuthenticateError, type Client, type PublishPacket, type Subscription } from "aedes";
import { asBuffer } from "../../../base/bytes.ts";
import type { Place } from "../../../base/crowd/place-pool.ts";
import { asMeshError, MeshError } from "../../../base/errors.ts";
import type { Log } from "../../../base/log.ts";
import { TokenBucket } from "../../../base/token-bucket.ts";
import type { BrokerPacket } from "../durable/broker-packet.ts";
import { DurablePersistence } from "../durable/persistence.ts";
import { guardSocket } from "../guard/guard-socket.ts";
import { LengthGuard } from "../guard/length-guard.ts";
import { isDeviceTopic } from "../topic.ts";
import { Admission } from "./admission.ts";
import type { BrokerClient, BrokerListener, BrokerMessage } from "./broker-listener.ts";
import type { BrokerOptions, BrokerStatus } from "./broker-options.ts";
import { Listening } from "./listening.ts";
import { writeNumbersUncached } from "./packet-numbers.ts";
import { Seats } from "./seats.ts";
import { type BrokerCertificate, renewCertificate, secureServer } from "./secure-server.ts";

export type { BrokerListener, BrokerMessage } from "./broker-listener.ts";
export type { BrokerOptions, BrokerStatus } from "./broker-options.ts";

interface Running {
  readonly aedes: Aedes;
  readonly listening: Listening;
  readonly admission: Admission;
  readonly persistence: DurablePersistence;
  readonly seats: Seats;
  /** Of clients: what they speak in. */
  readonly sockets: Set<Socket>;
  secure?: { readonly server: SecureServer; readonly listening: Listening };
}

const defaultDeadlineMs = 5000;

/** The broker. */
export class MeshBroker {
  readonly #options: BrokerOptions;
  readonly #log: Log;
  readonly #warnings: TokenBucket;
  readonly #listeners = new Set<BrokerListener>();
  /** Clients with a durable message on its way to the disk: later messages wait for it, so that order holds. */
  readonly #waiting = new WeakMap<object, Promise<void>>();
  readonly #subscriptions = new Set<readonly [filter: string, deliver: (packet: AedesPublishPacket, done: () => void) => void]>();
  #running: Running | undefined;
  #detail: string | undefined;
  #refused = 0;

  constructor(options: BrokerOptions) {
    writeNumbersUncached();
    this.#options = options;
    this.#log = options.log.child("broker");
    this.#warnings = new TokenBucket({ perSecond: 1, burst: 20 }, options.clock);
  }

  /**
   * Reads the store and listens; an address that no interface has yet is waited for, as the status says.
   * Throws ERR_STORE, ERR_PERMISSION, or ERR_CONFIG when the port is taken or the address can never be listened on.
   */
  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { policy, dataDir, clock, onDamage } = this.#options;
    const seats = new Seats({ limits: this.#options.limits, clock, onRefused: (refused) => this.#refuse("connection", refused) });
    const admission = new Admission(policy, seats);
    const persistence = new DurablePersistence({
      path: join(dataDir, "broker.log"),
      log: this.#log,
      ...(onDamage && { onDamage }),
      maySubscribe: (client, filter) => admission.principal(client)?.maySubscribe(filter) === true,
      mayRetain: (user, topic) => policy.mayRetain?.(user, topic) !== false,
      wasAdmitted: (client) => admission.principal(client) !== undefined,
    });
    await persistence.open();
    const aedes = await this.#createAedes(admission, persistence);
    // Probed: a client that lost its power must not keep its place.
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }, (socket) => {
      const seat = this.#seat(socket);
      if (seat) this.#serve(socket, seat);
    });
    const running: Running = {
      aedes,
      admission,
      persistence,
      listening: new Listening({ ...this.#options, log: this.#log, server }),
      seats,
      sockets: new Set(),
    };
    this.#running = running;
    for (const [filter, deliver] of this.#subscriptions) aedes.subscribe(filter, deliver, () => undefined);
    this.#detail = undefined;
    try {
      await running.listening.start((port) => {
        this.#log.info("broker.started", { host: this.#options.host, port, ...persistence.counts });
        for (const listener of [...this.#listeners]) listener.listening?.(port);
      });
    } catch (error) {
      this.#detail = asMeshError(error).message;
      await this.stop();
      throw error;
    }
  }

  /**
   * Listens with TLS, too, at the port that the options name, or shows another certificate there from now on; an address that no interface has yet is waited
   * for. Errors: ERR_CONFIG for a port that is taken and for a certificate that does not work, ERR_ADAPTER while the broker is down.
   */
  async secure(certificate: BrokerCertificate): Promise<void> {
    const running = this.#running;
    const { tlsPort: port, host, connectDeadlineMs = defaultDeadlineMs } = this.#options;
    if (running === undefined || port === undefined) throw new MeshError("ERR_ADAPTER", "the broker is down, or has no port for TLS");
    if (running.secure) return renewCertificate(running.secure.server, certificate);
    const server = secureServer(certificate, {
      seat: (socket) => this.#seat(socket),
      serve: (socket, seat) => this.#serve(socket, seat),
      onFailed: (failed) => this.#refuse("handshake", failed),
      handshakeMs: connectDeadlineMs,
    });
    const listening = new Listening({ ...this.#options, port, log: this.#log, server, key: "mqtt.tls.port" });
    running.secure = { server, listening };
    await listening.start((bound) => this.#log.info("broker.secure", { host, port: bound }));
  }

  /** Closes all connections and the store; may be called again. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    const closed = Promise.all([running.listening.stop(), running.secure?.listening.stop()]);
    await new Promise<void>((resolve) => running.aedes.close(() => resolve()));
    for (const socket of running.sockets) socket.destroy();
    running.seats.clear();
    await closed;
    await running.persistence.close();
  }

  status(): BrokerStatus {
    const running = this.#running;
    const { state, detail, port } = running?.listening.status() ?? { state: "down" as const, detail: this.#detail, port: undefined };
    return {
      state,
      detail,
      host: this.#options.host,
      port: port ?? this.#options.port,
      tlsPort: running?.secure?.listening.status().port,
      clients: running?.aedes.connectedClients ?? 0,
      refused: this.#refused,
      retained: running?.persistence.counts.retained ?? 0,
      sessions: running?.persistence.counts.sessions ?? 0,
      octetsWritten: running?.persistence.octetsWritten ?? 0,
    };
  }

  /** Follows clients that come and go; gives the function that ends this. */
  listen(listener: BrokerListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Receives the messages of a topic filter inside the process; gives the function that ends this. */
  subscribe(filter: string, receive: (message: BrokerMessage) => void): () => void {
    const deliver = (packet: AedesPublishPacket, done: () => void) => {
      const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
      receive({ topic: packet.topic, payload: new Uint8Array(payload), from: (packet as { readonly clientId?: string }).clientId });
      done();
    };
    const entry = [filter, deliver] as const;
    this.#subscriptions.add(entry);
    this.#running?.aedes.subscribe(filter, deliver, () => undefined);
    return () => {
      this.#subscriptions.delete(entry);
      this.#running?.aedes.unsubscribe(filter, deliver, () => undefined);
    };
  }

  /** What is kept here: the retained messages of some topic filters; `from` is the user who left one, absent for the hub's own. */
  retained(filters: readonly string[]): readonly BrokerMessage[] {
    return (this.#running?.persistence.retained(filters) ?? []).map(({ topic, payload, from }) => ({
      topic,
      payload: new Uint8Array(payload),
      ...(from === undefined ? {} : { from }),
    }));
  }

  /**
   * Publishes for the hub; resolves when the message was handed to every connected subscriber and, if retained, is on the disk.
   * Throws ERR_USAGE for a retained message on a topic of the device link, ERR_ADAPTER while the broker is down.
   */
  async publish(message: { readonly topic: string; readonly payload: Uint8Array; readonly qos?: 0 | 1; readonly retain?: boolean }): Promise<void> {
    const { topic, payload, qos = 1, retain = false } = message;
    if (retain && isDeviceTopic(topic)) throw new MeshError("ERR_USAGE", `${topic} takes no retained message`);
    const aedes = this.#running?.aedes;
    if (aedes === undefined) throw new MeshError("ERR_ADAPTER", "the broker is down");
    await new Promise<void>((resolve, reject) => {
      aedes.publish({ cmd: "publish", topic, payload: asBuffer(payload), qos, retain, dup: false }, (error) =>
        error ? reject(asMeshError(error)) : resolve(),
      );
    });
  }

  /** The link has proven that a client is a device of the house, whether or not it has logged in as one. */
  proven(clientId: string): void {
    this.#running?.admission.proven(clientId);
  }

  /** Closes the connection of a client, if there is one. */
  disconnect(clientId: string): void {
    for (const socket of this.#running?.sockets ?? []) {
      const { client } = socket as Socket & { readonly client?: Client };
      if (client?.id === clientId) client.close();
    }
  }

  #seat(socket: Socket): Place | undefined {
    const seat = this.#running?.seats.take(socket);
    if (this.#running === undefined) socket.destroy();
    return seat;
  }

  #serve(socket: Socket, seat: Place): void {
    const running = this.#running;
    if (running === undefined) return void socket.destroy();
    const guard = new LengthGuard(this.#options.policy.beforeConnect, this.#options.clock);
    running.sockets.add(socket);
    socket.once("close", () => running.sockets.delete(socket));
    guardSocket(socket, guard);
    running.admission.arrived(running.aedes.handle(socket), { guard, seat });
  }

  async #createAedes(admission: Admission, persistence: DurablePersistence): Promise<Aedes> {
    const aedes = await Aedes.createBroker({
      persistence,
      connectTimeout: this.#options.connectDeadlineMs ?? defaultDeadlineMs,
      drainTimeout: 10_000,
      maxTopicLevels: 16,
      maxInflightInbound: 100,
      preConnect: (client, packet, done) => {
        admission.note(client, { clean: packet.clean !== false, hasWill: packet.will !== undefined });
        done(null, true);
      },
      authenticate: (client, username, password, done) => {
        const address = admission.address(client);
        admission.admit(client, { username: username || undefined, password: password && new Uint8Array(password) }).then(
          (principal) => {
            if (principal === undefined) this.#refuse("login", { address });
            done(principal === undefined ? notAuthorized() : null, principal !== undefined);
          },
          (error: unknown) => {
            this.#log.error("broker.login", { address, reason: asMeshError(error).message });
            done(notAuthorized(), false);
          },
        );
      },
      authorizePublish: (client, packet, done) => this.#authorizePublish(client, packet, { admission, persistence, done }),
      authorizeSubscribe: (client, subscription, done) => {
        if (admission.principal(client)?.maySubscribe(subscription.topic)) return done(null, subscription);
        this.#refuse("subscribe", { client: client.id, filter: subscription.topic });
        done(null, null);
      },
      authorizeForward: (client, packet) => {
        const allowed = admission.principal(client)?.mayReceive(packet.topic) === true && !(packet.retain && isDeviceTopic(packet.topic));
        return allowed ? packet : null;
      },
    });
    // Not "clientReady": that may come after the client's first SUBSCRIBE.
    aedes.on("client", (client) => this.#tell(admission, client, "connected"));
    aedes.on("clientDisconnect", (client) => {
      admission.leave(client);
      this.#tell(admission, client, "disconnected");
    });
    aedes.on("subscribe", (subscriptions: Subscription[], client: Client) => {
      const filters = subscriptions.filter(({ qos }) => (qos as number) < 128).map(({ topic }) => topic);
      for (const listener of [...this.#listeners]) listener.subscribed?.(client.id, filters);
    });
    const refused = (client: Client, error: Error) => {
      if (error instanceof MeshError) this.#refuse("connection", { address: admission.address(client), reason: error.message });
      if (client.id) admission.leave(client);
    };
    aedes.on("clientError", refused);
    aedes.on("connectionError", refused);
    (aedes as NodeJS.EventEmitter).on("error", (error: Error) => this.#log.error("broker.internal", { reason: error.message }));
    return aedes;
  }

  /** The first gate; aedes acknowledges as soon as it opens, so what must last is stored here. */
  #authorizePublish(
    client: Client | null,
    packet: PublishPacket,
    ask: { readonly admission: Admission; readonly persistence: DurablePersistence; readonly done: (error?: Error | null) => void },
  ): void {
    const { topic, retain } = packet;
    const principal = client === null ? undefined : ask.admission.principal(client);
    if (client === null || topic.startsWith("$") || principal?.mayPublish(topic, retain) !== true) {
      this.#refuse("publish", { client: client?.id, topic });
      ask.done(new MeshError("ERR_NOT_AUTHORIZED", "publish refused"));
      return;
    }
    if (retain && principal.user !== undefined) ask.persistence.note(packet as BrokerPacket, principal.user);
    const earlier = this.#waiting.get(client);
    let stored: Promise<void> | undefined;
    try {
      stored = packet.qos === 1 ? ask.persistence.accept(packet as BrokerPacket) : undefined;
    } catch (error) {
      ask.done(asMeshError(error));
      return;
    }
    if (earlier === undefined && stored === undefined) {
      ask.done(null);
      return;
    }
    const turn = Promise.all([earlier, stored]).then(() => undefined);
    this.#waiting.set(client, turn);
    turn
      .then(
        () => ask.done(null),
        (error: unknown) => ask.done(asMeshError(error)),
      )
      .finally(() => {
        if (this.#waiting.get(client) === turn) this.#waiting.delete(client);
      });
  }

  #tell(admission: Admission, client: Client, event: "connected" | "disconnected"): void {
    const standing = admission.principal(client)?.standing;
    if (standing === undefined) return;
    const known: BrokerClient = { id: client.id, standing, address: admission.address(client) ?? "" };
    this.#log.debug(`broker.${event}`, { standing });
    for (const listener of [...this.#listeners]) listener[event]?.(known);
  }

  /** Counts refusals; logs them slowly, so that an attacker cannot fill the journal. */
  #refuse(what: string, data: Record<string, unknown>): void {
    this.#refused++;
    if (this.#warnings.take()) this.#log.warn("broker.refused", { what, ...data });
  }
}

function notAuthorized(): AuthenticateError {
  return Object.assign(new Error("not authorized"), { returnCode: 5 });
}
