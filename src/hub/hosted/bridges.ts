/**
 * All bridges of a hub: what they announce becomes an offer to the administrators, and what these have accepted becomes a device of the house. All of it
 * follows from the account's catalog and from what is announced now, so that a turn which failed is made good by the next.
 */
import type { AccountContext, StoreSync } from "../../account/hub.ts";
import { fromDateTime } from "../../base/clock.ts";
import { asMeshError } from "../../base/errors.ts";
import { Listeners } from "../../base/listeners.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import { Wake } from "../../base/wake.ts";
import { type ForeignDevice, topicsOf } from "../../bridge/foreign-device.ts";
import { contested, toldAsAccepted, wiresOf } from "../../bridge/wires.ts";
import type { CatalogedDevice, DeviceDescription } from "../../schema/index.ts";
import { deviceCatalog } from "../../schema/index.ts";
import { brought } from "../device/device-links.ts";
import type { OpenFile } from "../salvage.ts";
import type { Bridge, BridgeStatus } from "./bridge.ts";
import { HostedBook, hostedKey } from "./hosted-book.ts";
import type { HostedDevices } from "./hosted-devices.ts";
import type { Announced } from "./hosted-offers.ts";
import { HostedOffers } from "./hosted-offers.ts";

/** What the bridges need. */
export interface BridgesOptions {
  readonly account: AccountContext;
  readonly bridges: readonly Bridge[];
  readonly devices: HostedDevices;
  /** What a device of the account is, as its entry says. */
  readonly describe: (deviceUdf: string) => DeviceDescription | undefined;
  /** Directory of the hub's own files. */
  readonly dir: string;
  readonly openFile?: OpenFile;
}

/** When a device came into the account, milliseconds since 1970; what is not in it comes last. */
function ageOf(entry: CatalogedDevice | undefined): number {
  return entry?.Connected === undefined ? Number.MAX_SAFE_INTEGER : fromDateTime(entry.Connected);
}

/** How soon a turn that failed, or an offer that is over, is looked at again. */
const againMs = 30_000;
/** How long a device has to say nothing new of what it is before it is offered. */
const settleMs = 2000;

/** The bridges of a hub. */
export class Bridges {
  readonly #options: BridgesOptions;
  readonly #log: Log;
  readonly #wake: Wake;
  readonly #listeners = new Listeners();
  #book: HostedBook | undefined;
  #offers: HostedOffers | undefined;
  #loop: Promise<void> | undefined;
  #isStopping = false;
  #pauseMs = againMs;

  constructor(options: BridgesOptions) {
    this.#options = options;
    const { clock, log } = options.account.ports;
    this.#log = pacedLog(log.child("bridge"), clock);
    this.#wake = new Wake(clock);
  }

  /** Opens the book and connects the bridges. Errors: ERR_STORE_DAMAGED, ERR_STORE. */
  async start(): Promise<void> {
    const { account, bridges, dir, openFile } = this.#options;
    if (bridges.length === 0 || this.#loop !== undefined) return;
    this.#book = await HostedBook.open(dir, openFile);
    this.#offers = new HostedOffers({ account, book: this.#book, log: account.ports.log.child("hosted") });
    this.#loop = this.#run();
    for (const bridge of bridges) await bridge.start();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const bridge of this.#options.bridges) await bridge.stop();
    this.#wake.ring();
    await this.#loop;
    await this.#book?.close();
  }

  /** Something was announced. */
  changed(): void {
    this.#wake.ring();
  }

  /** After a sync of the account. */
  onSync(reports?: readonly StoreSync[]): void {
    if (brought(reports, "MMM_Device") || brought(reports, "MMM_Command")) this.#wake.ring();
  }

  status(): readonly BridgeStatus[] {
    return this.#options.bridges.map((bridge) => bridge.status());
  }

  /** Offers that wait for the owner. */
  offers(): readonly {
    readonly id: string;
    readonly device: string;
    readonly bridge: string;
    readonly foreignId: string;
    readonly name?: string;
    readonly expires: number;
  }[] {
    const announced = new Map(
      this.#options.bridges.flatMap(({ name, announced: all }) =>
        all.map((device) => [hostedKey({ bridge: name, foreignId: device.foreignId }), device.name] as const),
      ),
    );
    return (this.#book?.all() ?? []).flatMap(({ offer, bridge, foreignId, deviceUdf }) => {
      const name = announced.get(hostedKey({ bridge, foreignId }));
      return offer
        ? { id: offer.messageId, device: deviceUdf, bridge, foreignId, expires: offer.expires, ...(name === undefined ? {} : { name }) }
        : [];
    });
  }

  /** What waits for the owner has changed. @returns how to listen no more */
  onOffers(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  async #run(): Promise<void> {
    let known = this.#waiting();
    while (!this.#isStopping) {
      try {
        await this.#turn();
      } catch (thrown) {
        const { code, message } = asMeshError(thrown);
        const hint =
          code === "ERR_NOT_AUTHORIZED" ? { next: "the owner's administration device gives this hub the right to offer in its next turn" } : {};
        this.#log.warn("bridge.turn_failed", { code, reason: message, ...hint });
      }
      // After a turn that failed, too: what was offered by then stays offered.
      const waiting = this.#waiting();
      if (waiting !== known) this.#listeners.tell();
      known = waiting;
      if (!this.#isStopping) await this.#wake.sleep(this.#pauseMs);
    }
  }

  #waiting(): string {
    return this.offers()
      .map(({ id }) => id)
      .join();
  }

  async #turn(): Promise<void> {
    const { bridges, devices, describe } = this.#options;
    const entries = this.#entries();
    const announced: Announced[] = [];
    const live = new Set<string>();
    this.#pauseMs = againMs;
    await this.#offers?.read();
    for (const bridge of bridges) {
      const all = bridge.announced.map((device) => ({ device, entry: entries.get(hostedKey({ bridge: bridge.name, foreignId: device.foreignId })) }));
      // What the owner has accepted stays: of two that are told at the same place, the one that is told as he has accepted, then the one that came first
      // into the house. The order in which a bridge announces them says nothing.
      const isAsAccepted = toldAsAccepted(this.#offers?.acceptedWires(bridge.name) ?? []);
      const inOrder = all
        .map(({ device, entry }) => ({ device, rank: isAsAccepted(device) ? 0 : 1, age: ageOf(entry) }))
        .sort((a, b) => a.rank - b.rank || a.age - b.age)
        .map(({ device }) => device);
      const giving = contested(inOrder, this.#offers?.keptTopics(bridge.name));
      bridge.contest(giving);
      for (const { device, entry } of all) {
        if (giving.has(device)) continue;
        const isSettled = bridge.isSettled(device.foreignId, settleMs);
        if (!isSettled) this.#pauseMs = settleMs;
        const one: Announced = { bridge: bridge.name, device, isSettled, entry, described: entry && describe(entry.DeviceUdf) };
        announced.push(one);
        const accepted = entry && (await this.#offers?.accepted(one));
        if (!accepted) continue;
        live.add(entry.DeviceUdf);
        this.#wire(bridge, entry.DeviceUdf, accepted);
      }
    }
    for (const udf of devices.all()) if (!live.has(udf)) devices.delete(udf);
    await this.#offers?.make(announced);
  }

  /** Has a device heard and told as the owner has accepted it. */
  #wire(bridge: Bridge, udf: string, accepted: ForeignDevice): void {
    const { devices } = this.#options;
    const before = devices.wiringOf(udf);
    if (before && JSON.stringify(wiresOf(before)) === JSON.stringify(wiresOf(accepted)) && before.whole === accepted.whole) return;
    devices.put(udf, accepted, bridge);
    const known = before ? topicsOf(before) : new Set<string>();
    bridge.repeat([...topicsOf(accepted)].filter((topic) => !known.has(topic)));
  }

  /** The account's entries of devices behind bridges of this hub, by what the bridges call them. */
  #entries(): ReadonlyMap<string, CatalogedDevice> {
    const { account } = this.#options;
    const entries = new Map<string, CatalogedDevice>();
    for (const { value } of account.list(deviceCatalog)) {
      if (!value.Hosted || value.HubUdf !== account.deviceUdf) continue;
      const key = hostedKey({ bridge: value.Hosted.Bridge, foreignId: value.Hosted.ForeignId });
      if (!entries.has(key)) entries.set(key, value);
    }
    return entries;
  }
}
