/** The hub as its interface shows it: one method for each operation, over the parts that run. It starts and stops nothing. */
import type { AccountContext } from "../account/hub.ts";
import { parseEvidence, verifyRemoval } from "../account/hub.ts";
import type {
  AlarmCleared,
  AuditLineView,
  AuditRequest,
  AuditVerdictView,
  AutomationDelete,
  AutomationView,
  CommandRequest,
  CommandResult,
  DeviceView,
  HearRequest,
  HearResult,
  HistoryRequest,
  HistoryResult,
  HubEvent,
  HubStatus,
  ListenRequest,
  OnboardingView,
  OnboardLine,
  OnboardRequest,
  OrderNonceRequest,
  OrderNonceResult,
  OrderRequest,
  OrderResult,
  RemovalRequest,
  RemovalTaken,
  ReportRequest,
  ReportResult,
  SayRequest,
  SayResult,
  SettingsView,
  UpdateRequest,
  UpdateResult,
} from "../api/index.ts";
import { dateTime } from "../base/clock.ts";
import { isMeshError, MeshError } from "../base/errors.ts";
import { Listeners } from "../base/listeners.ts";
import type { RecentEvent } from "../base/recent-log.ts";
import { shorten } from "../base/shorten.ts";
import { decodeBase64url, encodeBase64url } from "../codec/index.ts";
import { shownSettings } from "../config/index.ts";
import { encodeEnvelopeB } from "../dare/index.ts";
import type { DriverCatalogue } from "../driver/index.ts";
import type { NameBook } from "../names/name-book.ts";
import type { Enveloped, RevokedDevice } from "../schema/index.ts";
import { stateCatalog } from "../schema/index.ts";
import type { AlarmFile } from "./alarm-file.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import { auditView, verifyAudit } from "./audit/audit-view.ts";
import type { Automations } from "./automation/automations.ts";
import type { GrantBook } from "./command/grant-book.ts";
import type { JudgedOrders } from "./command/judged-orders.ts";
import type { Order, Orders } from "./command/order.ts";
import type { Principal, Right } from "./command/principal.ts";
import { hasRight, socketOwner } from "./command/principal.ts";
import type { Renewal } from "./command/renewal.ts";
import { type ConfigInForce, needsRestart } from "./config-in-force.ts";
import type { DevicePrograms } from "./device/device-programs.ts";
import type { NetworkRollout } from "./device/network-rollout.ts";
import type { Bridges } from "./hosted/bridges.ts";
import type { HubMedia } from "./hub-media.ts";
import type { HubScanner } from "./hub-scanner.ts";
import { statusOf } from "./hub-status.ts";
import { automationView, deviceView, onboardLineOf, stateEvent, statusForOthers } from "./hub-view.ts";
import { Conversations } from "./names/conversations.ts";
import { discreet } from "./names/discreet.ts";
import { plainValues } from "./names/plain-values.ts";
import { type SayOptions, say } from "./names/say.ts";
import type { Onboarding } from "./onboarding/onboarding.ts";
import type { HouseDeskOptions } from "./owner/house-desk.ts";
import { HouseDesk } from "./owner/house-desk.ts";
import type { OwnerQuestions } from "./owner/owner-questions.ts";
import type { HouseFacade, HubFacade } from "./routes/facade.ts";
import type { History } from "./state/history.ts";
import type { Publisher } from "./state/publisher.ts";
import type { StateKeeper } from "./state/state-keeper.ts";
import type { SyncLoop } from "./sync-loop.ts";
import { typed } from "./voice/typed.ts";
import type { Speaker, Voice } from "./voice/voice.ts";

/** What a running hub is made of. */
export interface HubParts {
  readonly account: AccountContext;
  readonly drivers: DriverCatalogue;
  readonly media: HubMedia;
  /** When one is read. */
  readonly scanner?: HubScanner;
  readonly book: NameBook;
  readonly keeper: StateKeeper;
  readonly publisher: Publisher;
  readonly orders: Orders;
  readonly automations: Automations;
  readonly judged: JudgedOrders;
  readonly programs: Pick<DevicePrograms, "update">;
  readonly networks: Pick<NetworkRollout, "said">;
  readonly grants: GrantBook;
  readonly audit: AuditLog;
  readonly questions: OwnerQuestions;
  readonly editsToSign: HouseDeskOptions["editsToSign"];
  readonly passkeyOf: HouseDeskOptions["passkeyOf"];
  readonly onboarding: Onboarding;
  readonly bridges: Bridges;
  readonly sync: SyncLoop;
  readonly alarms: AlarmFile;
  readonly renewal: Renewal;
  readonly history: History;
  readonly config: Pick<ConfigInForce, "current">;
  /** The newest events of the log. */
  readonly recent: () => readonly RecentEvent[];
  readonly voice: Voice;
  /** Told of verified evidence that the owner removed this hub. */
  readonly onRemoved: (evidence: Enveloped<RevokedDevice>) => void;
  /** As configured; the domain of the account where it is not. */
  readonly serviceUrl: string | undefined;
  /** Milliseconds since 1970. */
  readonly started: number;
  /** True while the owner's part of a household in one box lies on this machine. */
  readonly ownerHere?: (() => boolean) | undefined;
}

/** Lines of the audit in one answer. */
const mostLines = 1000;

/** What all views of a hub have in common. */
interface Shared {
  readonly events: Listeners<HubEvent>;
  readonly conversations: Conversations;
}

/** A running hub, as one principal sees it: the owner at its socket, unless another is named. */
export class Hub implements HubFacade {
  readonly #parts: HubParts;
  readonly #principal: Principal;
  readonly #shared: Shared;

  constructor(parts: HubParts, principal: Principal = socketOwner, shared?: Shared) {
    this.#parts = parts;
    this.#principal = principal;
    const { keeper, book, bridges, account } = parts;
    this.#shared = shared ?? { events: new Listeners<HubEvent>(), conversations: new Conversations(account.ports.clock) };
    if (shared) return;
    keeper.onChange((change) => this.#tell(stateEvent(change, book, account.ports.clock.now())));
    bridges.onOffers(() => this.#tell({ kind: "offers", at: dateTime(account.ports.clock.now()) }));
    parts.questions.onChange(({ messageId: id, state }) => this.#tell({ kind: "question", id, state, at: dateTime(account.ports.clock.now()) }));
  }

  /** The same hub with the rights of a principal: what he may not read is not there. */
  as(principal: Principal): Hub {
    return new Hub(this.#parts, principal, this.#shared);
  }

  /** Whether the principal has a right of the kind. */
  has(allows: Right["allows"]): boolean {
    return hasRight(this.#principal, allows, this.#parts.orders.now);
  }

  readonly #mayRead = (deviceUdf: string): boolean => this.#parts.orders.refusal(this.#principal, { deviceUdf }) === undefined;

  status(): HubStatus {
    return this.has("manage") ? statusOf(this.#parts) : statusForOthers(statusOf(this.#parts), this.devices());
  }

  async clearAlarm(): Promise<AlarmCleared> {
    const cleared = await this.#parts.alarms.clear();
    return cleared === undefined ? {} : { cleared };
  }

  async audit({ since, device, after, most = mostLines }: AuditRequest): Promise<readonly AuditLineView[]> {
    return (await this.#parts.audit.read({ since, device, after, most })).map(auditView);
  }

  auditVerify(): Promise<AuditVerdictView> {
    const { audit, account } = this.#parts;
    return verifyAudit(audit, account.get(stateCatalog, account.deviceUdf));
  }

  devices(): readonly DeviceView[] {
    const { book, keeper, networks } = this.#parts;
    const readable = book.devices().filter(({ udf }) => this.#mayRead(udf));
    return readable.map((device) => {
      const { udf } = device;
      return deviceView(device, { shadow: keeper.shadow(udf), valuesRefused: keeper.valuesRefused(udf), network: networks.said(udf), book });
    });
  }

  /** Who else may speak, besides the owner and his devices. */
  get grants(): GrantBook {
    return this.#parts.grants;
  }

  /** What the owner's devices are asked: orders that need a confirmation, changes that this hub may not make. */
  get questions(): OwnerQuestions {
    return this.#parts.questions;
  }

  /** @param principal who speaks; a door of others than the socket has to say so @param until on the monotonic clock; no order is given later */
  async say(request: SayRequest, principal: Principal = this.#principal, until?: number): Promise<SayResult> {
    const { readBacks } = this.#parts.voice;
    const bookOf = ({ language }: SayRequest) => this.#parts.book.speaking(language);
    const does = (said: SayRequest, speaker: Principal) => this.#does(said, { principal: speaker, book: bookOf(said), until });
    return typed(request, principal, { readBacks, book: bookOf(request), say: does });
  }

  async #does(
    { text, place, home, conversation: name }: SayRequest,
    { principal, book, until }: Pick<SayOptions, "principal" | "book" | "until">,
  ): Promise<SayResult> {
    const { orders, keeper, automations, questions } = this.#parts;
    const { clock } = this.#parts.account.ports;
    const conversation = name === undefined ? undefined : { book: this.#shared.conversations, name };
    const said = await say(text, { principal, book, orders, keeper, clock, automations, questions, conversation, until }, { place, home });
    return discreet(said, { mayRead: (udf) => orders.refusal(principal, { deviceUdf: udf }) === undefined, book });
  }

  hear(request: HearRequest): Promise<HearResult> {
    return this.#parts.voice.hear(request, this.#speaker());
  }

  listen(request: ListenRequest): Promise<HearResult> {
    return this.#parts.voice.listen(request, this.#speaker());
  }

  readonly #speaker = (): Speaker => ({ principal: this.#principal, say: (said, by) => this.say(said, by), mayRead: this.#mayRead });

  automations(): readonly AutomationView[] {
    const { automations, book } = this.#parts;
    return automations.list().map((automation) => automationView(automation, book.index));
  }

  async deleteAutomation({ key }: AutomationDelete): Promise<AutomationView> {
    return automationView(await this.#parts.automations.remove(key), this.#parts.book.index);
  }

  async resumeAutomation({ key }: AutomationDelete): Promise<AutomationView> {
    return automationView(await this.#parts.automations.resume(key), this.#parts.book.index);
  }

  async command({ device, command, arguments: args, timeoutMs }: CommandRequest, principal: Principal = this.#principal): Promise<CommandResult> {
    const { orders } = this.#parts;
    this.#own(device);
    const order: Order = {
      principal,
      deviceUdf: device,
      command,
      arguments: args.map(({ name, value }) => ({ Name: name, Value: value })),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    try {
      const { result, report, shadow } = await orders.give(order);
      return {
        result,
        ...(report === undefined ? {} : { report }),
        values: this.#mayRead(device) ? plainValues(shadow?.reported?.Values ?? []) : [],
      };
    } catch (error) {
      if (!isMeshError(error, "ERR_CONFIRMATION_NEEDED")) throw error;
      const { about, expires } = this.#parts.questions.askOrder(order);
      return { result: "Pending", report: `${about} waits until ${expires} for the owner, who is asked on his devices`, values: [] };
    }
  }

  async orderNonce({ device, command }: OrderNonceRequest): Promise<OrderNonceResult> {
    const { nonce, seconds, dealEpoch } = await this.#parts.judged.nonce({ principal: this.#principal, deviceUdf: this.#own(device), command });
    return { nonce: encodeBase64url(nonce), seconds, dealEpoch };
  }

  async orderGive({ device, messageId, sealed }: OrderRequest): Promise<OrderResult> {
    const order = { principal: this.#principal, deviceUdf: this.#own(device), messageId, sealed: octetsOf(sealed) };
    const { result, report, reported } = await this.#parts.judged.give(order);
    return { result, ...(report === undefined ? {} : { report }), ...(reported ? { reported: encodeBase64url(encodeEnvelopeB(reported)) } : {}) };
  }

  async orderReport({ device, nonce }: ReportRequest): Promise<ReportResult> {
    const reported = await this.#parts.judged.report({ principal: this.#principal, deviceUdf: this.#own(device), nonce: octetsOf(nonce) });
    return { reported: encodeBase64url(encodeEnvelopeB(reported)) };
  }

  async update({ device, manifest, signer, offset, data }: UpdateRequest): Promise<UpdateResult> {
    const { Result: result, ErrorReport: report } = await this.#parts.programs.update(this.#own(device), {
      piece: {
        ...(manifest === undefined ? {} : { Manifest: octetsOf(manifest) }),
        ...(offset === undefined ? {} : { Offset: offset }),
        ...(data === undefined ? {} : { Data: octetsOf(data) }),
      },
      ...(signer === undefined ? {} : { signer: octetsOf(signer) }),
    });
    return { result, ...(report === undefined ? {} : { report: shorten(report, 200) }) };
  }

  #own(device: string): string {
    if (this.#parts.book.device(device)?.own !== true) throw new MeshError("ERR_NOT_FOUND", `no device ${device} is behind this hub`);
    return device;
  }

  removal({ evidence }: RemovalRequest): RemovalTaken {
    const { account, onRemoved } = this.#parts;
    const envelope = parseEvidence(evidence);
    const { RemovedBy: by } = verifyRemoval(account, envelope);
    onRemoved(envelope);
    return { account: account.address, ...(by === undefined ? {} : { by }) };
  }

  async *onboard(request: OnboardRequest, signal: AbortSignal): AsyncIterable<OnboardLine> {
    for await (const progress of this.#parts.onboarding.onboard(request, signal)) {
      const line = await this.#parts.voice.noted(onboardLineOf(progress));
      this.#tell({ kind: "onboarding", line, at: dateTime(this.#parts.account.ports.clock.now()) });
      yield line;
    }
  }

  onboardings(): readonly OnboardingView[] {
    return this.#parts.onboarding.running.map(({ id, deviceUdf, localName }) => ({
      id,
      ...(deviceUdf === undefined ? {} : { deviceUdf }),
      ...(localName === undefined ? {} : { name: localName }),
    }));
  }

  settings(): SettingsView {
    return { settings: shownSettings(this.#parts.config.current).map((each) => ({ ...each, restart: needsRestart(each.key) })) };
  }

  history({ device }: HistoryRequest): HistoryResult {
    if (this.#parts.book.device(device) === undefined || !this.#mayRead(device)) throw new MeshError("ERR_NOT_FOUND", `no device ${device}`);
    return { series: this.#parts.history.of(device) };
  }

  house(): HouseFacade {
    return new HouseDesk(this.#parts, this.#principal);
  }

  onEvent(listener: (event: HubEvent) => void): () => void {
    return this.#shared.events.add((event) => {
      if (event.kind === "state" ? this.#mayRead(event.udf) : this.has("manage")) listener(event);
    });
  }

  #tell(event: HubEvent): void {
    this.#shared.events.tell(event);
  }
}

function octetsOf(text: string): Uint8Array {
  const octets = decodeBase64url(text);
  if (!octets) throw new MeshError("ERR_USAGE", "the request holds what is no base64url");
  return octets;
}
