/**
 * The hub as a running whole: opens the account, brings the parts up in their order and takes them down again. Without the service the house
 * goes on; without a broker port it does not start and says so. Directory: account/, state/, broker/ and what device/ and onboarding/ keep.
 */
import { join } from "node:path";
import type { Ports } from "../account/hub.ts";
import { makeDirectory } from "../base/directory.ts";
import { lockDirectory } from "../base/directory-lock.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import { notifyReady, notifyStopping, startWatchdog } from "../base/notify.ts";
import { packagePath } from "../base/package-root.ts";
import type { RecentLog } from "../base/recent-log.ts";
import { recentLog } from "../base/recent-log.ts";
import type { HubConfig } from "../config/index.ts";
import { loadDrivers } from "../driver/index.ts";
import type { Enveloped, RevokedDevice } from "../schema/index.ts";
import { AlarmFile } from "./alarm-file.ts";
import { ConfigInForce } from "./config-in-force.ts";
import { Hub, type HubParts } from "./hub.ts";
import { openHubAccount } from "./hub-account.ts";
import { HubRemoval } from "./hub-removal.ts";
import { type HubScanner, hubScanner } from "./hub-scanner.ts";
import { EditsToSign } from "./owner/edits-to-sign.ts";
import type { DeviceParts } from "./parts/device-parts.ts";
import { openDoors } from "./parts/doors.ts";
import { openParts, type Parts } from "./parts/parts.ts";
import { passOn } from "./parts/pass-on.ts";
import { startParts } from "./parts/start-parts.ts";
import { type Surroundings, surroundings } from "./parts/surroundings.ts";
import { SyncLoop } from "./sync-loop.ts";
import { passkeyOf } from "./web/credential-book.ts";

/** What a hub starts with. */
export interface HubDaemonOptions {
  readonly config: HubConfig;
  /** Reads the configuration anew; the same one when absent. Errors: ERR_CONFIG. */
  readonly read?: () => HubConfig;
  readonly ports: Ports;
  /** Environment of the process: systemd's sockets and credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True while the owner's part of a household in one box lies on this machine. */
  readonly ownerHere?: () => boolean;
}

const stopMs = 5000;

/** A hub. */
export class HubDaemon {
  readonly #options: HubDaemonOptions;
  readonly #recent: RecentLog["recent"];
  readonly #removal: HubRemoval;
  readonly #closing = new AbortController();
  /** What to do at the end, last started first. */
  readonly #undo: { readonly name: string; readonly stop: () => unknown }[] = [];
  #hub: Hub | undefined;
  #inForce: ConfigInForce | undefined;
  #stopped: Promise<void> | undefined;

  constructor(given: HubDaemonOptions) {
    const { log, recent } = recentLog(given.ports.log, given.ports.clock);
    const options = { ...given, ports: { ...given.ports, log } };
    this.#options = options;
    this.#recent = recent;
    this.#removal = new HubRemoval({ dir: join(options.config.stateDir, "account"), log: options.ports.log });
  }

  /** Resolves when the owner removed this hub: it has stopped and erased its keys. */
  get removed(): Promise<MeshError> {
    return this.#removal.done;
  }

  /**
   * Starts everything; the service may be away.
   * Errors: ERR_NO_ACCOUNT, ERR_LOCKED, ERR_NOT_AUTHORIZED without the role hub, ERR_CONFIG for a port or socket that cannot be had, ERR_STORE and its kind
   */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** The hub while it runs. Errors: ERR_HUB_NOT_RUNNING. */
  get hub(): Hub {
    if (!this.#hub) throw new MeshError("ERR_HUB_NOT_RUNNING", "the hub has not started");
    return this.#hub;
  }

  /** Reads the configuration anew, where the hub runs; what is wrong with it is told in the log alone. */
  async reload(): Promise<void> {
    await this.#inForce?.reload().catch((error: unknown) => this.#options.ports.log.error("config.refused", { reason: asMeshError(error).message }));
  }

  /** Takes everything down within five seconds; what is queued is on disk. Further calls give the same promise. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    const given = await this.#openAccount();
    const { account, config, ports, env } = given;
    const parts = await openParts(given);
    const { devices, commands, house, web, voice } = parts;
    const onRemoved = (evidence: Enveloped<RevokedDevice>): void =>
      void this.#removal.carryOut({ address: account.address, evidence, stop: () => this.stop() });
    const sync = syncOf(given, parts, onRemoved);
    const inForce = new ConfigInForce({
      config,
      read: this.#options.read ?? (() => config),
      takeSpeech: (speech) => voice.take(speech),
      takeHouse: (stands) => house.takeHouse(stands),
      log: ports.log,
    });
    const scanner = hubScanner({ config, ports, env, onboard: (request, signal) => hub.onboard(request, signal) });
    const hub: Hub = this.#hubOf(given, parts, { sync, scanner, onRemoved, config: inForce });
    this.#hub = hub;

    await startParts(given, parts, hub);
    const { book, certificate } = devices;
    const { homeAssistant, matter } = house;
    await openDoors(given, { hub, homeAssistant, matter, scanner, book, certificate, voice, inForce, closing: this.#closing, ...web });
    commands.remote.opensPage((guest) => web.door.openFor(guest));
    this.#inForce = inForce;
    sync.start();
    this.#atEnd("sync", () => sync.stop());
    await this.#ready(given, devices);
  }

  /** The hub that the interface shows, over the parts. */
  #hubOf(
    { account, config, drivers, alarms }: Surroundings,
    { devices, state, commands, house, web, voice }: Parts,
    own: Pick<HubParts, "sync" | "onRemoved" | "config"> & { readonly scanner: HubScanner | undefined },
  ): Hub {
    const { scanner, ...rest } = own;
    return new Hub({
      ...devices,
      ...state,
      ...commands,
      ...house,
      ...rest,
      ...(scanner === undefined ? {} : { scanner }),
      account,
      drivers,
      alarms,
      voice,
      editsToSign: new EditsToSign(account),
      passkeyOf: ({ id }) => passkeyOf(web.credentials, id),
      recent: this.#recent,
      serviceUrl: config.account.service.url,
      // Put right by the service: a hub without a battery starts in 1970.
      started: account.ports.clock.now(),
      ownerHere: this.#options.ownerHere,
    });
  }

  /** Says that the hub runs, to systemd too, and from now on that it still does. */
  async #ready({ account, env }: Surroundings, { links, media, book }: DeviceParts): Promise<void> {
    const { log } = this.#options.ports;
    const stopWatchdog = startWatchdog({ env, log, clock: account.ports.clock, healthy: () => !this.#closing.signal.aborted });
    this.#atEnd("watchdog", stopWatchdog);
    log.info("hub.started", { hub: account.deviceUdf, devices: links.devices.size, mqttPort: media.mqttPort });
    await notifyReady(`${links.devices.size} devices`, { env, log });
    book.prepare(this.#closing.signal).catch((error: unknown) => log.error("names.failed", { reason: asMeshError(error).message }));
  }

  /** Locks the directories and opens the account. */
  async #openAccount(): Promise<Surroundings> {
    const { config, ports, env } = this.#options;
    const { stateDir } = config;
    await makeDirectory(join(stateDir, "state"));
    const lock = await lockDirectory(stateDir, { purpose: "mesh-hub run" });
    this.#atEnd("lock", () => lock.release());
    const accountDir = join(stateDir, "account");
    await makeDirectory(accountDir);
    const accountLock = await lockDirectory(accountDir, { purpose: "mesh-hub run" });
    this.#atEnd("account lock", () => accountLock.release());
    this.#atEnd("erasure", () => this.#removal.erase());
    const alarms = await AlarmFile.open(stateDir, ports.log);
    this.#atEnd("alarms", () => alarms.settled());
    const onDamage = (damage: MeshError): void => alarms.damaged(damage);
    const account = await openHubAccount(config, { ...ports, onDamage });
    this.#atEnd("account", () => account.close());
    const drivers = loadDrivers({ packageDir: packagePath("drivers"), userDir: config.drivers.userDir, log: ports.log.child("driver") });
    const atEnd = (name: string, stop: () => unknown): void => this.#atEnd(name, stop);
    return surroundings({ config, ports, env, account, drivers, alarms, onDamage, atEnd });
  }

  async #stop(): Promise<void> {
    const { ports, env } = this.#options;
    const { clock, log } = ports;
    await notifyStopping({ env, log });
    const late = new AbortController();
    const limit = clock.sleep(stopMs, late.signal).then(
      () => log.error("hub.stop.late", { waiting: this.#undo.map(({ name }) => name) }),
      () => undefined,
    );
    await Promise.race([this.#takeDown(), limit]);
    late.abort();
    log.info("hub.stopped");
  }

  async #takeDown(): Promise<void> {
    for (let last = this.#undo.pop(); last; last = this.#undo.pop()) {
      try {
        await last.stop();
      } catch (error) {
        this.#options.ports.log.error("hub.stop.failed", { part: last.name, reason: asMeshError(error).message });
      }
    }
  }

  #atEnd(name: string, stop: () => unknown): void {
    this.#undo.push({ name, stop });
  }
}

/** Follows the account, and tells the parts what has come. */
function syncOf({ account, alarms, ports }: Surroundings, parts: Parts, onRemoved: HubParts["onRemoved"]): SyncLoop {
  const { devices, state, commands, house, web, voice } = parts;
  const told = { ...devices, ...state, ...commands, ...house, door: web.door, voice, log: ports.log };
  const { time, renewal } = commands;
  return new SyncLoop({ account, time, alarms, renewal, onSync: (brought) => passOn(brought, told), onRemoved });
}
