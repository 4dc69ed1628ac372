/** The listening socket: plain or TLS, with time limits, and a stop that leaves no connection open. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { isIPv6 } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { LateListener } from "../../base/late-listener.ts";
import type { Log } from "../../base/log.ts";

/** Certificate chain and key in PEM. */
export interface TlsFiles {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

/** A server that listens, or will when the machine has the address. */
export interface Listener {
  readonly url: string;
  readonly isListening: boolean;
  /** Resolves when it listens; with false when it was closed before. */
  readonly listening: Promise<boolean>;
  close(): Promise<void>;
}

const timeouts = {
  headersTimeout: 5_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8192,
};
/** Nothing sent and nothing taken for so long: longer than the longest poll. */
const idleMs = 90_000;
const tlsHandshakeMs = 5_000;

/**
 * Listens; port 0 takes a free one. An address that the machine does not have yet is waited for. ERR_CONFIG when the address can never be used or
 * the certificate is no good.
 */
export async function listen(options: {
  readonly fetch: (
    request: Request,
    bindings: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
  ) => Response | Promise<Response>;
  /** Told of every accepted connection, before anything is read from it. */
  readonly greet: (socket: Socket) => void;
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<Listener> {
  const { host, port, tls, clock, log } = options;
  const server = makeServer(options);
  // A connection that cannot be taken (no descriptor is left) must not end the process.
  server.on("error", (error) => log.debug("service.listen.failed", { reason: error.message }));
  const late = new LateListener({
    server,
    host,
    port,
    clock,
    refuse: (cause) => refusal(cause, options),
    onWaiting: (reason) => log.warn("service.waiting", { host, port, reason }),
  });
  let tell: (isListening: boolean) => void = () => undefined;
  const listening = new Promise<boolean>((resolve) => {
    tell = resolve;
  });
  await late.start(() => tell(true));
  return {
    get url() {
      const { address = host, port: bound = port } = (server.address() ?? {}) as Partial<AddressInfo>;
      return `${tls === undefined ? "http" : "https"}://${isIPv6(address) ? `[${address}]` : address}:${bound}`;
    },
    get isListening() {
      return server.listening;
    },
    listening,
    close: async () => {
      await late.stop();
      tell(false);
      await closeServer(server);
    },
  };
}

function makeServer({ fetch, greet, tls, host, port }: Parameters<typeof listen>[0]): Server {
  const listener = getRequestListener(fetch as Parameters<typeof getRequestListener>[0]);
  try {
    const server: Server =
      tls === undefined
        ? createServer(timeouts, listener)
        : createTlsServer(
            { ...timeouts, handshakeTimeout: tlsHandshakeMs, minVersion: "TLSv1.2", cert: asPem(tls.cert), key: asPem(tls.key) },
            listener,
          );
    server.timeout = idleMs;
    server.on("connection", greet);
    return server;
  } catch (cause) {
    throw refusal(cause as NodeJS.ErrnoException, { host, port });
  }
}

function refusal(cause: NodeJS.ErrnoException, { host, port }: { readonly host: string; readonly port: number }): MeshError {
  switch (cause.code) {
    case "EADDRINUSE":
      return new MeshError("ERR_CONFIG", `port ${port} of ${host} is in use by another program`, {
        hint: "stop that program, or choose another port with --port (0 takes a free one)",
        cause,
      });
    case "EACCES":
      return new MeshError("ERR_CONFIG", `this user may not use port ${port} of ${host}`, { hint: "choose a port above 1023 with --port", cause });
    case "EMFILE":
    case "ENFILE":
      return asMeshError(cause);
    default:
      return new MeshError("ERR_CONFIG", `cannot listen on ${host}:${port}: ${cause.message}`, {
        hint: "correct --host, --port, --tls-cert or --tls-key",
        cause,
      });
  }
}

function asPem(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}

/** Answers under way get a moment; a peer that reads slowly does not hold up the stop. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), 2000).unref();
  await closed;
  clearTimeout(limit);
}
