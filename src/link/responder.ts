/**
 * The device's side of a link, one per stream, with bounded memory and work: at most two descriptions, one half-open handshake,
 * handshakes under a token bucket. Nothing in handshake message 1 is acted on: the hub is known when its first transport frame
 * opens, and until then an older session stays (docs/design.md §5).
 */
import { equalBytes } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { asMeshError, isMeshError, MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { silentLog } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import { decodeObject, encodeObjectB } from "../codec/object.ts";
import type { PrivateKey } from "../crypto/key.ts";
import type { Frame } from "./frame.ts";
import { clearFrames, closeFrame, closeReason, decodeFrame, frameType, Reassembly } from "./frame.ts";
import { HandshakeState } from "./noise/handshake.ts";
import type { LinkMode } from "./prologue.ts";
import { linkPrologue, linkProtocol, modeOf } from "./prologue.ts";
import { LinkSession } from "./session.ts";
import type { LinkStream } from "./stream.ts";
import { Described, Select } from "./verb.ts";

const describeLimit = 2;

/** Clear messages to a device are small. */
const clearLimit = 1024;

/** A half-open handshake is forgotten after this. */
const halfOpenMs = 10_000;

/** Frames that cannot be right before the stream is closed. */
const violationLimit = 8;

/** What a device answers with in one mode. */
export interface LinkIdentity {
  /** Its link key. */
  readonly local: PrivateKey;
  /** PublicationId in mode onboard, DeviceUdf in mode linked. */
  readonly id: string;
}

/** What a responder needs; the functions are asked at each handshake, so the device may change its mind. */
export interface LinkResponderOptions {
  readonly stream: LinkStream;
  /** Key and name in a mode; undefined while that mode is shut (k_link after commit). */
  readonly identity: (mode: LinkMode) => LinkIdentity | undefined;
  /** The pre-shared key that message 1 selects; undefined refuses. Nothing may be stored from the arguments. */
  readonly selectPsk: (selection: { mode: LinkMode; hubUdf: string; dealEpoch: number }) => Uint8Array | undefined;
  /** The sealed description; undefined once committed: then there is no answer. */
  readonly description: () => Uint8Array | undefined;
  /** A hub has proven itself; an older session on the stream has just ended. Set onMessage in here. */
  readonly onSession: (session: LinkSession) => void;
  readonly clock: Clock;
  readonly random: Random;
  /** Default time limit of the device's own requests; 10 s. */
  readonly timeoutMs?: number;
  /** Shared by the responders of a device with several streams; by default 4 handshakes at once and one every 2 s. */
  readonly bucket?: TokenBucket;
  readonly log?: Log;
}

/** A handshake that was answered and waits for its first transport frame. */
interface HalfOpen {
  readonly session: LinkSession;
  readonly until: number;
  readonly message1: Uint8Array;
  readonly message2: Uint8Array;
}

/** Answers hubs on one stream, until the stream closes. */
export class LinkResponder {
  readonly #options: LinkResponderOptions;
  readonly #log: Log;
  readonly #bucket: TokenBucket;
  readonly #reassembly = new Reassembly(clearLimit);
  #session: LinkSession | undefined;
  #halfOpen: HalfOpen | undefined;
  #described = 0;
  #violations = 0;

  /** Takes over the stream's packets at once. */
  constructor(options: LinkResponderOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#bucket = options.bucket ?? new TokenBucket({ perSecond: 0.5, burst: 4 }, options.clock);
    options.stream.onClose((cause) => this.#end(new MeshError("ERR_LINK", "the stream was closed", { cause })));
    options.stream.onPacket((packet) => this.#receive(packet));
  }

  /** The live session, if there is one. */
  get session(): LinkSession | undefined {
    return this.#session?.isClosed ? undefined : this.#session;
  }

  #receive(packet: Uint8Array): void {
    try {
      const frame = decodeFrame(packet);
      switch (frame.type) {
        case frameType.transport:
          this.#transport(frame);
          return;
        case frameType.describeRequest:
          this.#describe();
          return;
        case frameType.handshake1: {
          const message = this.#reassembly.add(frame);
          if (message) this.#handshake(message);
          return;
        }
        case frameType.close:
          if (frame.payload[0] !== closeReason.refused) this.#end(new MeshError("ERR_LINK", "the hub closed the link"));
          return;
        default:
          throw new MeshError("ERR_LINK", `frame of type ${frame.type} is not for a device`);
      }
    } catch (error) {
      this.#violation(asMeshError(error));
    }
  }

  /** Counter 0 may be the first word of a hub that has just shaken hands; all else belongs to the session. */
  #transport(frame: Frame): void {
    const candidate = this.#candidate();
    if (candidate && frame.counter === 0n && candidate.begin(frame)) {
      this.#halfOpen = undefined;
      this.#session?.end(new MeshError("ERR_LINK", "a newer session took over"));
      this.#session = candidate;
      this.#options.stream.proven?.();
      if (!candidate.isClosed) this.#options.onSession(candidate);
      return;
    }
    this.#session?.receive(frame);
  }

  #candidate(): LinkSession | undefined {
    if (this.#halfOpen && this.#options.clock.monotonic() > this.#halfOpen.until) this.#dropHalfOpen();
    return this.#halfOpen?.session;
  }

  #dropHalfOpen(): void {
    this.#halfOpen?.session.end();
    this.#halfOpen = undefined;
  }

  #describe(): void {
    const description = this.#described < describeLimit ? this.#options.description() : undefined;
    if (!description) {
      this.#log.debug("link.describe_ignored");
      return;
    }
    this.#described += 1;
    this.#send(clearFrames(frameType.described, encodeObjectB(Described, { Description: description }), this.#options.stream.maxPacket));
  }

  #handshake(message: Uint8Array): void {
    // The same message twice (QoS 1, an impatient hub) has the same answer: a second one would undo the first.
    if (this.#candidate() && this.#halfOpen && equalBytes(this.#halfOpen.message1, message)) {
      this.#reply(this.#halfOpen.message2);
      return;
    }
    if (!this.#bucket.take()) {
      this.#log.warn("link.handshake_limited");
      return;
    }
    let halfOpen: HalfOpen | undefined;
    try {
      halfOpen = this.#shake(message);
    } catch (error) {
      if (!isMeshError(error)) throw error;
      this.#log.warn("link.handshake_refused", { code: error.code });
    }
    if (!halfOpen) {
      this.#send([closeFrame(closeReason.refused)]);
      return;
    }
    this.#dropHalfOpen();
    this.#halfOpen = halfOpen;
    this.#reply(halfOpen.message2);
  }

  #reply(message2: Uint8Array): void {
    this.#send(clearFrames(frameType.handshake2, message2, this.#options.stream.maxPacket));
  }

  #shake(message1: Uint8Array): HalfOpen | undefined {
    const { stream, clock, random, timeoutMs = 10_000 } = this.#options;
    const mode = modeOf(message1[0]);
    const identity = mode && this.#options.identity(mode);
    if (!mode || !identity) return undefined;
    const { local, id } = identity;
    const prologue = linkPrologue({ medium: stream.medium, mode, id });
    const handshake = new HandshakeState({ protocol: linkProtocol(local), role: "responder", prologue, random, local });
    try {
      const selected = decodeObject(Select, handshake.readMessage(message1.subarray(1)));
      const psk = this.#options.selectPsk({ mode, hubUdf: selected.HubUdf, dealEpoch: selected.DealEpoch });
      const { remoteStatic } = handshake;
      if (!psk || !remoteStatic) return undefined;
      handshake.setPsk(psk);
      const message2 = handshake.writeMessage(new Uint8Array(0));
      const { handshakeHash } = handshake;
      const channels = handshake.split();
      const session = new LinkSession({ stream, channels, mode, handshakeHash, remoteStatic, selected, clock, timeoutMs, log: this.#log });
      return { session, until: clock.monotonic() + halfOpenMs, message1, message2 };
    } finally {
      handshake.destroy();
    }
  }

  /** A stranger's garbage does not end the session; too much of it ends the stream. */
  #violation(reason: MeshError): void {
    this.#violations += 1;
    this.#reassembly.clear();
    this.#log.warn("link.violation", { code: reason.code, reason: reason.message });
    if (this.#violations < violationLimit) return;
    this.#options.stream.close().catch((error: unknown) => this.#log.debug("link.close_failed", { reason: asMeshError(error).message }));
  }

  #end(reason: MeshError): void {
    this.#dropHalfOpen();
    this.#session?.end(reason);
    this.#session = undefined;
  }

  #send(packets: readonly Uint8Array[]): void {
    const run = async (): Promise<void> => {
      for (const packet of packets) await this.#options.stream.send(packet);
    };
    run().catch((error: unknown) => this.#log.debug("link.unsent", { reason: asMeshError(error).message }));
  }
}
