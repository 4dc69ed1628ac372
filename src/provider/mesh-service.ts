/** A Mesh Service Provider (protocol-09): accounts in files under one directory, one HTTP interface. Nothing happens before start(). */
import type { Clock } from "../base/clock.ts";
import { NetworkQuota } from "../base/crowd/network-quota.ts";
import { makeDirectory } from "../base/directory.ts";
import type { DirectoryLock } from "../base/directory-lock.ts";
import { lockDirectory } from "../base/directory-lock.ts";
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { encodeObject } from "../codec/index.ts";
import { MeshHelloResponse, SessionResponder } from "../protocol/index.ts";
import { domainName } from "../schema/index.ts";
import { isMember } from "./access/standing.ts";
import { Account } from "./account/account.ts";
import { dispatch } from "./dispatch.ts";
import type { FaultHook } from "./fault.ts";
import { noFault } from "./fault.ts";
import { HandshakeGate } from "./http/admission.ts";
import { endpoint } from "./http/endpoint.ts";
import type { Listener, TlsFiles } from "./http/listen.ts";
import { listen } from "./http/listen.ts";
import { Reception } from "./http/reception.ts";
import { loadIdentity } from "./identity.ts";
import type { Limits } from "./limits.ts";
import { defaultLimits } from "./limits.ts";
import { AccountBook } from "./store/file/account-book.ts";
import type { ServiceContext } from "./transaction/context.ts";
import { hello } from "./transaction/hello.ts";
import { sendOut } from "./transaction/transact.ts";
import type { Census } from "./wait/waiting-room.ts";
import { WaitingRoom } from "./wait/waiting-room.ts";

/** What a service runs on. */
export interface MeshServiceOptions {
  /** Directory of its seed and accounts; made when it is not there, locked while it runs. */
  readonly dir: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls?: TlsFiles;
  /** Domains whose addresses it takes; all when undefined. */
  readonly domains?: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits?: Partial<Limits>;
  /** Tests stop the process here. */
  readonly fault?: FaultHook;
}

/** A service with a beginning and an end. */
export class MeshService {
  #lock: DirectoryLock | undefined;
  #context: ServiceContext | undefined;
  #listener: Listener | undefined;

  /** Opens every account and listens. A damaged account is logged and refused, the others work. ERR_LOCKED, ERR_CONFIG, ERR_STORE. */
  async start(options: MeshServiceOptions): Promise<void> {
    if (this.#lock !== undefined) throw new MeshError("ERR_INTERNAL", "the service runs already");
    await makeDirectory(options.dir);
    this.#lock = await lockDirectory(options.dir, { purpose: "mesh-service" });
    try {
      const context = await makeContext(options);
      this.#context = context;
      await finishDeliveries(context);
      this.#listener = await listen({ ...options, ...makeInterface(context) });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends all waits, lets what is under way end, closes every file. Calling it again does nothing. */
  async stop(): Promise<void> {
    const [listener, context, lock] = [this.#listener, this.#context, this.#lock];
    this.#listener = undefined;
    this.#context = undefined;
    this.#lock = undefined;
    for (const account of context?.book.all ?? []) account.room.close();
    await listener?.close();
    await context?.book.close();
    await lock?.release();
  }

  /** Where it listens. */
  get url(): string {
    return this.#running(this.#listener).url;
  }

  /** UDF of the service's profile: what clients pin. */
  get udf(): string {
    return this.#running(this.#context).identity.udf;
  }

  #running<T>(part: T | undefined): T {
    if (part === undefined) throw new MeshError("ERR_INTERNAL", "the service does not run");
    return part;
  }
}

async function makeContext(options: MeshServiceOptions): Promise<ServiceContext> {
  const { dir, clock, random, log, domains, fault = noFault } = options;
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const identity = await loadIdentity({ dir, random });
  const census: Census = { count: 0, limit: limits.waiters };
  const book = await AccountBook.open({
    dir,
    open: (folder) =>
      Account.open({
        dir: folder,
        encryption: identity.encryption,
        room: new WaitingRoom({ clock, census, limit: limits.waitersPerAccount }),
        limits,
        fault,
        log,
        now: () => clock.now(),
      }),
    damaged: (folder, error) => log.error("account.damaged", { folder, code: error.code, reason: error.message }),
  });
  return {
    identity,
    book,
    limits,
    connects: new NetworkQuota({ burst: limits.connectBurst, everyMs: limits.connectEveryMs }, clock),
    ...(domains === undefined ? {} : { domains: domains.map(domainName) }),
    clock,
    random,
    fault,
    log,
  };
}

function makeInterface(context: ServiceContext): Pick<Parameters<typeof listen>[0], "fetch" | "greet"> {
  const { identity, book, clock, random, limits, log } = context;
  const greeting = encodeObject(MeshHelloResponse, hello(context));
  const reception = new Reception(limits);
  const { fetch } = endpoint({
    responder: new SessionResponder({ host: identity.hostLink, hostUdf: identity.hostUdf, serviceUdf: identity.udf, clock, random }),
    gate: new HandshakeGate({ clock, random, limits }),
    reception,
    hello: () => greeting,
    isMember: (caller) => isMember(book, caller),
    dispatch: (plain, call) => dispatch(context, plain, call),
    limits,
    clock,
    log,
  });
  return { fetch, greet: (socket) => reception.greet(socket) };
}

/** Deliveries that a stop left open. One that fails is tried again at the next start and keeps nobody else waiting. */
async function finishDeliveries(context: ServiceContext): Promise<void> {
  for (const account of context.book.all) {
    for (const [id] of account.openDeliveries) {
      try {
        await sendOut(context, account, id);
      } catch (error) {
        context.log.warn("delivery.failed", { account: account.accountUdf, reason: asMeshError(error).message });
      }
    }
  }
}
