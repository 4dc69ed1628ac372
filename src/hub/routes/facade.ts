/** What the routes need of the hub; the daemon implements it, tests script it. */
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
  DoubtfulNames,
  EditAsked,
  EditRequest,
  GrantView,
  HaConnected,
  HaDevice,
  HaDevices,
  HearRequest,
  HearResult,
  HistoryRequest,
  HistoryResult,
  HubEvent,
  HubStatus,
  ListenRequest,
  LogLine,
  MatterDevice,
  MatterDevices,
  MatterDisconnected,
  MatterPaired,
  MatterStatus,
  OfferView,
  OnboardingView,
  OnboardLine,
  OnboardRequest,
  OpenRequest,
  OpenResult,
  OrderNonceRequest,
  OrderNonceResult,
  OrderRequest,
  OrderResult,
  PasskeySignInRequest,
  PlaceView,
  QuestionView,
  Reloaded,
  RemovalRequest,
  RemovalTaken,
  ReportRequest,
  ReportResult,
  SayRequest,
  SayResult,
  SceneView,
  SettingsView,
  TokenAdded,
  TokenRequest,
  TokenView,
  UpdateRequest,
  UpdateResult,
} from "../../api/index.ts";
import type { Principal, Right } from "../command/principal.ts";

/** The hub as its interface shows it. */
export interface HubFacade {
  status(): HubStatus;
  /** The owner has seen what the service was caught at. Errors: ERR_STORE, ERR_PERMISSION. */
  clearAlarm(): Promise<AlarmCleared>;
  /** Who gave which order, and what came of it. Errors: ERR_STORE. */
  audit(request: AuditRequest): Promise<readonly AuditLineView[]>;
  auditVerify(): Promise<AuditVerdictView>;
  devices(): readonly DeviceView[];
  say(request: SayRequest): Promise<SayResult>;
  /** Understands a clip. Errors: ERR_CONFIG without a recogniser, ERR_ENCODING, ERR_TOO_LARGE, ERR_BUSY, ERR_ADAPTER, ERR_TIMEOUT. */
  hear(request: HearRequest): Promise<HearResult>;
  listen(request: ListenRequest): Promise<HearResult>;
  /** Orders for another time, the next first. */
  automations(): readonly AutomationView[];
  /** Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
  deleteAutomation(request: AutomationDelete): Promise<AutomationView>;
  /** Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
  resumeAutomation(request: AutomationDelete): Promise<AutomationView>;
  /** Errors: ERR_NOT_FOUND, ERR_COMMAND, ERR_DEVICE_OFFLINE, ERR_TIMEOUT, ERR_LINK. */
  command(request: CommandRequest): Promise<CommandResult>;
  /** For an order that the device judges itself. Errors: ERR_COMMAND, ERR_DEVICE_OFFLINE, ERR_REJECTED, ERR_TIMEOUT, ERR_LINK. */
  orderNonce(request: OrderNonceRequest): Promise<OrderNonceResult>;
  /** Errors: as orderNonce; then nothing is known of what came of it. */
  orderGive(request: OrderRequest): Promise<OrderResult>;
  orderReport(request: ReportRequest): Promise<ReportResult>;
  /** Hands a piece of another program to a device. Errors: ERR_NOT_FOUND, ERR_DEVICE_OFFLINE, ERR_TIMEOUT, ERR_LINK. */
  update(request: UpdateRequest): Promise<UpdateResult>;
  /** Takes the owner's evidence that this hub was removed: the hub stops after the answer. Errors: ERR_VERIFICATION, ERR_ENCODING, ERR_SCHEMA. */
  removal(request: RemovalRequest): RemovalTaken;
  /** Lines until the onboarding ends; the signal ends the listening, not the onboarding. */
  onboard(request: OnboardRequest, signal: AbortSignal): AsyncIterable<OnboardLine>;
  onboardings(): readonly OnboardingView[];
  settings(): SettingsView;
  /** Errors: ERR_NOT_FOUND. */
  history(request: HistoryRequest): HistoryResult;
  /** The house besides its devices. */
  house(): HouseFacade;
  onEvent(listener: (event: HubEvent) => void): () => void;
  /** The hub with the rights of another principal. */
  as(principal: Principal): HubFacade;
  /** Whether the principal has a right of the kind. */
  has(allows: Right["allows"]): boolean;
}

/** The house besides its devices, and what an administration device is asked to change in it. */
export interface HouseFacade {
  places(): readonly PlaceView[];
  /** The newest first. */
  questions(): readonly QuestionView[];
  /** Errors: ERR_NOT_FOUND, ERR_NAME, ERR_USAGE for what the owner would refuse anyway, ERR_BUSY when too much waits for him. */
  edit(request: EditRequest): EditAsked;
  /** What is doubtful about the name in a change, for whoever will say it to this hub. */
  doubts(request: EditRequest): Promise<readonly string[]>;
  /** Of all names of the house. Errors: ERR_CONFIG where the hub does not hear by itself, ERR_ADAPTER without a dictionary. */
  namesInDoubt(): Promise<DoubtfulNames>;
  /** The same, until the passkey of its page has signed it. Errors: as `edit`. @returns what is to be signed, in base64url */
  editToSign(request: EditRequest): { readonly challenge: string };
  /** What was signed is asked for; whether the signature is good was looked at before. Errors: ERR_NOT_FOUND when it is over, ERR_BUSY. */
  editSigned(signed: { readonly challenge: string; readonly use: PasskeySignInRequest }): EditAsked;
  grants(): readonly GrantView[];
  offers(): readonly OfferView[];
  scenes(): readonly SceneView[];
  /** Oldest first. */
  logs(): readonly LogLine[];
}

/** Who may come in over the web: links, tokens, sessions. For the owner of the machine alone. */
export interface DoorFacade {
  /** Errors: ERR_CONFIG while the web is off. */
  open(request: OpenRequest): Promise<OpenResult>;
  /** Errors: ERR_NOT_FOUND for a place or device, ERR_EXISTS, ERR_QUOTA. */
  tokenAdd(request: TokenRequest): Promise<TokenAdded>;
  tokens(): Promise<readonly TokenView[]>;
  /** Errors: ERR_NOT_FOUND. */
  tokenDelete(id: string): Promise<TokenView>;
}

/** The configuration of the hub. For the owner of the machine alone. */
export interface ConfigFacade {
  /** Errors: ERR_CONFIG; then all is as before. */
  reload(): Promise<Reloaded>;
}

/** Home Assistant at the hub's broker. For the owner of the machine alone. */
export interface HomeAssistantFacade {
  /** A new login in the place of any before. Errors: ERR_CONFIG without a broker of the hub's own, ERR_STORE. */
  connect(): Promise<HaConnected>;
  /** Errors: ERR_NOT_FOUND when there is no login, ERR_STORE. */
  disconnect(): Promise<void>;
  devices(): Promise<HaDevices>;
  /** Lets it see devices, by name or fingerprint, or no more. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_QUOTA. */
  share(devices: readonly string[], isShared: boolean): Promise<readonly HaDevice[]>;
}

/** The house for ecosystems that speak Matter. For the owner of the machine alone. */
export interface MatterFacade {
  status(): Promise<MatterStatus>;
  /** A new code in the place of any before. Errors: ERR_CONFIG while it is off, ERR_ADAPTER without a process, ERR_STORE. */
  pair(): Promise<MatterPaired>;
  /** Takes the bridge out of every ecosystem, and forgets them. Errors: ERR_CONFIG while it is off, ERR_STORE. */
  disconnect(): Promise<MatterDisconnected>;
  devices(): Promise<MatterDevices>;
  /** Lets devices go out, by name or fingerprint, or no more. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_USAGE, ERR_QUOTA. */
  share(devices: readonly string[], isShared: boolean): Promise<readonly MatterDevice[]>;
}
