/**
 * TLS in front of the broker: for programs that log in with a password. What a connection says is shown to the broker when the handshake is through; its
 * seat was taken before, so that handshakes are bounded like connections.
 */
import type { Socket } from "node:net";
import type { Server, TLSSocket } from "node:tls";
import { createServer } from "node:tls";
import { asMeshError, MeshError } from "../../../base/errors.ts";

/** What the server shows, in PEM. */
export interface BrokerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What becomes of connections. */
export interface SecureServerOptions<Seat> {
  /** A seat for a connection that has said nothing; undefined when it was closed. */
  readonly seat: (socket: Socket) => Seat | undefined;
  readonly serve: (socket: TLSSocket, seat: Seat) => void;
  readonly onFailed: (failed: { readonly address: string | undefined; readonly reason: string }) => void;
  readonly handshakeMs: number;
}

/** Broken versions are refused, as at the page. */
const minVersion = "TLSv1.2";

/** A server that listens nowhere yet. Errors: ERR_CONFIG for a certificate and a key that do not work. */
export function secureServer<Seat>(certificate: BrokerCertificate, { seat, serve, onFailed, handshakeMs }: SecureServerOptions<Seat>): Server {
  const transport = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
  const server = working(() => createServer({ ...transport, handshakeTimeout: handshakeMs, ...shown(certificate) }));
  // By the far end: what connects and what speaks are two sockets.
  const seats = new Map<string, Seat>();
  server.on("connection", (socket: Socket) => {
    const taken = seat(socket);
    if (taken === undefined) return;
    const end = farEnd(socket);
    seats.set(end, taken);
    socket.once("close", () => {
      if (seats.get(end) === taken) seats.delete(end);
    });
  });
  server.on("secureConnection", (socket: TLSSocket) => {
    const taken = seats.get(farEnd(socket));
    if (taken === undefined) socket.destroy();
    else serve(socket, taken);
  });
  server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
    onFailed({ address: socket.remoteAddress, reason: error.message });
    socket.destroy();
  });
  return server;
}

/** Shows another certificate to whoever connects from now on. Errors: ERR_CONFIG. */
export function renewCertificate(server: Server, certificate: BrokerCertificate): void {
  working(() => server.setSecureContext(shown(certificate)));
}

const shown = ({ certificate, key }: BrokerCertificate) => ({ minVersion, cert: certificate, key }) as const;

function working<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new MeshError("ERR_CONFIG", `mqtt.tls: certificate and key do not work: ${asMeshError(cause).message}`, { cause });
  }
}

function farEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
