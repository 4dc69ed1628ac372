/**
 * The hub as a running whole: opens the account, brings the parts up in their order and takes them down again. Without the service the house
 * goes on; without a broker port it does not start and says so. Directory: account/, state/, broker/ and what device/ and onboarding/ keep.
 */
import { join } from "node:path";
import type { Ports } from "../account/hub.ts";
import { utf8 } from "../base/bytes.ts";
import { makeDirectory } from "../base/directory.ts";
import type { DirectoryLock } from "../base/directory-lock.ts";
import { lockDirectory } from "../base/directory-lock.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import { notifyReady, notifyStopping, startWatchdog } from "../base/notify.ts";
import { packagePath } from "../base/package-root.ts";
import type { HubConfig } from "../config/index.ts";
import { newNonce } from "../crypto/index.ts";
import { loadDrivers } from "../driver/index.ts";
import { NameBook } from "../names/name-book.ts";
import type { Enveloped, RevokedDevice } from "../schema/index.ts";
import { deviceCatalog, stateCatalog } from "../schema/index.ts";
import { AlarmFile } from "./alarm-file.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { openAutomations } from "./automation/open.ts";
import { CommandLog } from "./command/command-log.ts";
import { GrantBook } from "./command/grant-book.ts";
import { JudgedOrders } from "./command/judged-orders.ts";
import { Orders } from "./command/order.ts";
import { RemoteCommands } from "./command/remote.ts";
import { TrustedTime } from "./command/trusted-time.ts";
import { DeviceLinks } from "./device/device-links.ts";
import type { DevicePort } from "./device/device-port.ts";
import { NetworkRollout } from "./device/network-rollout.ts";
import { Bridges } from "./hosted/bridges.ts";
import { HostedDevices, reportedBefore } from "./hosted/hosted-devices.ts";
import { HouseDevices } from "./hosted/house-devices.ts";
import { BridgeLogins, makeBridges } from "./hosted/make-bridges.ts";
import { Hub } from "./hub.ts";
import { openHubAccount, openRenewal } from "./hub-account.ts";
import { HubMedia } from "./hub-media.ts";
import { HubRemoval } from "./hub-removal.ts";
import { hubScanner } from "./hub-scanner.ts";
import { JoinRequests } from "./onboarding/join-requests.ts";
import { Onboarding } from "./onboarding/onboarding.ts";
import { Alerts } from "./owner/alerts.ts";
import { OwnerQuestions } from "./owner/owner-questions.ts";
import { passOn } from "./pass-on.ts";
import { hubApp } from "./routes/app.ts";
import { serveUnix } from "./routes/serve.ts";
import { salvaging } from "./salvage.ts";
import { Compaction } from "./state/compaction.ts";
import { Heartbeat } from "./state/heartbeat.ts";
import { History } from "./state/history.ts";
import { Outbox } from "./state/outbox.ts";
import { OwnWords } from "./state/own-words.ts";
import { Publisher } from "./state/publisher.ts";
import { ShadowBook } from "./state/shadow-book.ts";
import { StateKeeper } from "./state/state-keeper.ts";
import { SyncLoop } from "./sync-loop.ts";
import { CredentialBook } from "./web/credential-book.ts";
import { Door } from "./web/door.ts";

/** What a hub starts with. */
export interface HubDaemonOptions {
  readonly config: HubConfig;
  readonly ports: Ports;
  /** Environment of the process: systemd's sockets and credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const stopMs = 5000;
/** A command from afar means that somebody looks: for this long the hub says more often that it lives. */
const watchingMs = 600_000;

/** A hub. */
export class HubDaemon {
  readonly #options: HubDaemonOptions;
  readonly #removal: HubRemoval;
  readonly #closing = new AbortController();
  /** What to do at the end, last started first. */
  readonly #undo: { readonly name: string; readonly stop: () => unknown }[] = [];
  #hub: Hub | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: HubDaemonOptions) {
    this.#options = options;
    this.#removal = new HubRemoval({ dir: join(options.config.stateDir, "account"), log: options.ports.log });
  }

  /** Resolves when the owner removed this hub: it has stopped and erased its keys. */
  get removed(): Promise<MeshError> {
    return this.#removal.done;
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

  /** The hub while it runs. Errors: ERR_HUB_NOT_RUNNING. */
  get hub(): Hub {
    if (!this.#hub) throw new MeshError("ERR_HUB_NOT_RUNNING", "the hub has not started");
    return this.#hub;
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
    this.#atEnd("erasure", () => this.#removal.erase());
    const alarms = await AlarmFile.open(stateDir, log);
    this.#atEnd("alarms", () => alarms.settled());
    const onDamage = (damage: MeshError): void => alarms.damaged(damage);
    const account = await openHubAccount(config, { ...ports, onDamage });
    this.#atEnd("account", () => account.close());
    // Put right by the service: a hub without a battery starts in 1970.
    const { clock } = account.ports;
    const drivers = loadDrivers({ packageDir: packagePath("drivers"), userDir: config.drivers.userDir, log: log.child("driver") });
    const hubUdf = account.deviceUdf;
    const logins = new BridgeLogins(config, env);
    const media: HubMedia = new HubMedia({
      config,
      ports,
      env,
      authenticate: async (credentials) => (logins.admits(credentials) ? "owner" : links.authenticate(credentials)),
      ownerRights: (username) => logins.rightsOf(username),
      onDamage,
      name: `mesh-hub-${hubUdf.slice(0, 9).toLowerCase()}`,
    });
    const openFile = salvaging(alarms);
    const links: DeviceLinks = new DeviceLinks({ account, media: media.media, dir: stateDir, openFile });
    const { language } = config.words;
    const book = new NameBook({ account, drivers: drivers.drivers.values(), isOnline: (udf) => devices.status(udf) === "Online", log, language });
    const shadows = await ShadowBook.open({ path: join(stateFiles, "shadow.journal"), hubUdf, openFile });
    this.#atEnd("shadows", () => shadows.close());
    const hosted = new HostedDevices({ before: (udf) => reportedBefore(shadows.get(udf)), clock, log });
    const isHosted = (udf: string): boolean => account.get(deviceCatalog, udf)?.Hosted !== undefined;
    const devices: DevicePort = new HouseDevices(links, hosted, isHosted);
    const outbox = await Outbox.open({ path: join(stateFiles, "outbox.journal"), log: log.child("state"), openFile });
    this.#atEnd("outbox", () => outbox.close());
    const commandLog = await CommandLog.open({
      path: join(stateFiles, "command.journal"),
      spoolCount: () => account.spoolCount("MMM_Command"),
      openFile,
    });
    this.#atEnd("commands", () => commandLog.close());
    const floor = (udf: string): number => account.get(stateCatalog, udf)?.Sequence ?? 0;
    const publisher = new Publisher({ account, outbox, clock, random, log });
    const compaction = new Compaction({ account, clock, log });
    const { coalesceMs, telemetryMs, heartbeatMs, heartbeatIdleMs } = config.state;
    const keeper = new StateKeeper({
      hubUdf,
      book: shadows,
      outbox,
      devices,
      describe: (udf) => book.describe(udf),
      floor,
      coalesceMs,
      telemetryMs,
      clock,
      log,
    });
    const audit = await AuditLog.open({ dir: join(stateFiles, "audit"), clock, log: log.child("audit"), openFile });
    this.#atEnd("audit", () => audit.close());
    const time = new TrustedTime(clock, commandLog.time);
    const renewal = await openRenewal({ account, path: join(stateFiles, "renewal.json"), time, onDamage });
    const orders = new Orders({
      devices,
      keeper,
      describe: (udf) => book.describe(udf),
      placesOf: (udf) => book.placesOf(udf),
      standing: () => renewal.standing(),
      now: () => time.now(),
      audit,
      nameOf: (udf) => book.device(udf)?.name,
      clock,
      random,
      log,
    });
    const judged = new JudgedOrders({ devices, orders, describe: (udf) => book.describe(udf) });
    const ownWords = new OwnWords({ devices: links, keeper, describe: (udf) => book.describe(udf), clock, random, log });
    const commandEpoch = newNonce(random);
    const remote = new RemoteCommands({
      account,
      log: commandLog,
      orders,
      judged,
      keeper,
      outbox,
      devices,
      describeOwn: (udf) => book.describeOwn(udf),
      commandEpoch,
      time,
      onAlarm: (alarm, evidence) => alarms.raise(alarm, evidence),
    });
    const isWatched = (): boolean => remote.lastTaken !== undefined && clock.monotonic() - remote.lastTaken < watchingMs;
    const heartbeat = new Heartbeat({
      hubUdf,
      commandEpoch,
      outbox,
      floor,
      watchedMs: heartbeatMs,
      idleMs: heartbeatIdleMs,
      isWatched,
      audit,
      clock,
      log,
    });
    const { findSeconds, offerSeconds } = config.onboarding;
    const onboarding = new Onboarding({ account, media: media.media, links, dir: stateDir, times: { findSeconds, offerSeconds }, openFile });
    const networks = new NetworkRollout({ account, links, placesOf: (udf) => book.placesOf(udf), dir: stateFiles, log });
    const joins = new JoinRequests({ account, onboarding, time });
    const onRemoved = (evidence: Enveloped<RevokedDevice>): void =>
      void this.#removal.carryOut({ address: account.address, evidence, stop: () => this.stop() });
    const bridges: Bridges = new Bridges({
      account,
      bridges: makeBridges({
        config,
        env,
        broker: media.broker,
        drivers: drivers.drivers,
        devices: hosted,
        onChange: () => bridges.changed(),
        ports,
      }),
      devices: hosted,
      describe: (udf) => book.describe(udf),
      dir: stateDir,
      openFile,
    });
    const sync: SyncLoop = new SyncLoop({
      account,
      time,
      alarms,
      renewal,
      onSync: (brought) => passOn(brought, { book, keeper, publisher, onboarding, joins, remote, bridges, questions, networks }),
      onRemoved,
    });
    const nameOf = (udf: string): string | undefined => book.device(udf)?.name ?? account.get(deviceCatalog, udf)?.LocalName;
    const judges = (udf: string, command: string): boolean => judged.judges(udf, command);
    const questions = new OwnerQuestions({ account, orders, judges, nameOf });
    const alerts = await Alerts.open({
      account,
      keeper,
      describe: (udf) => book.describe(udf),
      nameOf,
      path: join(stateFiles, "alerts.journal"),
      openFile,
    });
    const serviceUrl = config.account.service.url;
    const history = new History(clock);
    keeper.onChange((change) => history.note(change));
    const grants = new GrantBook(account);
    const { automations, close } = await openAutomations({
      path: join(stateFiles, "automation.journal"),
      openFile,
      config,
      orders,
      book,
      grants,
      account,
    });
    this.#atEnd("automation book", close);
    const scanner = hubScanner({ config, ports, env, onboard: (request, signal) => hub.onboard(request, signal) });
    const hub: Hub = new Hub({
      programs: links,
      account,
      grants,
      automations,
      drivers,
      media,
      ...(scanner === undefined ? {} : { scanner }),
      book,
      keeper,
      publisher,
      orders,
      judged,
      questions,
      audit,
      onboarding,
      bridges,
      sync,
      alarms,
      renewal,
      history,
      config,
      onRemoved,
      serviceUrl,
      started: clock.now(),
    });
    this.#hub = hub;

    ownWords.start();
    keeper.start();
    alerts.start();
    this.#atEnd("alerts", () => alerts.stop());
    this.#atEnd("questions", () => questions.stop());
    this.#atEnd("publisher", () => publisher.stop());
    this.#atEnd("compaction", () => compaction.stop());
    this.#atEnd("heartbeat", () => heartbeat.stop());
    this.#atEnd("keeper", () => keeper.stop());
    this.#atEnd("own words", () => ownWords.stop());
    publisher.start();
    compaction.start();
    heartbeat.start();
    this.#atEnd("media", () => media.stop());
    await links.start();
    // A command that the end of a link cuts off is taken up at the next start: so they are told first.
    this.#atEnd("links", async () => {
      const ended = remote.stop();
      await links.stop();
      await ended;
    });
    await networks.start();
    this.#atEnd("networks", () => networks.stop());
    await onboarding.start();
    this.#atEnd("onboarding", async () => {
      const ended = joins.stop();
      await onboarding.stop();
      await ended;
    });
    remote.start();
    automations.start();
    this.#atEnd("automations", () => automations.stop());
    await media.start();
    await bridges.start();
    this.#atEnd("bridges", () => bridges.stop());
    const credentials = await CredentialBook.open({ dir: stateDir, clock, random, log });
    const door = new Door({ book: credentials, names: book, clock, random });
    scanner?.start();
    this.#atEnd("scanner", () => scanner?.stop());
    const app = hubApp({ hub, door, clock, log: log.child("api"), closing: this.#closing.signal });
    const closeSocket = await serveUnix(app, config.api.socket);
    this.#atEnd("api", () => {
      this.#closing.abort();
      return closeSocket();
    });
    if (config.web.enabled) {
      const { startWeb } = await import("./web/start-web.ts");
      const closeWeb = await startWeb({
        hub,
        bearer: (token) => hub.grants.bearer(utf8(token), "house"),
        door,
        book: credentials,
        config,
        clock,
        random,
        log: log.child("web"),
        closing: this.#closing.signal,
      });
      this.#atEnd("web", () => {
        this.#closing.abort();
        return closeWeb();
      });
    }
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
}
