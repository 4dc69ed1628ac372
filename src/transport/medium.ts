/**
 * What every medium of the device link looks like to the hub: it finds devices by their hails and opens packet streams to them.
 * A medium knows no keys: matching a hail with a device, and everything inside the packets, belongs to the layers around it.
 */
import { hailLength } from "../link/hail.ts";
import type { LinkStream, Medium as MediumName } from "../link/stream.ts";

/** One reachable device as a medium names it; the address has meaning inside that medium only. */
export interface Peer {
  readonly medium: MediumName;
  readonly address: string;
  /** Network address that it speaks from, where the address does not say. */
  readonly from?: string;
  /** It has logged in as a device of this house, though not proven which. */
  readonly isMember?: boolean;
}

/** The same for the same peer. */
export function keyOf({ medium, address }: Peer): string {
  return `${medium} ${address}`;
}

/** Where a peer comes from, as far as its medium can tell: what bounds strangers counts by it. */
export function originOf({ address, from }: Peer): string {
  return from ?? address.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
}

/** One hail as heard: nonce(4) || 8 octets of HMAC. */
export interface Hail {
  /** Exactly 12 octets. */
  readonly octets: Uint8Array;
  readonly peer: Peer;
  /** When it was heard, on the monotonic clock. */
  readonly at: number;
}

/** Whether a medium can be used, or only seems to; `detail` says why not, in words for the owner. */
export interface MediumStatus {
  readonly state: "up" | "down" | "unavailable" | "degraded";
  readonly detail?: string;
}

/** A way to reach devices. */
export interface Medium {
  readonly name: string;
  start(): Promise<void>;
  /** Closes every handle; may be called again. */
  stop(): Promise<void>;
  status(): MediumStatus;
  /** Calls the listener for every hail that is heard from now on; gives the function that ends this. */
  onHail(listener: (hail: Hail) => void): () => void;
  /** Calls the listener when a peer is known to have left. */
  onGone(listener: (peer: Peer) => void): () => void;
  /** The hails in force, newest first: at most 1024, none older than 20 minutes. */
  hails(): readonly Hail[];
  /** Asks the medium to look again now. */
  refresh?(): void;
  /** Somebody waits for the peer: a medium that has to make it wait for others no longer does. */
  hurry?(peer: Peer): void;
  /** Opens a packet stream. Throws ERR_DEVICE_OFFLINE when the peer cannot be reached, the signal's reason when aborted. */
  open(peer: Peer, signal?: AbortSignal): Promise<LinkStream>;
}

/** Splits octets that hold one or more hails; undefined when they do not, or when there are more than `most`. */
export function splitHails(octets: Uint8Array, most = 16): Uint8Array[] | undefined {
  if (octets.length === 0 || octets.length % hailLength !== 0 || octets.length > most * hailLength) return undefined;
  const hails: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += hailLength) hails.push(octets.slice(at, at + hailLength));
  return hails;
}
