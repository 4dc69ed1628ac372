/**
 * Wi-Fi for the devices behind this hub: each is asked whether it wants the network of its place, is given it inside its session, and answers when it has
 * joined, or why it has not. One device at a time, place by place, so that a house that changes its password is never dark at once; where a device says that
 * the password is wrong, nobody else is given it until the owner has corrected it. What became of each device is on disk and in the log.
 */
import { join } from "node:path";
import type { AccountContext } from "../../account/hub.ts";
import { writeFileAtomic } from "../../base/atomic-file.ts";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import { asMeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { readRegular } from "../../base/regular-file.ts";
import type { Provision, Result } from "../../link/index.ts";
import { type CatalogedNetwork, networkCatalog } from "../../schema/index.ts";
import type { DeviceStatus } from "./device-port.ts";

/** What a device says: on the network, no such network in the air, the password is wrong, or it has no use for a network. */
export type NetworkOutcome = "joined" | "absent" | "refused" | "unwanted" | "failed";

/** The devices, as far as networks go. */
export interface NetworkDevices {
  readonly devices: { list(): readonly { readonly udf: string; readonly activation: { readonly DealEpoch: number } }[] };
  status(deviceUdf: string): DeviceStatus;
  provision(deviceUdf: string, network: Omit<Provision, "Id">, timeoutMs: number): Promise<Result>;
  onStatus(listener: (deviceUdf: string, status: DeviceStatus) => void): () => void;
}

/** What is needed of the hub. */
export interface NetworkRolloutOptions {
  readonly account: AccountContext;
  readonly links: NetworkDevices;
  /** Keys of the places around a device, innermost first. */
  readonly placesOf: (deviceUdf: string) => readonly string[];
  readonly dir: string;
  readonly log: Log;
}

/** A version of a network's entry, and what a device made of it. */
interface Noted {
  readonly network: string;
  readonly index: number;
  readonly epoch: number;
  readonly outcome: NetworkOutcome;
}

interface Wanted {
  readonly udf: string;
  readonly place: string;
  readonly key: string;
  readonly index: number;
  readonly epoch: number;
  readonly network: CatalogedNetwork;
}

const askMs = 10_000;
/** A device looks for the network, joins it, and asks for an address. */
const joinMs = 60_000;
const mostOctets = 1 << 20;
/** Devices that have to find a password wrong. */
const enoughRefusals = 2;

/** The networks of a hub's devices. */
export class NetworkRollout {
  readonly #options: NetworkRolloutOptions;
  readonly #log: Log;
  readonly #path: string;
  #noted: Record<string, Noted> = {};
  #isWritten = true;
  #work: Promise<void> | undefined;
  #again = false;
  #isStopped = false;
  #undo: () => void = () => undefined;

  constructor(options: NetworkRolloutOptions) {
    this.#options = options;
    this.#log = options.log.child("network");
    this.#path = join(options.dir, "networks.json");
  }

  async start(): Promise<void> {
    try {
      this.#noted = JSON.parse(fromUtf8(await readRegular(this.#path, mostOctets))) as Record<string, Noted>;
    } catch {
      // Absent or damaged: every device is asked again, which costs a message.
      this.#noted = {};
    }
    this.#undo = this.#options.links.onStatus((_udf, status) => status === "Online" && this.changed());
    this.changed();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#undo();
    await this.#work;
  }

  /** What became of a device's network last. */
  outcome(deviceUdf: string): NetworkOutcome | undefined {
    return this.#noted[deviceUdf]?.outcome;
  }

  /** What a device that has Wi-Fi said of its network last; undefined when it has not been asked, or the network is no more. */
  said(deviceUdf: string): { readonly ssid: string; readonly outcome: Exclude<NetworkOutcome, "unwanted"> } | undefined {
    const noted = this.#noted[deviceUdf];
    const entry = noted && this.#options.account.get(networkCatalog, noted.network);
    return noted === undefined || entry === undefined || noted.outcome === "unwanted" ? undefined : { ssid: entry.Service, outcome: noted.outcome };
  }

  /** Networks or devices may be others now. */
  changed(): void {
    if (this.#isStopped) return;
    this.#again = true;
    this.#work ??= this.#all()
      .catch((error: unknown) => this.#log.error("network.failed", { reason: asMeshError(error).message }))
      .finally(() => {
        this.#work = undefined;
      });
  }

  async #all(): Promise<void> {
    while (this.#again && !this.#isStopped) {
      this.#again = false;
      if (!this.#isWritten) await this.#write();
      for (const wanted of this.#due()) {
        if (this.#isStopped) return;
        if (this.#options.links.status(wanted.udf) !== "Online" || !this.#isDue(wanted)) continue;
        await this.#note(wanted, await this.#give(wanted));
      }
    }
  }

  /** Devices that are there and were not given what they should have, by place. */
  #due(): Wanted[] {
    const { account, links, placesOf } = this.#options;
    const entries = account.list(networkCatalog);
    const due = links.devices.list().flatMap(({ udf, activation }): Wanted[] => {
      const places = placesOf(udf);
      const entry = networkFor(places, entries);
      if (entry === undefined || links.status(udf) !== "Online") return [];
      return [{ udf, place: places[0] ?? "", key: entry.key, index: entry.index, network: entry.value, epoch: activation.DealEpoch }];
    });
    return due.filter((wanted) => this.#isDue(wanted)).sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
  }

  #isDue({ udf, key, index, epoch }: Wanted): boolean {
    const same = (noted: Noted | undefined): boolean => noted?.network === key && noted.index === index;
    const noted = this.#noted[udf];
    if (same(noted) && noted?.epoch === epoch && noted.outcome !== "failed" && noted.outcome !== "absent") return false;
    // A password that devices have found to be wrong is not told to the others. One alone could be a liar, and who is gone counts no more.
    const known = this.#options.links.devices.list().map((device) => this.#noted[device.udf]);
    const found = (outcome: NetworkOutcome): number => known.filter((other) => same(other) && other?.outcome === outcome).length;
    return found("joined") > 0 || found("refused") < enoughRefusals;
  }

  async #give({ udf, network: { Service: Ssid, Password } }: Wanted): Promise<NetworkOutcome> {
    const { links } = this.#options;
    try {
      if ((await links.provision(udf, { Ssid }, askMs)).Result !== "Accept") return "unwanted";
      const { Result, ErrorCode } = await links.provision(udf, { Ssid, Password: Password ?? "" }, joinMs);
      if (Result === "Accept") return "joined";
      return ErrorCode === "ERR_WIFI_PASSWORD" ? "refused" : ErrorCode === "ERR_WIFI_ABSENT" ? "absent" : "failed";
    } catch (error) {
      this.#log.debug("network.unanswered", { device: udf, reason: asMeshError(error).message });
      return "failed";
    }
  }

  async #note({ udf, place, key, index, epoch, network }: Wanted, outcome: NetworkOutcome): Promise<void> {
    this.#noted = { ...this.#noted, [udf]: { network: key, index, epoch, outcome } };
    const known = new Set(this.#options.links.devices.list().map((device) => device.udf));
    for (const other of Object.keys(this.#noted)) if (!known.has(other)) delete this.#noted[other];
    await this.#write();
    const about = { device: udf, place, ssid: network.Service, outcome };
    if (outcome === "joined" || outcome === "unwanted") this.#log.info("network.device", about);
    else this.#log.warn("network.device", { ...about, hint: hints[outcome] });
  }

  /** What cannot be written keeps no device from its network: it is told once, and written by the next round. A start before that asks again. */
  async #write(): Promise<void> {
    try {
      await writeFileAtomic(this.#path, utf8(JSON.stringify(this.#noted)), { mode: 0o600 });
      this.#isWritten = true;
    } catch (error) {
      if (this.#isWritten) this.#log.error("network.unwritten", { reason: asMeshError(error).message });
      this.#isWritten = false;
    }
  }
}

const hints = {
  refused: "correct the password: 'meshman network add SSID'; no other device is given this one",
  absent: "the device does not hear this network; it is tried again when the device is met again",
  failed: "it is tried again when the device is met again",
} as const;

/** The network that names the innermost place of a device in its labels; otherwise the only one that names none. */
function networkFor<T extends { readonly value: CatalogedNetwork }>(places: readonly string[], entries: readonly T[]): T | undefined {
  for (const place of places) {
    const named = entries.find(({ value }) => value.Labels?.includes(place));
    if (named) return named;
  }
  const general = entries.filter(({ value }) => (value.Labels ?? []).length === 0);
  return general.length === 1 ? general[0] : undefined;
}
