/**
 * A Mesh Service Provider that lies: the service's own parts with its own keys, and between its stores and the session whatever malice a test
 * puts there. What it cannot do, no service can.
 */
import { mkdir } from "node:fs/promises";
import { concat, fromUtf8 } from "../../../src/base/bytes.ts";
import type { MeshError } from "../../../src/base/errors.ts";
import { encodeObject, parseJson, untag } from "../../../src/codec/index.ts";
import type { DareEnvelope } from "../../../src/dare/index.ts";
import type { ConnectResponse, DownloadResponse, MeshHelloResponse, StatusResponse } from "../../../src/protocol/index.ts";
import { operations, SessionResponder, statusDone } from "../../../src/protocol/index.ts";
import { memberOf } from "../../../src/provider/access/standing.ts";
import { spoolFrames, spoolMessage } from "../../../src/provider/account/spool.ts";
import { dispatch, encodeFailure } from "../../../src/provider/dispatch.ts";
import { HandshakeGate } from "../../../src/provider/http/admission.ts";
import { endpoint } from "../../../src/provider/http/endpoint.ts";
import { HandshakeTurns } from "../../../src/provider/http/handshake-turns.ts";
import { listen } from "../../../src/provider/http/listen.ts";
import { Reception } from "../../../src/provider/http/reception.ts";
import { openContext } from "../../../src/provider/open-context.ts";
import type { Call } from "../../../src/provider/transaction/context.ts";
import { hello } from "../../../src/provider/transaction/hello.ts";
import type { SpoolLabel, StoreLabel } from "../../../src/schema/index.ts";
import { ports } from "../../kit/household.ts";

/** What the service does to its answers. */
export interface Malice {
  download?: ((answer: DownloadResponse, linkUdf: string) => DownloadResponse) | undefined;
  status?: ((answer: StatusResponse, linkUdf: string) => StatusResponse) | undefined;
  connect?: ((answer: ConnectResponse) => ConnectResponse) | undefined;
  /** Refuses whatever a link key asks, with this word. */
  refuse?: ((linkUdf: string) => MeshError | undefined) | undefined;
  /** Answers whatever a link key asks with these octets, once they are there; it is given the request, too. */
  answer?: ((linkUdf: string, name: string, plain: Uint8Array) => Promise<Uint8Array> | Uint8Array | undefined) | undefined;
  /** Answers Complete in the account's place. */
  complete?: (() => DareEnvelope) | undefined;
  /** The request as the stores are to see it. */
  request?: ((plain: Uint8Array) => Uint8Array) | undefined;
}

/** A running hostile service. */
export interface HostileService {
  readonly url: string;
  readonly udf: string;
  readonly malice: Malice;
  /** Bodies of all packets so far, as they came over the wire. */
  readonly wire: Uint8Array[];
  /** Runs the opened requests from a position on once more, as a host does that shares the ticket keys. @returns the answers' texts */
  redo(from: number): Promise<readonly string[]>;
  /** How many requests were opened. */
  readonly opened: number;
  /** Every frame of a store, as it is. */
  frames(address: string, label: StoreLabel): Promise<DareEnvelope[]>;
  /** Appends messages to a spool without being asked. */
  inject(address: string, label: SpoolLabel, messages: readonly DareEnvelope[]): Promise<void>;
  /** Messages of a spool. */
  messages(address: string, label: SpoolLabel): Promise<DareEnvelope[]>;
  stop(): Promise<void>;
}

const responses = { Download: operations.Download, Status: operations.Status, Connect: operations.Connect };

/** Starts one on a directory that an honest service may have filled. */
export async function startHostile(dir: string, port = 0): Promise<HostileService> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { clock, random, log } = ports;
  const opened = await openContext({ dir, bind: { kind: "open" }, limits: { handshakeBurst: 10_000 }, clock, random, log });
  const { context } = opened;
  const { identity, book, limits } = context;
  const malice: Malice = {};
  const wire: Uint8Array[] = [];
  const done: { readonly plain: Uint8Array; readonly call: Call }[] = [];
  const answer = async (plain: Uint8Array, call: Call): Promise<Uint8Array> => {
    done.push({ plain, call: { ...call, signal: new AbortController().signal } });
    if (malice.complete && untag(parseJson(plain), "request")[0] === operations.Complete.request.tag) {
      return encodeObject(operations.Complete.response, { Status: statusDone, EnvelopedRespondConnection: malice.complete() });
    }
    const refusal = malice.refuse?.(call.caller.linkUdf);
    if (refusal) return encodeFailure(refusal);
    const given = await malice.answer?.(call.caller.linkUdf, untag(parseJson(plain), "request")[0], plain);
    if (given) return given;
    const octets = await dispatch(context, malice.request?.(plain) ?? plain, call);
    const [tag, body] = untag(parseJson(octets), "response");
    const found = (Object.keys(responses) as (keyof typeof responses)[]).find((name) => responses[name].response.tag === tag);
    const status = (body as { readonly Status?: number }).Status ?? 0;
    if (!found || status >= 400) return octets;
    const { linkUdf } = call.caller;
    if (found === "Download" && malice.download) {
      return encodeObject(operations.Download.response, malice.download(operations.Download.response.decode(body, tag), linkUdf));
    }
    if (found === "Status" && malice.status) {
      return encodeObject(operations.Status.response, malice.status(operations.Status.response.decode(body, tag), linkUdf));
    }
    if (found === "Connect" && malice.connect) {
      return encodeObject(operations.Connect.response, malice.connect(operations.Connect.response.decode(body, tag)));
    }
    return octets;
  };
  const greeting: MeshHelloResponse = hello(context);
  const reception = new Reception(limits, clock);
  const app = endpoint({
    reception,
    memberOf: (caller, budget) => memberOf(book, caller, budget),
    limits,
    clock,
    responder: new SessionResponder({ host: identity.hostLink, hostUdf: identity.hostUdf, serviceUdf: identity.udf, clock, random }),
    gate: new HandshakeGate({ clock, random, limits }),
    turns: new HandshakeTurns(),
    hello: () => encodeObject(operations.Hello.response, greeting),
    dispatch: answer,
    log,
  });
  const listener = await listen({
    clock,
    log,
    host: "127.0.0.1",
    port,
    greet: (socket) => reception.greet(socket),
    fetch: (request, bindings) => {
      const { incoming } = bindings;
      const read = incoming.read.bind(incoming);
      const parts: Uint8Array[] = [];
      incoming.read = (size) => {
        const part: unknown = read(size);
        if (part instanceof Uint8Array) parts.push(part);
        return part;
      };
      incoming.once("end", () => wire.push(concat(...parts)));
      return app.fetch(request, bindings);
    },
  });
  let stopped: Promise<void> | undefined;
  const messages = async (address: string, label: SpoolLabel): Promise<DareEnvelope[]> => {
    const account = await book.get(address);
    const count = (await account.frontier(label)).count;
    return Promise.all(Array.from({ length: Math.max(0, count - 1) }, (_, i) => account.message(label, i + 1)));
  };
  return {
    url: listener.url,
    udf: identity.udf,
    malice,
    wire,
    messages,
    get opened() {
      return done.length;
    },
    async redo(from) {
      const answers: string[] = [];
      for (const { plain, call } of done.slice(from)) answers.push(fromUtf8(await dispatch(context, plain, call)));
      return answers;
    },
    async frames(address, label) {
      const found: DareEnvelope[] = [];
      for await (const frame of (await book.get(address)).frames(label)) found.push(frame);
      return found;
    },
    async inject(address, label, envelopes) {
      const account = await book.get(address);
      await account.exclusively(async () => {
        const frontier = await account.frontier(label);
        const index = frontier.count;
        const frames = spoolFrames({ messages: envelopes.map((envelope) => spoolMessage(envelope)), frontier, now: clock.now(), random });
        await account.commit({ appends: [{ store: label, epoch: 0, index, frames }] });
      });
    },
    stop() {
      stopped ??= (async () => {
        book.close();
        await listener.close();
        await opened.close();
      })();
      return stopped;
    },
  };
}
