/**
 * The service's HTTP interface: packets of bounded size in and out (docs: session bodies). It knows nothing of accounts. Of a sender that is
 * not known it takes 4 kB within a few seconds; the rest of a request when its ticket is one of ours, within a budget of octets.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "hono";
import { Hono } from "hono";
import type { Clock } from "../../base/clock.ts";
import { plainAddress } from "../../base/crowd/network.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { decodeObject } from "../../codec/index.ts";
import type { Caller, SessionResponder } from "../../protocol/index.ts";
import { cookieLength, HelloRequest, maxHeadOctets, maxPacketOctets, packet, packetKind, servicePaths, ticketOf } from "../../protocol/index.ts";
import type { StrangerBudget } from "../access/standing.ts";
import { encodeFailure } from "../dispatch.ts";
import type { Limits } from "../limits.ts";
import type { Call } from "../transaction/context.ts";
import type { HandshakeGate } from "./admission.ts";
import { Body } from "./body.ts";
import type { HandshakeTurns } from "./handshake-turns.ts";
import type { Holding, Reception } from "./reception.ts";

/** What the interface is made of. */
export interface EndpointOptions {
  readonly responder: SessionResponder;
  readonly gate: HandshakeGate;
  readonly turns: HandshakeTurns;
  readonly reception: Reception;
  /** JSON of the Hello response. */
  readonly hello: () => Uint8Array;
  /** Folded address of the account whose device it is; undefined for a stranger, which is counted against a budget. ERR_QUOTA. */
  readonly memberOf: (caller: Pick<Caller, "linkUdf" | "account">, budget: StrangerBudget) => Promise<string | undefined>;
  /** Runs an opened request. */
  readonly dispatch: (plain: Uint8Array, call: Call) => Promise<Uint8Array>;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a request comes with. */
interface Bindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

type Exchange = Context<{ Bindings: Bindings }>;

/** The routes of a service. */
export function endpoint(options: EndpointOptions): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>();
  for (const path of servicePaths) app.post(path, (context) => answer(context, options));
  app.notFound(() => new Response("Mesh services answer POST requests at /.well-known/mmm\n", { status: 404, headers: { connection: "close" } }));
  app.onError((error) => {
    const cause = asMeshError(error);
    if (cause.code === "ERR_INTERNAL") options.log.error("request.failed", { code: cause.code, reason: cause.message, stack: cause.stack });
    return failure(cause);
  });
  return app;
}

async function answer(context: Exchange, options: EndpointOptions): Promise<Response> {
  const { incoming, outgoing } = context.env;
  const { limits, clock, reception } = options;
  reception.begin(incoming.socket, (listener) => outgoing.once("close", listener));
  if (Number(incoming.headers["content-length"] ?? 0) > maxPacketOctets) throw tooLarge("body", maxPacketOctets);
  const body = new Body(incoming);
  await body.readWithin(limits.headMs, clock, { most: maxHeadOctets, isEnough: (head) => ticketOf(head) !== undefined, grown: () => undefined });
  if (body.octets[0] === packetKind.request) return await request(context, options, body);
  if (!body.isWhole) throw tooLarge("packet", maxHeadOctets);
  if ((context.req.header("content-type") ?? "").startsWith("application/json")) {
    decodeObject(HelloRequest, body.octets);
    return reply("application/json", options.hello());
  }
  switch (body.octets[0]) {
    case packetKind.handshake:
      return await handshake(context, options, { message: body.octets.subarray(1) });
    case packetKind.cookie:
      return await handshake(context, options, {
        message: body.octets.subarray(1 + cookieLength),
        cookie: body.octets.subarray(1, 1 + cookieLength),
      });
    default:
      throw new MeshError("ERR_ENCODING", "not a packet of a Mesh session");
  }
}

/** A request: the rest of it is read on the account of whoever its ticket names. */
async function request(context: Exchange, options: EndpointOptions, body: Body): Promise<Response> {
  const { reception, responder } = options;
  const { incoming, outgoing } = context.env;
  const ticket = ticketOf(body.octets);
  const announced = ticket && responder.announced(ticket);
  if (announced === undefined) {
    if (ticket === undefined) throw new MeshError("ERR_ENCODING", "request packet is cut short");
    return reply("application/octet-stream", packet(packetKind.again));
  }
  const { socket } = incoming;
  const member = await options.memberOf(announced, { take: () => reception.take(socket), giveBack: () => reception.giveBack(socket) });
  const holding = reception.hold(socket, member);
  outgoing.once("close", () => holding.release());
  await readRest(body, holding, member !== undefined ? maxPacketOctets : options.limits.strangerRequestOctets + maxHeadOctets);
  const opened = responder.open(body.octets);
  if (opened === undefined) return reply("application/octet-stream", packet(packetKind.again));
  // Only now is the sender proven: a ticket travels in clear.
  if (member !== undefined) reception.admit(socket);
  const call: Call = { caller: opened.caller, member, address: addressOf(context), signal: context.req.raw.signal };
  const sealed = opened.seal(await options.dispatch(opened.plain, call));
  holding.add(sealed.length);
  return reply("application/octet-stream", sealed);
}

async function readRest(body: Body, holding: Holding, most: number): Promise<void> {
  await body.read({ most: most + 1, grown: (octets) => holding.add(octets) });
  if (body.octets.length > most) throw tooLarge("body", most);
}

function tooLarge(what: string, most: number): MeshError {
  return new MeshError("ERR_TOO_LARGE", `${what} of more than ${most} octets`);
}

async function handshake(
  context: Exchange,
  { gate, turns, responder }: EndpointOptions,
  parts: { readonly message: Uint8Array; readonly cookie?: Uint8Array },
): Promise<Response> {
  const admission = gate.admit({ address: addressOf(context), ...parts });
  if (admission === "refuse") return failure(new MeshError("ERR_SERVICE_UNREACHABLE", "too many handshakes from this address"), 429);
  if (admission !== "admit") return reply("application/octet-stream", packet(packetKind.cookie, admission.cookie));
  return reply("application/octet-stream", await turns.run(() => responder.handshake(parts.message)));
}

function addressOf(context: Exchange): string {
  return plainAddress(context.env.incoming.socket.remoteAddress);
}

function reply(type: string, octets: Uint8Array, status = 200): Response {
  return new Response(new Uint8Array(octets), { status, headers: { "content-type": type, "cache-control": "no-store" } });
}

function failure(error: MeshError, status = error.httpStatus): Response {
  const response = reply("application/json", encodeFailure(error), status);
  // The rest of a body that is too large or too slow is not read: nothing else can come over this connection.
  if (error.code === "ERR_TOO_LARGE" || error.code === "ERR_TIMEOUT") response.headers.set("connection", "close");
  return response;
}
