/** A session with a device that is in use, and what its link keeps beside it. */
import type { LinkSession, LinkStream } from "../../link/index.ts";
import type { Peer } from "../../transport/medium.ts";

/** The session of a link. */
export interface Live {
  readonly session: LinkSession;
  readonly stream: LinkStream;
  readonly peer: Peer;
  readonly ended: AbortController;
  /** On the monotonic clock. */
  readonly since: number;
  /** When the device was last asked whether it is there, on the monotonic clock. */
  asked: number;
  /** Longest pause before its return that the device was told in this session, in milliseconds. */
  toldMostMs?: number;
}
