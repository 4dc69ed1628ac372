/**
 * One connection of an MQTT client, with what every connection of ours needs: noDelay, a clean session, no queue while offline,
 * deadlines, a bound on what the broker sends, and every error told to somebody. It does not reconnect by itself: device and hub have rules of
 * their own for that. With mqtts the broker's name is checked, by the authorities of the system or by those that are given.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { systemClock } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { LengthGuard } from "./guard/length-guard.ts";
import { mqttMaxPacket } from "./topic.ts";

/** Where and as whom to connect. */
export interface MqttConnectOptions {
  /** `mqtt://host[:port]` or `mqtts://host[:port]`. */
  readonly url: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  /** Certificates (PEM) of the authorities that may speak for the broker's name, instead of the system's. */
  readonly ca?: string;
  /** Octets of a packet that the broker may send; what the device link needs when absent. */
  readonly maxPacket?: number;
  /** `retained`: the broker had kept it. */
  readonly onMessage: (topic: string, payload: Uint8Array, retained: boolean) => void;
  /** Called once, when an established connection has ended. */
  readonly onClose: (reason?: Error) => void;
  readonly signal?: AbortSignal;
}

/** An established connection. */
export interface MqttConnection {
  publish(topic: string, payload: Uint8Array, retain?: boolean): Promise<void>;
  subscribe(topics: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const connectDeadlineMs = 10_000;
const keepaliveSeconds = 30;
/** Twice what a packet of the link takes with its topic: the library would collect 256 MB. */
const mostFromBroker = 2 * mqttMaxPacket;

/** Connects. Throws ERR_DEVICE_OFFLINE when the broker cannot be reached and ERR_NOT_AUTHORIZED when it refuses. */
export async function connectMqtt(options: MqttConnectOptions): Promise<MqttConnection> {
  const { url, signal } = options;
  // Loaded by who needs it: 6 MB that a hub with a broker of its own does without.
  const { MqttClient } = (await import("mqtt")).default;
  signal?.throwIfAborted();
  const client = new MqttClient(() => bounded(openSocket(url, options.ca), options.maxPacket), {
    clientId: options.clientId,
    username: options.username,
    password: options.password,
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: connectDeadlineMs,
    keepalive: keepaliveSeconds,
    queueQoSZero: false,
    resubscribe: false,
  });
  const abort = () => client.end(true);
  signal?.addEventListener("abort", abort, { once: true });
  let failure: Error | undefined;
  client.on("error", (error) => {
    failure = error;
  });
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", (cause) => reject(connectError(url, cause)));
      client.once("close", () => reject(signal?.aborted ? signal.reason : connectError(url, failure)));
    });
  } catch (error) {
    client.end(true);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  client.on("message", (topic, payload, { retain }) => options.onMessage(topic, new Uint8Array(payload), retain));
  /** What waits for the broker. The library forgets it when the connection is lost while it ends in order. */
  const waiting = new Set<(reason: MeshError) => void>();
  const unlessClosed = <T>(task: Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      waiting.add(reject);
      task.then(resolve, reject).finally(() => waiting.delete(reject));
    });
  client.once("close", () => {
    client.end(true);
    for (const reject of waiting) reject(new MeshError("ERR_LINK", "the connection to the broker has closed", { cause: failure }));
    options.onClose(failure);
  });
  return {
    async publish(topic, payload, retain = false) {
      if (!client.connected) throw new MeshError("ERR_LINK", "the broker is not connected");
      await unlessClosed(client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain }));
    },
    async subscribe(topics) {
      try {
        await unlessClosed(client.subscribeAsync([...topics], { qos: 1 }));
      } catch (cause) {
        if (isMeshError(cause)) throw cause;
        // The library throws what a broker answers to a filter that it refuses (§3.9.3).
        throw new MeshError("ERR_NOT_AUTHORIZED", `the broker refuses the subscription ${topics.join(", ")}`, { cause });
      }
    },
    async close() {
      await unlessClosed(client.endAsync(false)).catch(() => client.end(true));
    },
  };
}

function openSocket(url: string, ca: string | undefined): Socket {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (protocol !== "mqtts:") return connectTcp({ host, port: Number(port || 1883), noDelay: true });
  // An address is no server name (RFC 6066 §3); the certificate has to hold it all the same.
  const named = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port: Number(port || 8883), ...named, ...(ca === undefined ? {} : { ca }) }).setNoDelay(true);
}

/** Ends a connection whose broker announces more than it may send. */
function bounded(socket: Socket, maxPacket = mostFromBroker): Socket {
  const guard = new LengthGuard({ maxPacket }, systemClock, "connack");
  socket.on("data", (chunk: Uint8Array) => {
    const reason = guard.inspect(chunk);
    if (reason !== undefined) socket.destroy(new Error(`the broker sent what it must not: ${reason}`));
  });
  return socket;
}

/** Node's codes for a broker that does not prove its name begin so. */
const unproven = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/;

function connectError(url: string, cause: Error | undefined): MeshError {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  if (code === 4 || code === 5) {
    return new MeshError("ERR_NOT_AUTHORIZED", `the broker at ${url} refuses the login`, {
      cause,
      hint: "compare mqtt.external.username and mqtt.external.password with what the broker knows",
    });
  }
  if (typeof code === "string" && unproven.test(code)) {
    return new MeshError("ERR_VERIFICATION", `the broker at ${url} does not prove its name: ${cause?.message}`, {
      cause,
      hint: "name the certificate of its authority in mqtt.external.ca, and write the broker's name in mqtt.external.url as it stands in its certificate",
    });
  }
  return new MeshError("ERR_DEVICE_OFFLINE", `the broker at ${url} cannot be reached: ${cause?.message ?? "the connection closed"}`, {
    cause,
    hint: "see that the broker runs, and that address and port are those of a listener of this kind: with TLS for mqtts://, without for mqtt://",
  });
}
