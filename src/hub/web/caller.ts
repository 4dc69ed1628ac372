/**
 * Where a request over the web comes from, by the socket that it came over. A proxy on this machine brings requests of others from a loopback address: they
 * are others' requests whatever its headers say, and never get what is kept for this machine. From elsewhere such headers are anybody's word and count nothing.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Context } from "hono";
import { plainAddress } from "../../base/crowd/network.ts";
import { isLoopback } from "../../transport/interfaces.ts";

/** What a request comes with; absent where a test asks without a socket. */
export interface Bindings {
  readonly incoming?: Pick<IncomingMessage, "socket" | "headers">;
  readonly outgoing?: ServerResponse;
}

/** What a proxy adds to what it passes on. */
const proxyHeaders = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"] as const;
/** Whoever a proxy does not name counts as one with all others of the kind. */
export const unnamedByProxy = "by proxy";

/** True for what a proxy on this machine passes on for somebody else. */
export function isPassedOn(address: string, headers: IncomingHttpHeaders): boolean {
  return isLoopback(address) && proxyHeaders.some((name) => headers[name] !== undefined);
}

/** Whose request it is, as far as limits can tell. */
export interface Origin {
  /** An address, or what counts as one. */
  readonly address: string;
  /** A program of this machine speaks for itself. */
  readonly isHere: boolean;
}

/** Where a request comes from. What a proxy appended last to X-Forwarded-For is its own word; what stands before it is the stranger's. */
export function originOf(c: Context): Origin {
  const address = socketAddress(c);
  const { headers = {} } = (c.env as Bindings | undefined)?.incoming ?? {};
  if (!isPassedOn(address, headers)) return { address, isHere: isLoopback(address) || socketOf(c) === undefined };
  const named = plainAddress([headers["x-forwarded-for"]].flat().join().split(",").at(-1)?.trim());
  return { address: isIP(named) !== 0 && !isLoopback(named) ? named : unnamedByProxy, isHere: false };
}

/** Whether the request came over TLS. */
export function isEncrypted(c: Context): boolean {
  return socketOf(c)?.encrypted === true;
}

/** Encrypted, or within this machine and of it. */
export function isPrivate(c: Context): boolean {
  return isEncrypted(c) || originOf(c).isHere;
}

function socketAddress(c: Context): string {
  return plainAddress(socketOf(c)?.remoteAddress);
}

function socketOf(c: Context): TLSSocket | undefined {
  return (c.env as Bindings | undefined)?.incoming?.socket as TLSSocket | undefined;
}
