/** Speaks to a running hub over its unix socket: one method for each operation of its interface. */
import type { IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import * as v from "valibot";
import type { ErrorCode } from "../base/errors.ts";
import { asMeshError, catalogue, MeshError } from "../base/errors.ts";
import type { HaConnected, HaDevice, HaDevices } from "./home-assistant-v1.ts";
import type { SceneView } from "./house-v1.ts";
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
  HubStatus,
  OnboardingView,
  OnboardLine,
  OnboardRequest,
  OrderNonceRequest,
  OrderNonceResult,
  OrderRequest,
  OrderResult,
  Reloaded,
  RemovalRequest,
  RemovalTaken,
  ReportRequest,
  ReportResult,
  SayRequest,
  SayResult,
  UpdateRequest,
  UpdateResult,
} from "./hub-v1.ts";
import { errorBody } from "./hub-v1.ts";
import type { MatterDevice, MatterDevices, MatterDisconnected, MatterPaired, MatterStatus } from "./matter-v1.ts";
import { operations } from "./operation.ts";
import type { DoubtfulNames, HearRequest, HearResult, ListenRequest } from "./speech-v1.ts";
import type { OpenRequest, OpenResult, TokenAdded, TokenRequest, TokenView } from "./web-v1.ts";

/** A connection to one hub. Errors of every method: ERR_HUB_NOT_RUNNING with the command that starts it; those of the hub. */
export interface HubClient {
  status(): Promise<HubStatus>;
  devices(): Promise<readonly DeviceView[]>;
  onboardings(): Promise<readonly OnboardingView[]>;
  clearAlarm(): Promise<AlarmCleared>;
  audit(request: AuditRequest): Promise<readonly AuditLineView[]>;
  auditVerify(): Promise<AuditVerdictView>;
  say(request: SayRequest): Promise<SayResult>;
  /** Errors: ERR_CONFIG without a recogniser, ERR_ENCODING, ERR_TOO_LARGE, ERR_BUSY. */
  hear(request: HearRequest): Promise<HearResult>;
  /** Errors: ERR_CONFIG without a microphone of the hub's own or a recogniser, ERR_ADAPTER, ERR_BUSY. */
  listen(request: ListenRequest): Promise<HearResult>;
  automations(): Promise<readonly AutomationView[]>;
  scenes(): Promise<readonly SceneView[]>;
  /** Names that the hub's own recogniser cannot hear or may take for others. Errors: ERR_CONFIG where it has none, ERR_ADAPTER without a dictionary. */
  namesInDoubt(): Promise<DoubtfulNames>;
  deleteAutomation(request: AutomationDelete): Promise<AutomationView>;
  resumeAutomation(request: AutomationDelete): Promise<AutomationView>;
  command(request: CommandRequest): Promise<CommandResult>;
  /** Orders that a device judges itself: hub-v1 says what goes over. */
  orderNonce(request: OrderNonceRequest): Promise<OrderNonceResult>;
  orderGive(request: OrderRequest): Promise<OrderResult>;
  orderReport(request: ReportRequest): Promise<ReportResult>;
  removal(request: RemovalRequest): Promise<RemovalTaken>;
  /** A piece of another program for a device. */
  update(request: UpdateRequest): Promise<UpdateResult>;
  /** Reads the configuration anew. Errors: ERR_CONFIG. */
  reload(): Promise<Reloaded>;
  /** A link that opens the page once. Errors: ERR_CONFIG while the web is off. */
  open(request: OpenRequest): Promise<OpenResult>;
  /** A new token with its secret, which is shown this once. */
  tokenAdd(request: TokenRequest): Promise<TokenAdded>;
  /** Tokens and pages that are signed in. */
  tokens(): Promise<readonly TokenView[]>;
  /** Ends one by its id, or a token by its name. */
  tokenDelete(id: string): Promise<TokenView>;
  /** A new login for Home Assistant; its password is shown this once. Errors: ERR_CONFIG without a broker of the hub's own. */
  haConnect(): Promise<HaConnected>;
  /** Errors: ERR_NOT_FOUND when there is no login. */
  haDisconnect(): Promise<void>;
  haDevices(): Promise<HaDevices>;
  /** Lets Home Assistant see devices, by name or fingerprint, or no more. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
  haShare(devices: readonly string[], shared: boolean): Promise<readonly HaDevice[]>;
  matterStatus(): Promise<MatterStatus>;
  /** A new code for an ecosystem; it is shown this once. Errors: ERR_CONFIG while Matter is off, ERR_ADAPTER without its process. */
  matterPair(): Promise<MatterPaired>;
  /** Takes the bridge out of every ecosystem. Errors: ERR_CONFIG while Matter is off. */
  matterDisconnect(): Promise<MatterDisconnected>;
  matterDevices(): Promise<MatterDevices>;
  /** Lets devices go out, by name or fingerprint, or no more. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS, ERR_USAGE for one that has no counterpart, ERR_QUOTA. */
  matterShare(devices: readonly string[], shared: boolean): Promise<readonly MatterDevice[]>;
  /** Lines as they come, until the onboarding has ended. */
  onboard(request: OnboardRequest): AsyncIterable<OnboardLine>;
}

/** How to find the hub. */
export interface HubClientOptions {
  readonly socket: string;
  /** The command that starts this hub, for the hint. */
  readonly startWith: string;
  readonly signal?: AbortSignal;
}

/** What calling an operation takes. */
interface Operation<S extends v.GenericSchema> {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly response: S;
}

const mostOctets = 16 * 1024 * 1024;
const notThere: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "ENOTSOCK"]);

/** A client of the hub at a socket. */
export function hubClient(options: HubClientOptions): HubClient {
  return {
    status: () => call(options, operations.status),
    devices: async () => (await call(options, operations.devices)).devices,
    onboardings: async () => (await call(options, operations.onboardings)).onboardings,
    clearAlarm: () => call(options, operations.clearAlarm, {}),
    audit: async (request) => (await call(options, operations.audit, request)).lines,
    auditVerify: () => call(options, operations.auditVerify, {}),
    say: (request) => call(options, operations.say, request),
    hear: (request) => call(options, operations.hear, request),
    listen: (request) => call(options, operations.listen, request),
    scenes: async () => (await call(options, operations.scenes)).scenes,
    namesInDoubt: () => call(options, operations.namesInDoubt),
    automations: async () => (await call(options, operations.automations)).automations,
    deleteAutomation: (request) => call(options, operations.deleteAutomation, request),
    resumeAutomation: (request) => call(options, operations.resumeAutomation, request),
    command: (request) => call(options, operations.command, request),
    orderNonce: (request) => call(options, operations.orderNonce, request),
    orderGive: (request) => call(options, operations.orderGive, request),
    orderReport: (request) => call(options, operations.orderReport, request),
    removal: (request) => call(options, operations.removal, request),
    update: (request) => call(options, operations.update, request),
    reload: () => call(options, operations.reload, {}),
    open: (request) => call(options, operations.open, request),
    tokenAdd: (request) => call(options, operations.tokenAdd, request),
    tokens: async () => (await call(options, operations.tokens)).tokens,
    tokenDelete: async (id) => (await call(options, operations.tokenDelete, { id })).token,
    haConnect: () => call(options, operations.haConnect, {}),
    haDisconnect: async () => void (await call(options, operations.haDisconnect, {})),
    haDevices: () => call(options, operations.haDevices),
    haShare: async (devices, shared) => (await call(options, operations.haShare, { devices, shared })).devices,
    matterStatus: () => call(options, operations.matterStatus),
    matterPair: () => call(options, operations.matterPair, {}),
    matterDisconnect: () => call(options, operations.matterDisconnect, {}),
    matterDevices: () => call(options, operations.matterDevices),
    matterShare: async (devices, shared) => (await call(options, operations.matterShare, { devices, shared })).devices,
    onboard: (request) => lines(options, operations.onboard, request),
  };
}

async function call<const S extends v.GenericSchema>(options: HubClientOptions, operation: Operation<S>, body?: unknown): Promise<v.InferOutput<S>> {
  const response = await send(options, { ...operation, body });
  let text = "";
  for await (const part of textOf(response, options.signal)) {
    text += part;
    if (text.length > mostOctets) throw new MeshError("ERR_TOO_LARGE", `the hub answered more than ${mostOctets} octets`);
  }
  return read(operation.response, text);
}

async function* lines<const S extends v.GenericSchema>(
  options: HubClientOptions,
  operation: Operation<S>,
  body: unknown,
): AsyncIterable<v.InferOutput<S>> {
  const response = await send(options, { ...operation, body });
  let rest = "";
  for await (const part of textOf(response, options.signal)) {
    const whole = (rest + part).split("\n");
    rest = whole.pop() ?? "";
    if (rest.length > mostOctets) throw new MeshError("ERR_TOO_LARGE", `the hub answered a line of more than ${mostOctets} octets`);
    for (const line of whole) yield read(operation.response, line);
  }
  if (rest !== "") throw new MeshError("ERR_HUB_NOT_RUNNING", "the hub ended in the middle of its answer");
}

async function* textOf(response: IncomingMessage, signal?: AbortSignal): AsyncIterable<string> {
  response.setEncoding("utf8");
  try {
    for await (const part of response) yield part as string;
  } catch (cause) {
    if (signal?.aborted) throw asMeshError(signal.reason);
    throw new MeshError("ERR_HUB_NOT_RUNNING", "the hub ended in the middle of its answer", { cause });
  }
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** The response, when it is a good one; a failure is thrown as the hub threw it. */
async function send(options: HubClientOptions, { method, path, body }: Call): Promise<IncomingMessage> {
  const response = await exchange(options, { method, path, body });
  if ((response.statusCode ?? 500) < 400) return response;
  let text = "";
  for await (const part of textOf(response, options.signal)) text += part;
  const { error } = read(errorBody, text);
  throw Object.hasOwn(catalogue, error.code)
    ? new MeshError(error.code as ErrorCode, error.message, { hint: error.hint })
    : new MeshError("ERR_INTERNAL", error.message);
}

function exchange({ socket, startWith, signal }: HubClientOptions, { method, path, body }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const call = httpRequest({ socketPath: socket, path, method, headers, ...(signal ? { signal } : {}) }, resolve);
    call.once("error", (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) return reject(asMeshError(signal.reason));
      if (!notThere.has(error.code ?? "")) return reject(asMeshError(error));
      reject(new MeshError("ERR_HUB_NOT_RUNNING", `no hub answers at ${socket}`, { hint: `start it with '${startWith}'`, cause: error }));
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function read<const S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new MeshError("ERR_ENCODING", "the hub's answer is not JSON", { cause });
  }
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new MeshError("ERR_SCHEMA", `the hub's answer: ${v.getDotPath(issue) ?? ""}: ${issue.message}`, {
    hint: "the hub runs another version than this command; restart it",
  });
}
