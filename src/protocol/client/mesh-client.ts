/**
 * A client of a Mesh service: verifies the service, keeps one session, seals requests, and asks again when an answer is lost.
 * Asking again is safe: the session never repeats a counter, and every transaction gives the same result twice.
 */
import { unlessAborted } from "../../base/abandon.ts";
import { backOffMs } from "../../base/back-off.ts";
import type { Clock } from "../../base/clock.ts";
import { fromDateTime } from "../../base/clock.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { Struct } from "../../codec/field.ts";
import { encodeObject } from "../../codec/index.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import type { Enveloped, ProfileService, ProfileUser, Verified } from "../../schema/index.ts";
import type {
  BindRequest,
  BindResponse,
  ClaimRequest,
  ClaimResponse,
  CompleteRequest,
  CompleteResponse,
  ConnectRequest,
  ConnectResponse,
  DownloadRequest,
  DownloadResponse,
  MeshHelloResponse,
  OperateRequest,
  OperateResponse,
  OperationName,
  PollClaimRequest,
  PollClaimResponse,
  PostRequest,
  PostResponse,
  PurgeRequest,
  PurgeResponse,
  RequestOf,
  ResponseOf,
  StageRequest,
  StageResponse,
  StatusRequest,
  StatusResponse,
  TransactRequest,
  TransactResponse,
  UnbindRequest,
  UnbindResponse,
} from "../message/index.ts";
import { operations } from "../message/index.ts";
import type { ClientSession } from "../session/index.ts";
import { cookieLength, maxRequestOctets, packet, packetKind, startSession } from "../session/index.ts";
import type { ServiceHost } from "./host.ts";
import { verifyHost } from "./host.ts";
import type { Fetch } from "./http.ts";
import { endpointOf, exchange, maxUnsealedOctets } from "./http.ts";
import { readResponse } from "./outcome.ts";

/** What a client starts with. */
export interface MeshClientOptions {
  /** URL of the service; the well-known path is added when it has none. */
  readonly url: string;
  /** The device's X448 link key. */
  readonly link: PrivateKey;
  /** Address that the client speaks for. */
  readonly account?: string;
  /** Fingerprint that the service must have. */
  readonly serviceUdf?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch?: Fetch;
  /** Told the service's time, in milliseconds since 1970, with every answer that carries it. */
  readonly onTime?: (time: number) => void;
  /** For one exchange; what a request waits for by itself comes on top. Default 15 s. */
  readonly timeoutMs?: number;
  /** For all exchanges together, counted from the first: of a client that is made for one errand. No end unless given. */
  readonly withinMs?: number;
  /** Most octets of one answer. Default 8 MB. */
  readonly answerOctets?: number;
  /** How often a request is sent when no answer comes. Default 3. */
  readonly attempts?: number;
}

/** How one call is made. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A handshake under way. */
interface Opening {
  readonly session: Promise<ClientSession>;
  readonly end: AbortController;
  /** Callers that wait for it. */
  waiting: number;
}

const defaultTimeoutMs = 15_000;
/** A session is renewed this long before its ticket ends. */
const renewMs = 60_000;
/** Acknowledgements of one request; more are left to the service's own bounds. */
const maxAcknowledged = 64;
const defaultAttempts = 3;

/** One device's access to one service. Nothing is sent before the first call. */
export class MeshClient {
  readonly #options: MeshClientOptions;
  readonly #endpoint: string;
  readonly #fetch: Fetch;
  #host: ServiceHost | undefined;
  /** The host has to be asked again; it must still belong to the same service. */
  #isHostStale = false;
  #session: ClientSession | undefined;
  #opening: Opening | undefined;
  /** By the monotonic clock, of an errand. */
  #end: number | undefined;
  /** Requests whose answers the service may still keep for this device. */
  #unacknowledged: readonly string[] = [];

  /** ERR_USAGE for an address that is not http or https. */
  constructor(options: MeshClientOptions) {
    this.#options = options;
    this.#endpoint = endpointOf(options.url);
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
  }

  /** Another client of the same service for the same account, under another link key. */
  under(link: PrivateKey): MeshClient {
    return new MeshClient({ ...this.#options, link });
  }

  /** The service's verified profile; undefined before the first answer. */
  get profileService(): Verified<ProfileService> | undefined {
    return this.#host?.profile;
  }

  /** Asks who the service is, and verifies it. ERR_VERIFICATION when it is another than the pinned one. */
  async hello(options: CallOptions = {}): Promise<MeshHelloResponse> {
    const body = encodeObject(operations.Hello.request, {});
    const answer = await this.#again((signal) => this.#exchange("json", body, 0, signal), options.signal);
    const hello = this.#fromService(() => readResponse("Hello", answer));
    // Once a service was met, it cannot become another one under the same address.
    const host = verifyHost(hello, this.#options.serviceUdf ?? this.#host?.serviceUdf);
    this.#host = host;
    this.#isHostStale = false;
    return hello;
  }

  /** Profile of an account of this service, as the service says: whoever relies on it compares the fingerprint. ERR_ACCOUNT_UNKNOWN, ERR_QUOTA. */
  async profileOf(address: string, options?: CallOptions): Promise<Enveloped<ProfileUser>> {
    const { EnvelopedProfileAccount } = await this.#call("Hello", { Account: address }, options);
    if (EnvelopedProfileAccount === undefined)
      throw new MeshError("ERR_SERVICE_REFUSED", `the service at ${this.#endpoint} tells no profiles of its accounts`);
    return EnvelopedProfileAccount;
  }

  /** Names the session in what the account signs (BindAuthorization); opens one when there is none. */
  async handshakeHash(): Promise<Uint8Array> {
    return (await this.#openSession()).handshakeHash;
  }

  bind(request: BindRequest, options?: CallOptions): Promise<BindResponse> {
    return this.#call("Bind", request, options);
  }

  unbind(request: UnbindRequest, options?: CallOptions): Promise<UnbindResponse> {
    return this.#call("Unbind", request, options);
  }

  /** With Wait, resolves when a store differs from Known, or the time is over. */
  async status(request: StatusRequest, options?: CallOptions): Promise<StatusResponse> {
    const response = await this.#call("Status", request, options, request.Wait);
    this.#options.onTime?.(fromDateTime(response.Time));
    return response;
  }

  /** One page; ask again from the next index while a store has more. */
  download(request: DownloadRequest, options?: CallOptions): Promise<DownloadResponse> {
    return this.#call("Download", request, options);
  }

  /** Tells along which answers arrived before. ERR_CONFLICT when somebody wrote first: see conflictStatus. */
  async transact(request: TransactRequest, options?: CallOptions): Promise<TransactResponse> {
    const Acknowledged = this.#unacknowledged.slice(0, maxAcknowledged);
    const response = await this.#call("Transact", Acknowledged.length === 0 ? request : { ...request, Acknowledged }, options);
    this.#unacknowledged = [...this.#unacknowledged.filter((id) => !Acknowledged.includes(id)), request.RequestId].slice(-maxAcknowledged * 16);
    return response;
  }

  /** Adds a page to a sequence that a Transact with Switch will bring into force. ERR_CONFLICT says where it ends: see conflictStatus. */
  stage(request: StageRequest, options?: CallOptions): Promise<StageResponse> {
    return this.#call("Stage", request, options);
  }

  /** Lets former epochs be forgotten, by a signed order. */
  purge(request: PurgeRequest, options?: CallOptions): Promise<PurgeResponse> {
    return this.#call("Purge", request, options);
  }

  connect(request: ConnectRequest, options?: CallOptions): Promise<ConnectResponse> {
    return this.#call("Connect", request, options);
  }

  /** ERR_PENDING while there is no answer. */
  complete(request: CompleteRequest, options?: CallOptions): Promise<CompleteResponse> {
    return this.#call("Complete", request, options, request.Wait);
  }

  claim(request: ClaimRequest, options?: CallOptions): Promise<ClaimResponse> {
    return this.#call("Claim", request, options);
  }

  pollClaim(request: PollClaimRequest, options?: CallOptions): Promise<PollClaimResponse> {
    return this.#call("PollClaim", request, options);
  }

  post(request: PostRequest, options?: CallOptions): Promise<PostResponse> {
    return this.#call("Post", request, options);
  }

  /** Has the service use its shares of an account's keys. Each operation has a result of its own, which may be a ResultError; who reads it keeps the highest AuditHead. */
  operate(request: OperateRequest, options?: CallOptions): Promise<OperateResponse> {
    return this.#call("Operate", request, options);
  }

  /** Forgets the session. The client can be used again. */
  close(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  async #call<N extends OperationName>(name: N, request: RequestOf<N>, options: CallOptions = {}, waitSeconds = 0): Promise<ResponseOf<N>> {
    const plain = encodeObject(operations[name].request as unknown as Struct<RequestOf<N>>, request);
    if (plain.length > maxRequestOctets)
      throw new MeshError("ERR_TOO_LARGE", `request of ${plain.length} octets, the service takes ${maxRequestOctets}`);
    return readResponse(name, await this.#again((signal) => this.#sealed(plain, waitSeconds, signal), options.signal));
  }

  /** Sends under the session; a hint to handshake again is followed once, so that whoever forges it gains no loop. */
  async #sealed(plain: Uint8Array, waitSeconds: number, signal?: AbortSignal): Promise<Uint8Array> {
    for (let turn = 0; turn < 2; turn++) {
      const session = await this.#openSession(signal);
      const request = session.seal(plain);
      const answer = await this.#exchange("packet", request.octets, waitSeconds, signal);
      if (answer[0] !== packetKind.again) return this.#fromService(() => request.open(answer));
      if (this.#session === session) this.close();
      // A restarted service may have another host key.
      this.#isHostStale = true;
    }
    throw new MeshError("ERR_SERVICE_REFUSED", `the service at ${this.#endpoint} does not keep its sessions`);
  }

  /** Whoever stands between can answer with anything: what the service did not seal is no answer of it, and it is asked again. */
  #fromService<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw new MeshError("ERR_SERVICE_UNREACHABLE", `what answered at ${this.#endpoint} is not the service`, { cause });
    }
  }

  /** Callers share one handshake: who gives up waits no longer, and it ends with the last of them. */
  async #openSession(signal?: AbortSignal): Promise<ClientSession> {
    const now = this.#options.clock.now();
    if (this.#session !== undefined && this.#session.expires - renewMs > now) return this.#session;
    this.#opening ??= this.#beginHandshake();
    const opening = this.#opening;
    opening.waiting += 1;
    try {
      return await (signal ? unlessAborted(opening.session, signal) : opening.session);
    } finally {
      opening.waiting -= 1;
      if (opening.waiting === 0 && this.#opening === opening) opening.end.abort();
    }
  }

  #beginHandshake(): Opening {
    const end = new AbortController();
    const opening: Opening = { session: this.#handshake(end.signal), end, waiting: 0 };
    const isOver = (): void => {
      if (this.#opening === opening) this.#opening = undefined;
    };
    // Nobody joins one that is being ended.
    end.signal.addEventListener("abort", isOver, { once: true });
    opening.session.then(isOver, isOver);
    return opening;
  }

  async #handshake(signal: AbortSignal): Promise<ClientSession> {
    const pinned = this.#options.serviceUdf;
    if (this.#host === undefined || this.#isHostStale) await this.hello({ signal });
    const host = this.#host;
    if (host === undefined || (pinned !== undefined && host.serviceUdf !== pinned)) throw verificationError("service");
    const { link, account, random } = this.#options;
    const handshake = startSession({ link, host: host.link, serviceUdf: host.serviceUdf, random, ...(account === undefined ? {} : { account }) });
    let answer = await this.#exchange("packet", packet(packetKind.handshake, handshake.message), 0, signal);
    if (answer[0] === packetKind.cookie && answer.length === 1 + cookieLength) {
      answer = await this.#exchange("packet", packet(packetKind.cookie, answer.subarray(1), handshake.message), 0, signal);
    }
    if (answer[0] === packetKind.cookie) throw new MeshError("ERR_SERVICE_UNREACHABLE", `the service at ${this.#endpoint} is under load`);
    const session = this.#fromService(() => {
      if (answer[0] !== packetKind.handshake) throw verificationError("handshake");
      return handshake.finish(answer.subarray(1));
    });
    this.close();
    this.#session = session;
    return session;
  }

  #exchange(kind: "json" | "packet", body: Uint8Array, waitSeconds: number, signal?: AbortSignal): Promise<Uint8Array> {
    const isSealed = kind === "packet" && body[0] === packetKind.request;
    const answerOctets = isSealed ? this.#options.answerOctets : Math.min(this.#options.answerOctets ?? maxUnsealedOctets, maxUnsealedOctets);
    return exchange({
      endpoint: this.#endpoint,
      kind,
      body,
      fetch: this.#fetch,
      timeoutMs: Math.min((this.#options.timeoutMs ?? defaultTimeoutMs) + waitSeconds * 1000, this.#leftMs()),
      ...(answerOctets === undefined ? {} : { answerOctets }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** What is left of an errand's time. Errors: ERR_SERVICE_UNREACHABLE when that is nothing. */
  #leftMs(): number {
    const { withinMs, clock } = this.#options;
    if (withinMs === undefined) return Number.POSITIVE_INFINITY;
    const now = clock.monotonic();
    this.#end ??= now + withinMs;
    if (now < this.#end) return Math.ceil(this.#end - now);
    throw new MeshError("ERR_SERVICE_UNREACHABLE", `the service at ${this.#endpoint} took more than ${withinMs / 1000} s for its answers`);
  }

  /** Repeats what failed for want of an answer; everything else is final. */
  async #again<T>(task: (signal?: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { clock, random, attempts = defaultAttempts } = this.#options;
    for (let attempt = 0; ; attempt++) {
      try {
        return await task(signal);
      } catch (error) {
        if (attempt + 1 >= attempts || !isMeshError(error, "ERR_SERVICE_UNREACHABLE")) throw error;
        await clock.sleep(backOffMs(attempt, random), signal);
      }
    }
  }
}
