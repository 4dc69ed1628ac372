/**
 * What Home Assistant is told: which devices there are, their states and whether they can be reached, all kept by the broker and put right from what it
 * keeps; presses of buttons once. What is no longer shared is taken away by an empty message.
 */
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import type { Quota } from "../../base/token-bucket.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { Wake } from "../../base/wake.ts";
import type { NameBook } from "../../names/name-book.ts";
import type { MeshBroker } from "../../transport/mqtt/broker/broker.ts";
import type { StateChange, StateKeeper } from "../state/state-keeper.ts";
import type { SharedDevice } from "./discovery-message.ts";
import { discoveryMessage } from "./discovery-message.ts";
import { availabilityMessage, eventMessage, stateMessage } from "./state-message.ts";
import { availabilityTopic, bridgeDevicesTopic, bridgeStateTopic, configTopic, eventTopic, keptFilters, stateTopic } from "./topics.ts";

/** What it works with. */
export interface PublisherOptions {
  readonly broker: Pick<MeshBroker, "publish" | "retained" | "listen" | "status">;
  readonly names: Pick<NameBook, "devices" | "placePath">;
  readonly keeper: Pick<StateKeeper, "shadow" | "onChange">;
  /** Whether there is anybody to tell. */
  readonly isConnected: () => boolean;
  readonly mayRead: (deviceUdf: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often everything is looked over: a grant may have ended. */
const lookMs = 60_000;
/** States are told at most this often. */
const paceMs = 100;
/** Presses of one device. */
const presses: Quota = { perSecond: 10, burst: 20 };

/** Tells Home Assistant of the devices. */
export class HomeAssistantPublisher {
  readonly #options: PublisherOptions;
  readonly #log: Log;
  readonly #wake: Wake;
  readonly #dirty = new Set<string>();
  readonly #presses = new Map<string, TokenBucket>();
  /** What the broker keeps of the hub, by topic. */
  readonly #kept = new Map<string, string>();
  #shared: ReadonlyMap<string, SharedDevice> = new Map();
  #isStale = true;
  #isStopping = false;
  #undo: (() => void)[] = [];
  #loop: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#log = pacedLog(options.log.child("home-assistant"), options.clock);
    this.#wake = new Wake(options.clock);
  }

  start(): void {
    if (this.#loop !== undefined) return;
    const { broker, keeper } = this.#options;
    for (const { topic, payload, from } of broker.retained(keptFilters)) if (from === undefined) this.#kept.set(topic, fromUtf8(payload));
    this.#undo = [keeper.onChange((change) => this.#note(change)), broker.listen({ listening: () => this.changed() })];
    this.#loop = this.#run();
  }

  /** Says that the hub is gone for now; what it knew stays with the broker. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const undo of this.#undo.splice(0)) undo();
    this.#wake.ring();
    await this.#loop;
    if (this.#kept.has(bridgeStateTopic)) await this.#say(bridgeStateTopic, availabilityMessage(false)).catch(() => undefined);
  }

  /** What is shared, or what devices are, may have changed. */
  changed(): void {
    this.#isStale = true;
    this.#wake.ring();
  }

  /** A device that is shared now. */
  device(udf: string): SharedDevice | undefined {
    return this.#shared.get(udf);
  }

  /** The devices that are shared, as the list of them says. */
  list(): readonly Readonly<Record<string, string>>[] {
    return [...this.#shared.values()].map(({ udf, name, place, description }) => ({
      id: udf,
      name,
      class: description.Class,
      ...(place === undefined ? {} : { place }),
    }));
  }

  /** Tells the state of a device once more, as it is known. Errors: ERR_ADAPTER. */
  async repeat(udf: string): Promise<void> {
    const device = this.#shared.get(udf);
    const state = device && stateMessage(device.description, this.#options.keeper.shadow(udf));
    if (state !== undefined) await this.#say(stateTopic(udf), state);
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#isStopping) {
      try {
        if (this.#isStale) await this.#all();
        else await this.#some();
      } catch (error) {
        this.#isStale = true;
        this.#log.warn("home_assistant.turn_failed", { reason: asMeshError(error).message });
      }
      await clock.sleep(paceMs);
      const sleepMs = this.#isStale ? paceMs * 10 : lookMs;
      await this.#wake.sleep(sleepMs);
      if (sleepMs === lookMs && this.#dirty.size === 0) this.#isStale = true;
    }
  }

  /** Puts everything right. */
  async #all(): Promise<void> {
    this.#isStale = false;
    this.#dirty.clear();
    const { isConnected, mayRead, names } = this.#options;
    const own = isConnected() ? names.devices().filter((device) => device.own && mayRead(device.udf)) : [];
    this.#shared = new Map(own.map(({ udf, name, description }) => [udf, { udf, name, place: names.placePath(udf).at(-1), description }] as const));
    for (const udf of this.#presses.keys()) if (!this.#shared.has(udf)) this.#presses.delete(udf);
    const wanted = new Map<string, string>();
    if (isConnected()) {
      wanted.set(bridgeStateTopic, availabilityMessage(true));
      wanted.set(bridgeDevicesTopic, JSON.stringify(this.list()));
    }
    for (const device of this.#shared.values()) {
      for (const [topic, message] of this.#stateOf(device)) wanted.set(topic, message);
      wanted.set(configTopic(device.udf), discoveryMessage(device));
    }
    for (const topic of [...this.#kept.keys()]) if (!wanted.has(topic)) await this.#say(topic, "");
    for (const [topic, message] of wanted) {
      const before = this.#kept.get(topic);
      if (before === message) continue;
      const device = [...this.#shared.values()].find(({ udf }) => topic === configTopic(udf));
      const gone = device && before !== undefined ? goneComponents(before, message) : {};
      if (device && Object.keys(gone).length > 0) await this.#say(topic, discoveryMessage(device, gone));
      await this.#say(topic, message);
    }
  }

  /** Tells what was reported since. */
  async #some(): Promise<void> {
    const udfs = [...this.#dirty];
    this.#dirty.clear();
    for (const udf of udfs) {
      const device = this.#shared.get(udf);
      if (!device) continue;
      for (const [topic, message] of this.#stateOf(device)) if (this.#kept.get(topic) !== message) await this.#say(topic, message);
    }
  }

  #stateOf({ udf, description }: SharedDevice): readonly (readonly [string, string])[] {
    const shadow = this.#options.keeper.shadow(udf);
    const state = stateMessage(description, shadow);
    const isThere = shadow?.status === "Online" || shadow?.status === "Sleeping";
    return [[availabilityTopic(udf), availabilityMessage(isThere)], ...(state === undefined ? [] : [[stateTopic(udf), state] as const])];
  }

  #note({ shadow, changed, cause }: StateChange): void {
    const device = this.#shared.get(shadow.deviceUdf);
    if (!device) return;
    this.#dirty.add(device.udf);
    this.#wake.ring();
    if (shadow.restored || cause === "start") return;
    const event = eventMessage(device.description, changed, shadow.reported?.Values ?? []);
    if (event === undefined) return;
    const bucket = this.#presses.get(device.udf) ?? new TokenBucket(presses, this.#options.clock);
    this.#presses.set(device.udf, bucket);
    if (!bucket.take()) {
      this.#log.warn("home_assistant.press_left_out", { device: device.udf });
      return;
    }
    this.#options.broker
      .publish({ topic: eventTopic(device.udf), payload: utf8(event) })
      .catch((error: unknown) => this.#log.warn("home_assistant.unsaid", { reason: asMeshError(error).message }));
  }

  async #say(topic: string, message: string): Promise<void> {
    await this.#options.broker.publish({ topic, payload: utf8(message), retain: true });
    if (message === "") this.#kept.delete(topic);
    else this.#kept.set(topic, message);
  }
}

/** Entities that an announcement has no more, by key, with their platforms. */
function goneComponents(before: string, after: string): Record<string, string> {
  const left = componentsIn(after);
  return Object.fromEntries(
    Object.entries(componentsIn(before)).flatMap(([key, { platform }]) => (left[key]?.platform === platform ? [] : [[key, platform]])),
  );
}

/** The hub's own announcement, as its broker has kept it; one that is not whole has none. */
function componentsIn(message: string): Readonly<Record<string, { readonly platform: string }>> {
  try {
    return (JSON.parse(message) as { readonly components?: Readonly<Record<string, { readonly platform: string }>> }).components ?? {};
  } catch {
    return {};
  }
}
