/** Serves the web of a hub at its addresses, within bounds on connections and time. */
import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import type { Server as TlsServer } from "node:https";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { isIPv6 } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Clock } from "../../base/clock.ts";
import { ConnectionCounter } from "../../base/crowd/connection-counter.ts";
import { plainAddress } from "../../base/crowd/network.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { LateListener } from "../../base/late-listener.ts";
import type { Log } from "../../base/log.ts";
import type { CertifiedKey } from "../../crypto/index.ts";
import { isLoopback } from "../../transport/interfaces.ts";
import { isPassedOn, unnamedByProxy } from "./caller.ts";

/** What is served, and where. */
export interface WebServerOptions {
  readonly app: Hono;
  readonly addresses: readonly string[];
  readonly port: number;
  /** Over TLS with this, when it is given. */
  readonly tls?: CertifiedKey | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of the address that people open, when it listens. */
  readonly onReached: (url: string) => void;
}

/** A browser opens six connections, a proxy in front of the hub brings everybody from one address. */
const connections = { total: 192, perNetwork: 64, rate: { burst: 128, everyMs: 50 } };
/** Kept for this machine: nobody else, and no proxy on it, takes them. */
const ownConnections = { total: 64, perNetwork: 64, rate: { burst: 128, everyMs: 50 } };
const timeouts = { headersTimeout: 5000, requestTimeout: 30_000, keepAliveTimeout: 30_000, connectionsCheckingInterval: 1000, maxHeaderSize: 8192 };
/** Nothing sent and nothing taken for so long: longer than the pause between signs of life of a stream. */
const idleMs = 60_000;
const tlsHandshakeMs = 5000;

/** What listens. */
export interface WebServer {
  /** Shows another certificate to whoever connects from now on. */
  renew(tls: CertifiedKey): void;
  /** Ends it with its connections. */
  close(): Promise<void>;
}

/** Listens at every address. Errors: ERR_CONFIG. */
export async function serveWeb(options: WebServerOptions): Promise<WebServer> {
  const places: Places = { others: new ConnectionCounter(connections, options.clock), own: new ConnectionCounter(ownConnections, options.clock) };
  const servers: WebServer[] = [];
  const close = async (): Promise<void> => void (await Promise.all(servers.map((each) => each.close())));
  try {
    for (const address of options.addresses) servers.push(await serveAt(address, places, options));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    close,
    renew: (tls) => {
      for (const each of servers) each.renew(tls);
    },
  };
}

/** Places for connections. */
interface Places {
  readonly others: ConnectionCounter;
  readonly own: ConnectionCounter;
}

function makeServer({ app, tls }: WebServerOptions): Server {
  const listener = getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0]);
  if (!tls) return createServer(timeouts, listener);
  try {
    return createTlsServer({ ...timeouts, handshakeTimeout: tlsHandshakeMs, minVersion: "TLSv1.2", cert: tls.certificate, key: tls.key }, listener);
  } catch (cause) {
    throw new MeshError("ERR_CONFIG", `web.tls: certificate and key do not work: ${asMeshError(cause).message}`, { cause });
  }
}

async function serveAt(host: string, { others, own }: Places, options: WebServerOptions): Promise<WebServer> {
  const { port, tls, clock, log, onReached } = options;
  const server = makeServer(options);
  server.timeout = idleMs;
  // By the far end: under TLS what connects and what asks are two sockets.
  const seats = new Map<string, () => void>();
  const seat = (socket: Socket, counter: ConnectionCounter, address: string): void => {
    const end = farEnd(socket);
    seats.get(end)?.();
    seats.delete(end);
    const leave = counter.enter(address);
    if (typeof leave !== "string") return void seats.set(end, leave);
    log.debug("web.connection.refused", { address, reason: leave });
    socket.destroy();
  };
  server.on("connection", (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    const end = farEnd(socket);
    socket.once("close", () => {
      seats.get(end)?.();
      seats.delete(end);
    });
    seat(socket, isLoopback(address) ? own : others, address);
  });
  // A proxy is known by what it passes on: from then on its connection takes no place of this machine's.
  const proxies = new WeakSet<Socket>();
  server.prependListener("request", ({ socket, headers }: IncomingMessage) => {
    if (proxies.has(socket) || !isPassedOn(plainAddress(socket.remoteAddress), headers)) return;
    proxies.add(socket);
    seat(socket, others, unnamedByProxy);
  });
  // A connection that cannot be taken (no descriptor is left) must not end the hub.
  server.on("error", (error) => log.debug("web.listen.failed", { reason: error.message }));
  const late = new LateListener({
    server,
    host,
    port,
    clock,
    refuse: (cause) => refusal(cause, { host, port }),
    onWaiting: (reason) => log.warn("web.waiting", { host, port, reason }),
  });
  await late.start(() => {
    const { address = host, port: bound = port } = (server.address() ?? {}) as Partial<AddressInfo>;
    const url = `${tls ? "https" : "http"}://${isIPv6(address) ? `[${address}]` : address}:${bound}`;
    log.info("web.listening", { url });
    onReached(url);
  });
  return {
    renew: ({ certificate, key }) => (server as TlsServer).setSecureContext({ minVersion: "TLSv1.2", cert: certificate, key }),
    close: async () => {
      await late.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function farEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function refusal(cause: NodeJS.ErrnoException, { host, port }: { readonly host: string; readonly port: number }): MeshError {
  if (cause.code === "EADDRINUSE") {
    return new MeshError("ERR_CONFIG", `web.port: port ${port} of ${host} is in use by another program`, {
      hint: "stop that program, or choose another web.port",
      cause,
    });
  }
  const error = asMeshError(cause);
  return error.code === "ERR_BUSY"
    ? error
    : new MeshError("ERR_CONFIG", `web.addresses: cannot listen on ${host}:${port}: ${error.message}`, { cause });
}
