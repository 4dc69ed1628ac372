/**
 * One onboarding, from the code to the registered device: each step is skipped when the journal says that it was reached before.
 * A device half way is never stuck: what the owner accepted stays in the catalog, and the same code goes on from there. docs/design.md §4.
 */
import { asMeshError, MeshError } from "../../base/errors.ts";
import { encodeBase64url } from "../../codec/index.ts";
import { newNonce } from "../../crypto/index.ts";
import { deviceCatalog } from "../../schema/index.ts";
import type { Peer } from "../../transport/medium.ts";
import type { KnownDevice } from "../device/known-devices.ts";
import { awaitAnswer, awaitedText } from "./await-answer.ts";
import { explain } from "./error-table.ts";
import { findDevice, unlessConnected } from "./find.ts";
import { HailWatch } from "./hail-watch.ts";
import { handOver, overHeld } from "./hand-over.ts";
import { HeldSession } from "./held-session.ts";
import type { Described, Met } from "./meet.ts";
import { meet, openDescribed, openOnboard } from "./meet.ts";
import { offerParts, sendOffer } from "./offer.ts";
import { PendingNotes } from "./pending-notes.ts";
import { ProgressLog } from "./progress-log.ts";
import { firstOf, type RaceOptions } from "./race.ts";
import type { RunState } from "./run-state.ts";
import { octetsOf } from "./run-state.ts";
import type { RunSurroundings } from "./run-surroundings.ts";
import type { ScannedCode } from "./scan.ts";
import { parseDeviceCode } from "./scan.ts";
import type { Step } from "./step.ts";
import { doneText, StepFailure, within } from "./step.ts";
import { withStream } from "./with-stream.ts";

/** Least time for describe and link when none is set. */
const leastMeetSeconds = 10;

/** One onboarding under way. */
export class Run {
  readonly progress = new ProgressLog();
  readonly noted = new PendingNotes();
  readonly #around: RunSurroundings;
  #state: RunState;
  readonly #held: HeldSession;
  #watch: HailWatch | undefined;
  #code: ScannedCode | undefined;

  constructor(around: RunSurroundings, state: RunState) {
    this.#around = around;
    this.#state = state;
    this.#held = new HeldSession(around.account.ports.clock);
  }

  get state(): RunState {
    return this.#state;
  }

  /** Runs to the end; failures go to the progress. Never rejects, but leaves the journal as it is when the hub stops. */
  async run(): Promise<void> {
    const { signal, account } = this.#around;
    const log = account.ports.log.child("onboarding");
    try {
      const already = await this.#steps();
      log.info("onboarding.registered", { device: this.#state.deviceUdf, already });
      this.#forget();
    } catch (cause) {
      if (signal.aborted) return;
      const { step, error } = cause instanceof StepFailure ? cause : new StepFailure("scan", cause);
      const { cause: message, remedy } = explain(step, error);
      log.warn("onboarding.failed", { step, code: error.code, reason: error.message });
      const told = new MeshError(error.code, `${step}: ${error.message}`, { hint: remedy, detail: { ...error.detail, step }, cause: error });
      this.progress.push({ step, state: "failed", message, ...this.#named(), error: told });
      this.#forget();
    } finally {
      this.#watch?.stop();
      void this.#held.end();
      this.#code?.key.fill(0);
      this.progress.close();
    }
  }

  /** What stays in the journal is taken up again at the next start, and is found to be over then. */
  #forget(): void {
    const { journal, account } = this.#around;
    const log = account.ports.log.child("onboarding");
    this.noted.add(journal.forget(this.#state.id).catch((error: unknown) => log.error("onboarding.journal_kept", { reason: String(error) })));
  }

  /** The device's acceptance is safe with the account: the secret of the code is erased. */
  async committed(dealEpoch: number): Promise<void> {
    if (this.#state.dealEpoch !== undefined && this.#state.dealEpoch !== dealEpoch) return;
    const { uri: _erased, ...kept } = this.#state;
    this.#state = { ...kept, delivered: true, committed: true };
    await this.#around.journal.recordErasing(this.#state);
    this.#around.changed.notify();
  }

  async #steps(): Promise<"already" | "new"> {
    this.#tell("scan", "done", "the code is a device's");
    if (!this.#state.committed) {
      const code = parseDeviceCode(this.#state.uri ?? "");
      this.#code = code;
      this.#watch = new HailWatch({ media: this.#around.media, hailKey: code.hailKey });
      const described = await within("describe", () => this.#remembered(code));
      if (this.#state.contribution === undefined && (await this.#find(described))) return "already";
      const met = await this.#meet(code, described);
      if (met === "connected") return "already";
      const device = await this.#accepted(met);
      if (!this.#state.delivered) await this.#step("deliver", "handing over what the owner made", () => this.#deliver(code, device));
      await this.#step("commit", "the device changes to its new keys", () => this.#commit());
    }
    await this.#step("register", "an administration device checks the device's word", () => this.#register());
    return "new";
  }

  /** The description that an earlier step or an earlier scan has left. */
  async #remembered(code: ScannedCode): Promise<Described | undefined> {
    if (this.#state.description !== undefined) return openDescribed(code, octetsOf(this.#state.description));
    try {
      const cached = await this.#around.cache.get(code.publicationId);
      return cached && openDescribed(code, cached);
    } catch (error) {
      // It was whole when it was put there: the device gives it again.
      this.#around.account.ports.log.warn("onboarding.description_damaged", { id: code.publicationId, reason: asMeshError(error).message });
      return undefined;
    }
  }

  /** True when the device turns out to be connected to this hub already. */
  async #find(described: Described | undefined): Promise<boolean> {
    const around = this.#around;
    const watch = this.#watched();
    const known = described && around.links.devices.get(described.opened.deviceUdf);
    const found = await this.#step("find", "looking for a device that hails with this code", () => findDevice({ around, watch, known }));
    if (found === "found" || !known) return false;
    this.#already(known);
    return true;
  }

  #already({ udf, entry: { LocalName: name } }: KnownDevice): void {
    this.#state = { ...this.#state, deviceUdf: udf };
    this.#tell("register", "done", `the device is connected already${name === undefined ? "" : ` as ${name}`}`);
  }

  /** Describe and link with whichever peer proves to be the device, unless that comes back to its hub meanwhile as the one that an earlier scan has connected. */
  async #meet(code: ScannedCode, remembered: Described | undefined): Promise<Described | "connected"> {
    if (this.#state.contribution !== undefined && remembered) return remembered;
    const { account, media, times, links } = this.#around;
    let described: Described | undefined;
    const onDescribed = (found: Described): void => {
      if (described) return;
      described = found;
      this.#state = { ...this.#state, deviceUdf: found.opened.deviceUdf };
      const { Manufacturer, Model } = found.opened.description;
      this.#tell("describe", "done", `${Manufacturer} ${Model}`);
      this.#tell("link", "started", "the device has to prove its keys");
    };
    this.#tell("describe", "started", "asking the device what it is");
    const attempt = (peer: Peer, signal: AbortSignal): Promise<Met> =>
      withStream({ media, peer, signal }, (stream, keepStream) =>
        meet({
          account,
          stream,
          code,
          described: described ?? remembered,
          onDescribed,
          keep: this.#held.keeper({ peer, stream, signal, keepStream }),
        }),
      );
    const timeMs = 1000 * (times.meetSeconds ?? Math.max(leastMeetSeconds, times.findSeconds));
    const known = (): KnownDevice | undefined => described && links.devices.get(described.opened.deviceUdf);
    const met = await unlessConnected(this.#around, known, (signal) => this.#race(timeMs, attempt, signal)).catch((cause: unknown) => {
      throw cause instanceof StepFailure ? cause : new StepFailure(described ? "link" : "describe", cause);
    });
    if ("udf" in met) {
      this.#already(met);
      return "connected";
    }
    await within("link", async () => {
      // The offer is recorded before it is made, and all this with it.
      this.noted.add(
        this.#record({
          deviceUdf: met.described.opened.deviceUdf,
          description: encodeBase64url(met.described.sealed),
          contribution: encodeBase64url(met.contribution),
          linkUdf: met.linkUdf,
          witness: met.witness,
        }),
      );
      this.noted.add(this.#around.cache.put(code.publicationId, met.described.sealed).catch((error: unknown) => this.#unkept(error)));
    });
    this.#tell("link", "done", "the device has proven its keys");
    return met.described;
  }

  /** Without it the device is asked for its description again at the next scan. */
  #unkept(error: unknown): void {
    this.#around.account.ports.log.child("onboarding").warn("onboarding.description_unkept", { reason: asMeshError(error).message });
  }

  /** Offers, unless the owner has accepted this very contribution before, and waits for the answer. */
  async #accepted(described: Described): Promise<{ readonly described: Described; readonly device: KnownDevice }> {
    let device = this.#dealt();
    if (!device) {
      const asked = this.#state.joiner ? "the machine that has half of the split" : "the owner's administration devices";
      await this.#step("offer", `telling ${asked}`, () => this.#offer());
      device = await this.#step("accept", awaitedText(described.opened, this.#state.joiner !== undefined), () => this.#answer());
    }
    this.noted.add(this.#record({ dealEpoch: device.activation.DealEpoch }));
    return { described, device };
  }

  /** The device as the owner has dealt it with the contribution of this run. */
  #dealt(): KnownDevice | undefined {
    const device = this.#state.deviceUdf === undefined ? undefined : this.#around.links.devices.get(this.#state.deviceUdf);
    return device && device.link.udf === this.#state.linkUdf ? device : undefined;
  }

  async #offer(): Promise<void> {
    const { account, times, signal } = this.#around;
    const { clock, random } = account.ports;
    if (this.#state.offer?.sent) return;
    let recorded: Promise<void> | undefined;
    const sealedTo = account.profile.AdministratorEncryption.Udf;
    // Under other keys it is another offer, which takes the place of the former one wherever that could still be read.
    if (this.#state.offer?.sealedTo !== sealedTo) {
      const expires = clock.now() + times.offerSeconds * 1000;
      recorded = this.#record({ offer: { messageId: newNonce(random), expires, from: account.spoolCount("MMM_Command"), sent: false, sealedTo } });
    }
    const { offer } = this.#state;
    if (!offer) throw new MeshError("ERR_INTERNAL", "an offer without a name");
    const parts = offerParts(this.#state, offer);
    await sendOffer(account, parts, {
      signal,
      recorded,
      onAway: () => this.#tell("offer", "started", "the service of the account is away; trying again"),
    });
    await this.#record({ offer: { ...offer, sent: true, sealedTo } });
  }

  /** The device as it was dealt. Administrators who have new keys meanwhile cannot open the offer: they are given it anew, under another name and with its time. */
  async #answer(): Promise<KnownDevice> {
    for (;;) {
      const answer = await awaitAnswer(this.#around, this.#state, () => this.#dealt());
      if (answer !== "unreadable") return answer;
      const { offer } = this.#state;
      this.#tell("accept", "started", "the owner's administration devices have new keys: offering it to them anew");
      if (offer) await this.#record({ offer: { ...offer, sent: false } });
      await this.#offer();
    }
  }

  /** Over whichever peer hails, unless the device shows that it has stored the delivery before. */
  async #deliver(code: ScannedCode, { described, device }: { readonly described: Described; readonly device: KnownDevice }): Promise<void> {
    const { account, links, media, changed, times } = this.#around;
    const over = new AbortController();
    const ends = AbortSignal.any([over.signal, this.#around.signal]);
    const seen = changed.until(() => (this.#state.committed || links.status(device.udf) === "Online" ? ("stored" as const) : undefined), {
      timeMs: 2 ** 31 - 1,
      signal: ends,
    });
    const again = (peer: Peer, signal: AbortSignal): Promise<Peer> =>
      withStream({ media, peer, signal }, async (stream) => {
        await handOver(await openOnboard({ account, stream, code, described, dealEpoch: device.activation.DealEpoch }), device);
        return peer;
      });
    const held = this.#held.take();
    const isHanded = held && overHeld(held, { device, watch: this.#watched(), signal: ends });
    const handed = Promise.resolve(isHanded).then((done) =>
      held && done ? held.peer : this.#race(times.findSeconds * 1000, again, ends, held?.peer),
    );
    try {
      const peer = await Promise.race([handed, seen]);
      this.noted.add(this.#record({ delivered: true }));
      if (typeof peer === "object") links.reach(device.udf, peer);
    } finally {
      over.abort(new MeshError("ERR_LINK", "the delivery is over"));
      await Promise.allSettled([handed, seen]);
    }
  }

  async #commit(): Promise<void> {
    const { changed, signal, times } = this.#around;
    const done = await changed.until(() => this.#state.committed || this.#standing() === "registered" || undefined, {
      timeMs: times.findSeconds * 1000,
      signal,
    });
    await this.noted.written();
    if (!done) throw this.#uncommitted();
    if (!this.#state.committed && this.#state.dealEpoch !== undefined) await this.committed(this.#state.dealEpoch);
  }

  #uncommitted(): MeshError {
    if (this.#around.links.status(this.#state.deviceUdf ?? "") !== "Online")
      return new MeshError("ERR_DEVICE_OFFLINE", "the device has not shown its new keys");
    return new MeshError("ERR_SERVICE_UNREACHABLE", "the device's word waits until the service of the account is back");
  }

  async #register(): Promise<void> {
    const { changed, signal, times } = this.#around;
    const standing = await changed.until(() => this.#standing(), { timeMs: times.offerSeconds * 1000, signal });
    if (!standing) throw new MeshError("ERR_PENDING", "no administration device has checked the device's word yet");
    if (standing === "left") throw new MeshError("ERR_NOT_FOUND", "the device has left the account again");
  }

  /** Left: released or dealt anew, perhaps while the hub was down; the entry that this run brought about will not come back. */
  #standing(): "registered" | "left" | undefined {
    const { deviceUdf, dealEpoch } = this.#state;
    if (deviceUdf === undefined || dealEpoch === undefined) return undefined;
    const entry = this.#around.account.get(deviceCatalog, deviceUdf);
    if (entry?.DealEpoch !== dealEpoch) return (entry?.DealEpoch ?? Number.POSITIVE_INFINITY) > dealEpoch ? "left" : undefined;
    return entry.Connected === undefined ? undefined : "registered";
  }

  #race<T>(timeMs: number, attempt: RaceOptions<T>["attempt"], signal = this.#around.signal, tried?: Peer): Promise<T> {
    return firstOf({ watch: this.#watched(), attempt, timeMs, clock: this.#around.account.ports.clock, signal, tried });
  }

  #watched(): HailWatch {
    if (!this.#watch) throw new MeshError("ERR_INTERNAL", "nobody listens to hails");
    return this.#watch;
  }

  async #step<T>(step: Step, message: string, task: () => Promise<T>): Promise<T> {
    this.#around.signal.throwIfAborted();
    this.#tell(step, "started", message);
    const result = await within(step, task);
    this.#tell(step, "done", doneText[step]);
    return result;
  }

  #tell(step: Step, state: "started" | "done", message: string): void {
    this.progress.push({ step, state, message, ...this.#named(), ...(step === "register" && state === "done" ? this.#called() : {}) });
  }

  #named(): { readonly deviceUdf?: string } {
    return this.#state.deviceUdf === undefined ? {} : { deviceUdf: this.#state.deviceUdf };
  }

  /** What the account calls the device, which need not be what was asked for. */
  #called(): { readonly name?: string } {
    const name = this.#around.account.get(deviceCatalog, this.#state.deviceUdf ?? "")?.LocalName;
    return name === undefined ? {} : { name };
  }

  async #record(change: Partial<RunState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    await this.#around.journal.record(this.#state);
  }
}
