/** The listening socket: plain or TLS, with time limits, and a stop that leaves no connection open. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { MeshError } from "../../base/errors.ts";

/** Certificate chain and key in PEM. */
export interface TlsFiles {
  readonly cert: Uint8Array;
  readonly key: Uint8Array;
}

/** A server that listens. */
export interface Listener {
  readonly url: string;
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

/** Listens; port 0 takes a free one. ERR_CONFIG when the address cannot be used or the certificate is no good. */
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
}): Promise<Listener> {
  const { host, port, tls } = options;
  const listener = getRequestListener(options.fetch as Parameters<typeof getRequestListener>[0]);
  try {
    const server: Server =
      tls === undefined
        ? createServer(timeouts, listener)
        : createTlsServer(
            { ...timeouts, handshakeTimeout: tlsHandshakeMs, minVersion: "TLSv1.2", cert: asPem(tls.cert), key: asPem(tls.key) },
            listener,
          );
    server.timeout = idleMs;
    server.on("connection", options.greet);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    const { address, family, port: bound } = server.address() as AddressInfo;
    const name = family === "IPv6" ? `[${address}]` : address;
    return { url: `${tls === undefined ? "http" : "https"}://${name}:${bound}`, close: () => closeServer(server) };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new MeshError("ERR_CONFIG", `port ${port} of ${host} is in use by another program`, {
        hint: "stop that program, or choose another port with --port (0 takes a free one)",
        cause,
      });
    }
    if (code === "EACCES") {
      throw new MeshError("ERR_CONFIG", `this user may not use port ${port} of ${host}`, { hint: "choose a port above 1023 with --port", cause });
    }
    throw new MeshError("ERR_CONFIG", `cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : String(cause)}`, {
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
