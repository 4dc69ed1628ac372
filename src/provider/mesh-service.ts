/** A Mesh Service Provider (protocol-09): accounts in files under one directory, one HTTP interface. Nothing happens before start(). */
import { makeDirectory } from "../base/directory.ts";
import type { DirectoryLock } from "../base/directory-lock.ts";
import { lockDirectory } from "../base/directory-lock.ts";
import { MeshError } from "../base/errors.ts";
import { encodeObject } from "../codec/index.ts";
import { MeshHelloResponse, SessionResponder, servicePaths } from "../protocol/index.ts";
import { memberOf } from "./access/standing.ts";
import { dispatch } from "./dispatch.ts";
import { HandshakeGate } from "./http/admission.ts";
import { endpoint } from "./http/endpoint.ts";
import { HandshakeTurns } from "./http/handshake-turns.ts";
import type { Listener, TlsFiles } from "./http/listen.ts";
import { listen } from "./http/listen.ts";
import { Reception } from "./http/reception.ts";
import type { ContextOptions, OpenedContext } from "./open-context.ts";
import { openContext } from "./open-context.ts";
import type { ServiceContext } from "./transaction/context.ts";
import { hello } from "./transaction/hello.ts";

/** What a service runs on. Its directory is made when it is not there, and locked while it runs. */
export interface MeshServiceOptions extends Omit<ContextOptions, "uris"> {
  /** Where clients reach it from outside; without, where it listens. */
  readonly uri?: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls?: TlsFiles;
}

/** A service with a beginning and an end. */
export class MeshService {
  #lock: DirectoryLock | undefined;
  #opened: OpenedContext | undefined;
  #listener: Listener | undefined;

  /** Listens, or waits for an address that the machine does not have yet. Accounts are opened when they are asked for; one that is damaged is logged and refused then. ERR_LOCKED, ERR_CONFIG, ERR_STORE. */
  async start(options: MeshServiceOptions): Promise<void> {
    if (this.#lock !== undefined) throw new MeshError("ERR_INTERNAL", "the service runs already");
    await makeDirectory(options.dir);
    this.#lock = await lockDirectory(options.dir, { purpose: "mesh-service" });
    try {
      this.#opened = await openContext({ ...options, uris: () => this.#uris(options) });
      this.#listener = await listen({ ...options, ...makeInterface(this.#opened.context) });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends all waits, lets what is under way end, closes every file. Calling it again does nothing. */
  async stop(): Promise<void> {
    const [listener, opened, lock] = [this.#listener, this.#opened, this.#lock];
    this.#listener = undefined;
    this.#opened = undefined;
    this.#lock = undefined;
    opened?.context.book.close();
    await listener?.close();
    await opened?.close();
    await lock?.release();
  }

  /** Where it listens, or will when the machine has the address. */
  get url(): string {
    return this.#running(this.#listener).url;
  }

  /** False while it waits for its address. */
  get isListening(): boolean {
    return this.#running(this.#listener).isListening;
  }

  /** Resolves when it listens; with false when it was stopped before. */
  get listening(): Promise<boolean> {
    return this.#running(this.#listener).listening;
  }

  /** UDF of the service's profile: what clients pin. */
  get udf(): string {
    return this.#running(this.#opened).context.identity.udf;
  }

  /** Where it listens says nothing when that is every address of the machine. */
  #uris({ uri, host }: MeshServiceOptions): readonly string[] {
    if (uri !== undefined) return [uri];
    return host === "0.0.0.0" || host === "::" || this.#listener === undefined ? [] : [new URL(servicePaths[0], this.#listener.url).href];
  }

  #running<T>(part: T | undefined): T {
    if (part === undefined) throw new MeshError("ERR_INTERNAL", "the service does not run");
    return part;
  }
}

function makeInterface(context: ServiceContext): Pick<Parameters<typeof listen>[0], "fetch" | "greet"> {
  const { identity, book, clock, random, limits, log } = context;
  let greeting: Uint8Array | undefined;
  const reception = new Reception(limits, clock);
  const { fetch } = endpoint({
    responder: new SessionResponder({ host: identity.hostLink, hostUdf: identity.hostUdf, serviceUdf: identity.udf, clock, random }),
    gate: new HandshakeGate({ clock, random, limits }),
    turns: new HandshakeTurns(),
    reception,
    hello: () => {
      greeting ??= encodeObject(MeshHelloResponse, hello(context));
      return greeting;
    },
    memberOf: (caller, budget) => memberOf(book, caller, budget),
    dispatch: (plain, call) => dispatch(context, plain, call),
    limits,
    clock,
    log,
  });
  return { fetch, greet: (socket) => reception.greet(socket) };
}
