/**
 * The links with all devices of this hub: matches hails with devices, keeps one session with each, judges logins at the broker, and is
 * what the rest of the hub sees of its devices (device-port.ts). docs/design.md §5, extensions §4, §9.
 */

import { join } from "node:path";
import type { AccountContext, StoreSync } from "../../account/hub.ts";
import { equalBytes, utf8 } from "../../base/bytes.ts";
import { makeDirectory } from "../../base/directory.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { Listeners } from "../../base/listeners.ts";
import type { Log } from "../../base/log.ts";
import { pacedLog } from "../../base/paced-log.ts";
import { encodeBase64url } from "../../codec/index.ts";
import type { Provision, Result, State, Update } from "../../link/index.ts";
import type { Enveloped, DeviceReport as ReportObject } from "../../schema/index.ts";
import { mqttPassword } from "../../schema/index.ts";
import type { Hail, Medium, Peer } from "../../transport/medium.ts";
import type { Credentials, Standing } from "../../transport/mqtt/broker/access-policy.ts";
import { linkedUsername } from "../../transport/mqtt/broker/access-policy.ts";
import { hailOfTag } from "../../transport/mqtt/topic.ts";
import type { OpenFile } from "../salvage.ts";
import { openAsItIs } from "../salvage.ts";
import { AdministratorPost } from "./administrator-post.ts";
import { DeviceLink } from "./device-link.ts";
import type { DeviceOrder, DevicePort, DeviceReport, DeviceStatus, Judgement, OrderNonce, ReportListener, SealedDeviceOrder } from "./device-port.ts";
import { matchDevice } from "./hail-matches.ts";
import { HailTrials } from "./hail-trials.ts";
import { HandshakeTurns } from "./handshake-turns.ts";
import type { KnownChange, KnownDevice } from "./known-devices.ts";
import { KnownDevices } from "./known-devices.ts";
import { PassedHails } from "./passed-hails.ts";
import { ReleaseWitness } from "./release-witness.ts";
import { Releases } from "./releases.ts";
import { returnPace } from "./return-pace.ts";
import type { SignedReport } from "./shared-keys.ts";
import { UsedTags } from "./used-tags.ts";

/** A device erases its spare slot, or writes a piece and reads all of it back, before it answers. */
const updateMs = 30_000;

/** A device's acceptance is safe with the account. Listeners are waited for before the device is told. */
export type CommittedListener = (committed: { readonly deviceUdf: string; readonly dealEpoch: number }) => void | Promise<void>;

/** What the links need. */
export interface DeviceLinksOptions {
  readonly account: AccountContext;
  readonly media: readonly Medium[];
  /** Directory of the hub's own files; made when absent. */
  readonly dir: string;
  /** How they are opened. */
  readonly openFile?: OpenFile;
}

/** All devices behind this hub. */
export class DeviceLinks implements DevicePort {
  readonly devices: KnownDevices;
  readonly #account: AccountContext;
  readonly #media: ReadonlyMap<string, Medium>;
  readonly #dir: string;
  readonly #openFile: OpenFile;
  readonly #log: Log;
  /** For what strangers can cause. */
  readonly #paced: Log;
  readonly #links = new Map<string, DeviceLink>();
  readonly #reports = new Listeners<DeviceReport, ReturnType<ReportListener>>();
  readonly #statuses = new Listeners<{ readonly deviceUdf: string; readonly status: DeviceStatus }>();
  readonly #committed = new Listeners<Parameters<CommittedListener>[0], ReturnType<CommittedListener>>();
  readonly #released = new Listeners<string>();
  readonly #stopping = new AbortController();
  readonly #trials: HailTrials;
  readonly #passed: PassedHails;
  readonly #turns: HandshakeTurns;
  readonly #post: AdministratorPost;
  readonly #witness: ReleaseWitness;
  #tags: UsedTags | undefined;
  #releases: Releases | undefined;
  #undo: (() => void)[] = [];

  constructor({ account, media, dir, openFile = openAsItIs }: DeviceLinksOptions) {
    this.#account = account;
    this.#media = new Map(media.map((medium) => [medium.name, medium]));
    this.#dir = join(dir, "device");
    this.#openFile = openFile;
    this.#log = account.ports.log.child("link");
    this.#paced = pacedLog(this.#log, account.ports.clock);
    this.#trials = new HailTrials(account.ports.clock);
    this.#passed = new PassedHails({ attempt: (hail) => this.#tried(hail), clock: account.ports.clock, signal: this.#stopping.signal });
    this.#turns = new HandshakeTurns(account.ports.clock);
    this.devices = new KnownDevices({ account, log: account.ports.log });
    this.#witness = new ReleaseWitness({
      account,
      open: (peer, signal) => this.#mediumOf(peer).open(peer, signal),
      log: this.#paced,
      signal: this.#stopping.signal,
    });
    this.#post = new AdministratorPost({ account, log: this.#log, signal: this.#stopping.signal });
  }

  /** Opens the files, learns the devices and listens to the media, which may have been started before. */
  async start(): Promise<void> {
    if (this.#tags) return;
    await makeDirectory(this.#dir);
    this.#tags = await UsedTags.open(this.#dir, this.#openFile);
    this.#releases = await Releases.open(this.#dir, this.#openFile);
    this.#undo = [this.devices.onChange((change) => this.#changed(change))];
    for (const medium of this.#media.values()) {
      this.#undo.push(
        medium.onHail((hail) => this.#hailed(hail)),
        medium.onGone((peer) => this.#gone(peer)),
      );
    }
    this.devices.refresh();
    this.#reportReleases();
  }

  /** Ends all sessions and closes the files; the media are their owner's. */
  async stop(): Promise<void> {
    this.#stopping.abort(new MeshError("ERR_LINK", "the hub is stopping"));
    for (const undo of this.#undo.splice(0)) undo();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    await this.#tags?.close();
    await this.#releases?.close();
    this.#tags = undefined;
    this.#releases = undefined;
  }

  /** After a sync of the account: takes over what the device catalog says now. `reports` are what the sync brought; all may be new when absent. */
  onSync(reports?: readonly StoreSync[]): void {
    if (brought(reports, "MMM_Device")) this.devices.refresh();
  }

  /** Tries a peer at once, without waiting for its hail: somebody waits for it. */
  reach(deviceUdf: string, peer: Peer): void {
    this.#media.get(peer.medium)?.hurry?.(peer);
    this.#links.get(deviceUdf)?.heard(peer, "current");
  }

  status(deviceUdf: string): DeviceStatus {
    return this.#links.get(deviceUdf)?.status ?? "Unknown";
  }

  lastContact(deviceUdf: string): number | undefined {
    return this.#links.get(deviceUdf)?.lastContact;
  }

  async command(order: DeviceOrder): Promise<Result> {
    return this.#linkWith(order.deviceUdf).command(order);
  }

  async provision(deviceUdf: string, network: Omit<Provision, "Id">, timeoutMs: number): Promise<Result> {
    return this.#linkWith(deviceUdf).provision(network, timeoutMs);
  }

  async nonce(deviceUdf: string, seconds: number, who?: number): Promise<OrderNonce> {
    return this.#linkWith(deviceUdf).power.nonce(seconds, who);
  }

  async judge(deviceUdf: string, order: SealedDeviceOrder): Promise<Judgement> {
    return this.#linkWith(deviceUdf).power.judge(order);
  }

  async signedReport(deviceUdf: string, nonce: Uint8Array): Promise<Enveloped<ReportObject>> {
    return this.#linkWith(deviceUdf).power.report(nonce);
  }

  async update(deviceUdf: string, piece: Omit<Update, "Id">): Promise<Result> {
    return this.#linkWith(deviceUdf).carry(piece, updateMs);
  }

  onReport(listener: ReportListener): () => void {
    return this.#reports.add(listener);
  }

  onStatus(listener: (deviceUdf: string, status: DeviceStatus) => void): () => void {
    return this.#statuses.add(({ deviceUdf, status }) => listener(deviceUdf, status));
  }

  onCommitted(listener: CommittedListener): () => void {
    return this.#committed.add(listener);
  }

  /** Calls the listener when a device has taken the release of its owner. */
  onReleased(listener: (deviceUdf: string) => void): () => void {
    return this.#released.add(listener);
  }

  /**
   * Judges a login at the broker (extensions §9): no name and no password is a stranger; a connected device proves its psk, once per tag.
   * @returns undefined to refuse; the owner's other clients are not known here
   */
  async authenticate({ tag, username, password }: Credentials): Promise<Standing | undefined> {
    if (username === undefined && password === undefined) return "unknown";
    const hail = hailOfTag(tag);
    if (username !== linkedUsername || password === undefined || hail === undefined || !this.#tags) return undefined;
    const found = this.devices.match(hail);
    if (found?.deal !== "current") return undefined;
    const { udf, activation } = found.device;
    const expected = mqttPassword(activation.Psk, tag);
    // Client libraries that take text only send it in base64url.
    if (![expected, utf8(encodeBase64url(expected))].some((form) => equalBytes(form, password))) return undefined;
    if (await this.#tags.use({ device: udf, epoch: activation.DealEpoch, tag })) return "device";
    this.#paced.warn("device.login_replayed", { device: udf });
    return undefined;
  }

  #linkWith(deviceUdf: string): DeviceLink {
    const link = this.#links.get(deviceUdf);
    if (!link) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf} behind this hub`);
    return link;
  }

  #changed({ device, kind }: KnownChange): void {
    if (kind === "removed") {
      this.#links.get(device.udf)?.close();
      this.#links.delete(device.udf);
      this.#log.info("device.forgotten", { device: device.udf });
      this.#forget(device.udf).catch((error: unknown) => this.#log.error("device.traces_kept", { reason: asMeshError(error).message }));
      return;
    }
    const link = this.#links.get(device.udf);
    if (link) {
      link.update(device);
      return;
    }
    this.#links.set(device.udf, this.#linkOf(device));
    this.#log.info("device.known", { device: device.udf, epoch: device.activation.DealEpoch });
    // It may have hailed before the hub knew it.
    for (const medium of this.#media.values()) {
      for (const hail of medium.hails()) {
        const deal = matchDevice(device, hail.octets);
        if (deal) this.#links.get(device.udf)?.heard(hail.peer, deal);
        else this.#obeyed(hail);
      }
    }
  }

  async #forget(udf: string): Promise<void> {
    await this.#tags?.forget(udf);
    await this.#releases?.forget(udf);
  }

  #linkOf(device: KnownDevice): DeviceLink {
    return new DeviceLink({
      account: this.#account,
      device,
      log: pacedLog(this.#log.child(device.udf), this.#account.ports.clock),
      open: (peer, signal) => this.#mediumOf(peer).open(peer, signal),
      hurry: (peer) => this.#media.get(peer.medium)?.hurry?.(peer),
      turns: this.#turns,
      returnPace: () => returnPace(this.devices.size),
      onState: (deviceUdf, state) => this.#report(deviceUdf, state),
      onSigned: (deviceUdf, signed) => this.#signed(deviceUdf, signed),
      onStatus: (deviceUdf, status) => void this.#statuses.tell({ deviceUdf, status }),
      onAccepted: (known, accept) => this.#accepted(known, accept),
      onReleased: (known) => this.#releasedBy(known),
    });
  }

  async #accepted(device: KnownDevice, accept: Uint8Array): Promise<void> {
    await this.#post.accepted(device, accept);
    await Promise.all(this.#committed.tell({ deviceUdf: device.udf, dealEpoch: device.activation.DealEpoch }));
  }

  /** The device has gone to its next owner: that must not be lost, since it cannot be asked again. */
  async #releasedBy(device: KnownDevice): Promise<void> {
    await this.#releases?.note(device.udf, device.activation.DealEpoch);
    this.#released.tell(device.udf);
    await this.#post.released(device);
  }

  /** Reports releases that a crash or a service that was away kept from being reported. */
  #reportReleases(): void {
    for (const device of this.devices.list()) {
      if (!device.entry.SealedReleaseDevice || !this.#releases?.has(device.udf, device.activation.DealEpoch)) continue;
      this.#post.released(device).catch((error: unknown) => this.#log.warn("device.release_unreported", { reason: asMeshError(error).message }));
    }
  }

  async #report(deviceUdf: string, { Sequence, Values, Cause }: State): Promise<void> {
    const report: DeviceReport = { deviceUdf, sequence: Sequence, values: Values, ...(Cause === undefined ? {} : { cause: Cause }) };
    await Promise.all(this.#reports.tell(report));
  }

  async #signed(deviceUdf: string, { report, enveloped }: SignedReport): Promise<void> {
    const { Sequence: sequence, Values: values, MessageId } = report;
    const cause = MessageId === undefined ? {} : { cause: "command" as const };
    await Promise.all(this.#reports.tell({ deviceUdf, sequence, values, reported: enveloped, ...cause }));
  }

  #hailed(hail: Hail): void {
    if (this.#tried(hail)) return;
    this.#log.debug("device.hail_passed", { medium: hail.peer.medium });
    this.#passed.add(hail);
  }

  /** @returns false when the allowance is used up */
  #tried(hail: Hail): boolean {
    if (!this.#trials.take(hail.peer, 2 * this.devices.size)) return false;
    const found = this.devices.match(hail.octets);
    if (found) this.#links.get(found.device.udf)?.heard(hail.peer, found.deal);
    else this.#obeyed(hail);
    return true;
  }

  /** A device that has taken its release, and whose answer was lost, hails with its new code. Anybody may hail: it has to show that it is the device. */
  #obeyed({ octets, peer }: Hail): void {
    const device = this.devices.released(octets);
    if (!device || this.#releases?.has(device.udf, device.activation.DealEpoch)) return;
    this.#paced.info("device.release_heard", { device: device.udf });
    const confirm = async (): Promise<void> => {
      if (await this.#witness.confirm(device, peer)) await this.#releasedBy(device);
    };
    confirm().catch((error: unknown) => this.#log.warn("device.release_unreported", { reason: asMeshError(error).message }));
  }

  #gone(peer: Peer): void {
    this.#passed.gone(peer);
    for (const link of this.#links.values()) link.gone(peer);
  }

  #mediumOf(peer: Peer): Medium {
    const medium = this.#media.get(peer.medium);
    if (!medium) throw new MeshError("ERR_ADAPTER", `the medium ${peer.medium} is not in use`);
    return medium;
  }
}

/** True when a sync brought something for a store, or nobody says what it brought. */
export function brought(reports: readonly StoreSync[] | undefined, store: StoreSync["store"]): boolean {
  return reports === undefined || reports.some((report) => report.store === store);
}
