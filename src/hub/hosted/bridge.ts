/** One bridge: its topics, what it has announced, and what it may do at the most. Whatever it sends, the house goes on. */
import type { Clock } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import type { Change, Dialect, ForeignDevice, Incoming, Outgoing } from "../../bridge/foreign-device.ts";
import { mostPayload } from "../../bridge/payload.ts";
import type { Called } from "../../bridge/wires.ts";
import type { MediumStatus } from "../../transport/medium.ts";
import type { ForeignBus } from "../../transport/mqtt/foreign-bus.ts";
import { filterMatches } from "../../transport/mqtt/topic.ts";
import type { BridgeWay, HostedDevices } from "./hosted-devices.ts";

/** What a bridge is. */
export interface BridgeOptions {
  readonly name: string;
  readonly kind: string;
  readonly bus: ForeignBus;
  readonly dialect: Dialect;
  /** Topics that are its own: what it announces of others is not followed. */
  readonly filters: readonly string[];
  /** Where devices are announced besides; no device is heard or told there. */
  readonly announcements?: string | undefined;
  readonly devices: HostedDevices;
  /** Something was announced, or is gone. */
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** A device that the bridge announces and that cannot be taken over. */
export type Refused = Omit<Extract<Change, { kind: "refused" }>, "kind">;

/** How a bridge stands. */
export interface BridgeStatus extends MediumStatus {
  readonly name: string;
  readonly kind: string;
  /** Devices that it announces and that can be taken over. */
  readonly devices: number;
  readonly refused: readonly Refused[];
  /** Messages that were left out since the start, since there were too many or they were too large. */
  readonly dropped: number;
}

const messages: Quota = { perSecond: 500, burst: 4000 };
const octets: Quota = { perSecond: 1024 * 1024, burst: 16 * 1024 * 1024 };
const mostAnnounced = 256;
const mostRefused = 64;
/** Topics whose newest message is kept for devices that come into the house later, and octets of one. */
const mostKept = 2048;
const mostKeptOctets = 4096;

/** A bridge at its broker. */
export class Bridge implements BridgeWay {
  readonly #options: BridgeOptions;
  readonly #log: Log;
  readonly #announced = new Map<string, ForeignDevice>();
  /** When what a device is changed last, on the monotonic clock. */
  readonly #changed = new Map<string, number>();
  readonly #refused = new Map<string, Refused>();
  readonly #messages: TokenBucket;
  readonly #octets: TokenBucket;
  /** Those that are told where another one is. */
  readonly #contested = new Set<string>();
  /** The newest message of each topic: it may be said before its device is announced, or accepted. */
  readonly #kept = new Map<string, Incoming>();
  #dropped = 0;
  #isUp = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#log = pacedLog(options.log.child("bridge"), options.clock);
    this.#messages = new TokenBucket(messages, options.clock);
    this.#octets = new TokenBucket(octets, options.clock);
  }

  get name(): string {
    return this.#options.name;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get announced(): readonly ForeignDevice[] {
    return [...this.#announced.values()];
  }

  /** Whether nothing was said anew of what a device is for so long: many are announced piece by piece. */
  isSettled(foreignId: string, ms: number): boolean {
    return this.#options.clock.monotonic() - (this.#changed.get(foreignId) ?? Number.NEGATIVE_INFINITY) >= ms;
  }

  start(): Promise<void> {
    return this.#options.bus.start({
      message: (message) => this.#take(message),
      up: () => this.#turn(true),
      down: () => this.#turn(false),
    });
  }

  stop(): Promise<void> {
    return this.#options.bus.stop();
  }

  status(): BridgeStatus {
    const { name, kind, bus } = this.#options;
    const dropped = this.#dropped;
    const { state, detail } = bus.status();
    const isShort = dropped > 0 && state === "up";
    return {
      name,
      kind,
      state: isShort ? "degraded" : state,
      ...(isShort
        ? { detail: `${dropped} messages were left out: there were too many, or they were too large` }
        : detail === undefined
          ? {}
          : { detail }),
      devices: this.#announced.size,
      refused: [...this.#refused.values()],
      dropped,
    };
  }

  /** Publishes within the bridge's own topics: what it announced must not have the hub speak for it elsewhere. */
  async publish({ topic, payload }: Outgoing): Promise<void> {
    if (!this.#isOwn(topic)) return;
    await this.#options.bus.publish(topic, payload);
  }

  #turn(isUp: boolean): void {
    this.#isUp = isUp;
    this.#log.info(isUp ? "bridge.up" : "bridge.down", { bridge: this.name });
    this.#options.devices.turned(this);
  }

  #isOwn(topic: string): boolean {
    return this.#options.filters.some((filter) => filterMatches(filter, topic));
  }

  #take(message: Incoming): void {
    const { payload, topic } = message;
    if (payload.length > mostPayload || !this.#messages.take() || !this.#octets.take(payload.length)) {
      this.#dropped += 1;
      this.#log.warn("bridge.message_dropped", { bridge: this.name, octets: payload.length });
      return;
    }
    const { announcements } = this.#options;
    if (!this.#isOwn(topic) && !(announcements !== undefined && filterMatches(announcements, topic))) return;
    try {
      const changes = this.#options.dialect.take(message);
      if (changes === undefined) {
        this.#keep(message);
        this.#options.devices.heard(this, message);
      } else this.#change(changes);
    } catch (error) {
      const { code, message: reason } = asMeshError(error);
      this.#log.warn("bridge.announcement_refused", { bridge: this.name, code, reason });
      this.#refuse({ foreignId: topic.slice(0, 128), name: undefined, reason });
    }
  }

  #change(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === "announced") this.#announce(change.device);
      else if (change.kind === "asked") this.#ask(change.messages);
      else if (change.kind === "gone") {
        this.#announced.delete(change.foreignId);
        this.#changed.delete(change.foreignId);
        this.#refused.delete(change.foreignId);
      } else {
        this.#announced.delete(change.foreignId);
        const { foreignId, name, reason } = change;
        this.#refuse({ foreignId, name, reason });
      }
    }
    this.#options.onChange();
  }

  #announce(device: ForeignDevice): void {
    const { foreignId, name } = device;
    if (!this.#announced.has(foreignId) && this.#announced.size >= mostAnnounced) {
      this.#refuse({ foreignId, name, reason: `a bridge has ${mostAnnounced} devices here, and no more` });
      return;
    }
    const strange = [...device.readings, ...device.writings, ...device.actions, ...device.availability].find(({ topic }) => !this.#isOwn(topic));
    if (strange) {
      this.#announced.delete(foreignId);
      this.#refuse({ foreignId, name, reason: `it speaks at ${strange.topic}, which is none of the topics of the bridge` });
      return;
    }
    this.#refused.delete(foreignId);
    const before = this.#announced.get(foreignId);
    this.#announced.set(foreignId, device);
    if (JSON.stringify(before?.description) !== JSON.stringify(device.description)) this.#changed.set(foreignId, this.#options.clock.monotonic());
  }

  /** Devices that are told where another one is: they are not taken over, and refused by name for as long as that is so. */
  contest(giving: ReadonlyMap<ForeignDevice, { readonly topic: string; readonly of: Called }>): void {
    const now = new Set<string>();
    for (const [{ foreignId, name }, { topic, of }] of giving) {
      now.add(foreignId);
      this.#refuse({ foreignId, name, reason: `it is told at ${topic}, which is where ${of.name ?? of.foreignId} is told` });
    }
    for (const foreignId of this.#contested) if (!now.has(foreignId) && this.#announced.has(foreignId)) this.#refused.delete(foreignId);
    this.#contested.clear();
    for (const foreignId of now) this.#contested.add(foreignId);
  }

  /** Has the devices hear once more what was said at some topics before; it says nothing of now. */
  repeat(topics: Iterable<string>): void {
    for (const topic of topics) {
      const kept = this.#kept.get(topic);
      if (kept) this.#options.devices.heard(this, { ...kept, retained: true });
    }
  }

  #keep(message: Incoming): void {
    this.#kept.delete(message.topic);
    if (message.payload.length > mostKeptOctets) return;
    this.#kept.set(message.topic, message);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostKept) break;
      this.#kept.delete(oldest);
    }
  }

  #ask(messages: readonly Outgoing[]): void {
    for (const message of messages) {
      this.publish(message).catch((error: unknown) => this.#log.debug("bridge.unasked", { bridge: this.name, reason: asMeshError(error).message }));
    }
  }

  #refuse(refused: Refused): void {
    const isKnown = this.#refused.get(refused.foreignId)?.reason === refused.reason;
    this.#refused.delete(refused.foreignId);
    this.#refused.set(refused.foreignId, refused);
    for (const oldest of this.#refused.keys()) {
      if (this.#refused.size <= mostRefused) break;
      this.#refused.delete(oldest);
    }
    if (!isKnown) this.#log.warn("bridge.device_refused", { bridge: this.name, id: refused.foreignId, reason: refused.reason });
  }
}
