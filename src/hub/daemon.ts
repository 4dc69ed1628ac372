/**
 * The hub as a running whole: opens the account, brings the parts up in their order and takes them down again. Without the service the house
 * goes on; without a broker port it does not start and says so. Directory: account/, state/, broker/ and what device/ and onboarding/ keep.
 */
import { join } from "node:path";
import type { AccountContext, Ports, StoreSync } from "../account/index.ts";
import type {
  AlarmCleared,
  CommandRequest,
  CommandResult,
  DeviceView,
  HubEvent,
  HubStatus,
  OnboardingView,
  OnboardLine,
  OnboardRequest,
  SayRequest,
  SayResult,
} from "../api/index.ts";
import { dateTime } from "../base/clock.ts";
import { makeDirectory } from "../base/directory.ts";
import type { DirectoryLock } from "../base/directory-lock.ts";
import { lockDirectory } from "../base/directory-lock.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import { notifyReady, notifyStopping, startWatchdog } from "../base/notify.ts";
import { packagePath } from "../base/package-root.ts";
import type { HubConfig } from "../config/index.ts";
import { newNonce } from "../crypto/index.ts";
import type { DriverCatalogue } from "../driver/index.ts";
import { loadDrivers } from "../driver/index.ts";
import { stateCatalog } from "../schema/index.ts";
import { AlarmFile } from "./alarm-file.ts";
import { CommandLog } from "./command/command-log.ts";
import type { Order } from "./command/order.ts";
import { Orders } from "./command/order.ts";
import { socketOwner } from "./command/principal.ts";
import { RemoteCommands } from "./command/remote.ts";
import { TrustedTime } from "./command/trusted-time.ts";
import { DeviceLinks } from "./device/device-links.ts";
import { openHubAccount } from "./hub-account.ts";
import { HubMedia } from "./hub-media.ts";
import { deviceView, onboardLineOf, stateEvent } from "./hub-view.ts";
import { NameBook } from "./names/name-book.ts";
import { plainValues, say } from "./names/say.ts";
import { Onboarding } from "./onboarding/onboarding.ts";
import { hubApp } from "./routes/app.ts";
import type { HubFacade } from "./routes/facade.ts";
import { serveUnix } from "./routes/serve.ts";
import { Heartbeat } from "./state/heartbeat.ts";
import { Outbox } from "./state/outbox.ts";
import { Publisher } from "./state/publisher.ts";
import { ShadowBook } from "./state/shadow-book.ts";
import { StateKeeper } from "./state/state-keeper.ts";
import { SyncLoop } from "./sync-loop.ts";

/** What a hub starts with. */
export interface HubDaemonOptions {
  readonly config: HubConfig;
  readonly ports: Ports;
  /** Environment of the process: systemd's sockets and credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Parts {
  readonly account: AccountContext;
  readonly drivers: DriverCatalogue;
  readonly media: HubMedia;
  readonly links: DeviceLinks;
  readonly book: NameBook;
  readonly keeper: StateKeeper;
  readonly publisher: Publisher;
  readonly orders: Orders;
  readonly remote: RemoteCommands;
  readonly onboarding: Onboarding;
  readonly sync: SyncLoop;
  readonly alarms: AlarmFile;
}

const stopMs = 5000;
/** A command from afar means that somebody looks: for this long the hub says more often that it lives. */
const watchingMs = 600_000;

/** A hub. */
export class HubDaemon implements HubFacade {
  readonly #options: HubDaemonOptions;
  readonly #listeners = new Set<(event: HubEvent) => void>();
  readonly #closing = new AbortController();
  /** What to do at the end, last started first. */
  readonly #undo: { readonly name: string; readonly stop: () => unknown }[] = [];
  #parts: Parts | undefined;
  #started = 0;
  #stopped: Promise<void> | undefined;

  constructor(options: HubDaemonOptions) {
    this.#options = options;
  }

  /**
   * Starts everything; the service may be away.
   * Errors: ERR_NO_ACCOUNT, ERR_LOCKED, ERR_NOT_AUTHORIZED without the role hub, ERR_CONFIG for a port or socket that cannot be had, ERR_STORE…
   */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Takes everything down within five seconds; what is queued is on disk. Further calls give the same promise. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #start(): Promise<void> {
    const { config, ports, env } = this.#options;
    const { stateDir } = config;
    const { random, log } = ports;
    const stateFiles = join(stateDir, "state");
    await makeDirectory(stateFiles);
    const lock: DirectoryLock = await lockDirectory(stateDir, { purpose: "mesh-hub run" });
    this.#atEnd("lock", () => lock.release());
    const accountDir = join(stateDir, "account");
    await makeDirectory(accountDir);
    const accountLock = await lockDirectory(accountDir, { purpose: "mesh-hub run" });
    this.#atEnd("account lock", () => accountLock.release());
    const account = await openHubAccount(config, ports);
    this.#atEnd("account", () => account.close());
    // Put right by the service: a hub without a battery starts in 1970.
    const { clock } = account.ports;
    const drivers = loadDrivers({ packageDir: packagePath("drivers"), userDir: config.drivers.userDir, log: log.child("driver") });
    const hubUdf = account.deviceUdf;
    const media: HubMedia = new HubMedia({
      config,
      ports,
      env,
      authenticate: (credentials) => links.authenticate(credentials),
      name: `mesh-hub-${hubUdf.slice(0, 9).toLowerCase()}`,
    });
    const links: DeviceLinks = new DeviceLinks({ account, media: media.media, dir: stateDir });
    const book = new NameBook({ account, drivers: drivers.drivers.values(), status: (udf) => links.status(udf), log });
    const shadows = await ShadowBook.open({ path: join(stateFiles, "shadow.journal"), hubUdf });
    this.#atEnd("shadows", () => shadows.close());
    const outbox = await Outbox.open({ path: join(stateFiles, "outbox.journal"), log: log.child("state") });
    this.#atEnd("outbox", () => outbox.close());
    const commandLog = await CommandLog.open({ path: join(stateFiles, "command.journal") });
    this.#atEnd("commands", () => commandLog.close());
    const floor = (udf: string): number => account.get(stateCatalog, udf)?.Sequence ?? 0;
    const publisher = new Publisher({ account, outbox, clock, random, log });
    const { coalesceMs, telemetryMs, heartbeatMs, heartbeatIdleMs } = config.state;
    const keeper = new StateKeeper({
      hubUdf,
      book: shadows,
      outbox,
      devices: links,
      describe: (udf) => book.describe(udf),
      floor,
      coalesceMs,
      telemetryMs,
      clock,
      log,
    });
    const time = new TrustedTime(clock, commandLog.time);
    const orders = new Orders({
      devices: links,
      keeper,
      describe: (udf) => book.describe(udf),
      placesOf: (udf) => book.placesOf(udf),
      now: () => time.now(),
      clock,
      random,
    });
    const commandEpoch = newNonce(random);
    const alarms = await AlarmFile.open(stateDir, log);
    this.#atEnd("alarms", () => alarms.settled());
    const remote = new RemoteCommands({
      account,
      log: commandLog,
      orders,
      keeper,
      devices: links,
      describeOwn: (udf) => book.describeOwn(udf),
      commandEpoch,
      time,
      onAlarm: (alarm) => alarms.raise(alarm),
    });
    const isWatched = (): boolean => remote.lastTaken !== undefined && clock.monotonic() - remote.lastTaken < watchingMs;
    const heartbeat = new Heartbeat({ hubUdf, commandEpoch, outbox, floor, watchedMs: heartbeatMs, idleMs: heartbeatIdleMs, isWatched, clock, log });
    const { findSeconds, offerSeconds } = config.onboarding;
    const onboarding = new Onboarding({ account, media: media.media, links, dir: stateDir, times: { findSeconds, offerSeconds } });
    const sync: SyncLoop = new SyncLoop({ account, time, alarms, onSync: (brought) => this.#synced(brought) });
    this.#parts = { account, drivers, media, links, book, keeper, publisher, orders, remote, onboarding, sync, alarms };
    this.#started = clock.now();

    keeper.start();
    keeper.onChange((change) => this.#tell(stateEvent(change, book, clock.now())));
    this.#atEnd("publisher", () => publisher.stop());
    this.#atEnd("heartbeat", () => heartbeat.stop());
    this.#atEnd("keeper", () => keeper.stop());
    publisher.start();
    heartbeat.start();
    this.#atEnd("media", () => media.stop());
    await links.start();
    // A command that the end of a link cuts off is taken up at the next start: so they are told first.
    this.#atEnd("links", async () => {
      const ended = remote.stop();
      await links.stop();
      await ended;
    });
    await onboarding.start();
    this.#atEnd("onboarding", () => onboarding.stop());
    remote.start();
    await media.start();
    const app = hubApp({ hub: this, clock, log: log.child("api"), closing: this.#closing.signal });
    const closeSocket = await serveUnix(app, config.api.socket);
    this.#atEnd("api", () => {
      this.#closing.abort();
      return closeSocket();
    });
    sync.start();
    this.#atEnd("sync", () => sync.stop());
    const stopWatchdog = startWatchdog({ env, log, clock, healthy: () => !this.#closing.signal.aborted });
    this.#atEnd("watchdog", stopWatchdog);
    log.info("hub.started", { hub: hubUdf, devices: links.devices.size, mqttPort: media.mqttPort });
    await notifyReady(`${links.devices.size} devices`, { env, log });
    book.prepare(this.#closing.signal).catch((error: unknown) => log.error("names.failed", { reason: asMeshError(error).message }));
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

  async #synced(brought: readonly StoreSync[]): Promise<void> {
    const { book, keeper, publisher, remote, onboarding } = this.#running();
    if (brought.some(({ store }) => store === "MMM_Device" || store === "MMM_Place")) {
      book.changed();
      for (const { deviceUdf } of keeper.shadows()) if (book.device(deviceUdf)?.own !== true) keeper.forget(deviceUdf);
    }
    publisher.nudge();
    await onboarding.onSync();
    await remote.onSync();
  }

  #running(): Parts {
    if (!this.#parts) throw new MeshError("ERR_HUB_NOT_RUNNING", "the hub has not started");
    return this.#parts;
  }

  status(): HubStatus {
    const { account, drivers, media, book, keeper, publisher, sync, alarms } = this.#running();
    const { reachable, reason, lastSync } = sync.status();
    const { alarm } = alarms;
    const { waiting, published, reason: stuck } = publisher.status();
    const own = book.devices().filter((device) => device.own);
    const { mqttPort } = media;
    return {
      version: "v1",
      account: account.address,
      accountUdf: account.accountUdf,
      hubUdf: account.deviceUdf,
      started: dateTime(this.#started),
      ready: true,
      service: {
        url: this.#options.config.account.service.url ?? account.address.replace(/^.*@/, ""),
        ...(reachable === undefined ? {} : { reachable }),
        ...(reason === undefined ? {} : { reason }),
        ...(lastSync === undefined ? {} : { lastSync }),
        ...(alarm === undefined ? {} : { alarm }),
      },
      outbox: { waiting, published, ...(stuck === undefined ? {} : { reason: stuck }) },
      media: media.status().map(({ name, state, detail }) => ({ name, state, ...(detail === undefined ? {} : { detail }) })),
      devices: { total: own.length, online: own.filter(({ udf }) => keeper.shadow(udf)?.status === "Online").length },
      drivers: { loaded: [...drivers.drivers.keys()], refused: drivers.refused.map(({ file, error }) => ({ file, reason: error.message })) },
      ...(mqttPort === undefined ? {} : { mqttPort }),
    };
  }

  async clearAlarm(): Promise<AlarmCleared> {
    const cleared = await this.#running().alarms.clear();
    return cleared === undefined ? {} : { cleared };
  }

  devices(): readonly DeviceView[] {
    const { book, keeper } = this.#running();
    return book.devices().map((device) => deviceView(device, keeper.shadow(device.udf), book));
  }

  say({ text, place, home }: SayRequest): Promise<SayResult> {
    const { book, orders, keeper } = this.#running();
    const { clock } = this.#options.ports;
    return say(text, { principal: socketOwner, book, orders, keeper, clock }, { place, home });
  }

  async command({ device, command, arguments: args, timeoutMs }: CommandRequest): Promise<CommandResult> {
    const { orders, book } = this.#running();
    if (book.device(device)?.own !== true) throw new MeshError("ERR_NOT_FOUND", `no device ${device} is behind this hub`);
    const order: Order = {
      principal: socketOwner,
      deviceUdf: device,
      command,
      arguments: args.map(({ name, value }) => ({ Name: name, Value: value })),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    const { result, report, shadow } = await orders.give(order);
    return { result, ...(report === undefined ? {} : { report }), values: plainValues(shadow?.reported?.Values ?? []) };
  }

  async *onboard({ uri, name, place }: OnboardRequest, signal: AbortSignal): AsyncIterable<OnboardLine> {
    const { onboarding } = this.#running();
    const request = { uri, signal, ...(name === undefined ? {} : { localName: name }), ...(place === undefined ? {} : { place }) };
    for await (const progress of onboarding.onboard(request)) {
      const line = onboardLineOf(progress);
      this.#tell({ kind: "onboarding", line, at: dateTime(this.#options.ports.clock.now()) });
      yield line;
    }
  }

  onboardings(): readonly OnboardingView[] {
    return this.#running().onboarding.running.map(({ id, deviceUdf, localName }) => ({
      id,
      ...(deviceUdf === undefined ? {} : { deviceUdf }),
      ...(localName === undefined ? {} : { name: localName }),
    }));
  }

  onEvent(listener: (event: HubEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(event: HubEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
