/** The service's HTTP interface: bodies of bounded size in, packets out (docs: session bodies). It knows nothing of accounts. */
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { decodeObject } from "../../codec/index.ts";
import type { SessionResponder } from "../../protocol/index.ts";
import { cookieLength, HelloRequest, maxPacketOctets, packet, packetKind, servicePaths } from "../../protocol/index.ts";
import { encodeFailure } from "../dispatch.ts";
import type { Call } from "../transaction/context.ts";
import type { HandshakeGate } from "./admission.ts";

/** What the interface is made of. */
export interface EndpointOptions {
  readonly responder: SessionResponder;
  readonly gate: HandshakeGate;
  /** JSON of the Hello response. */
  readonly hello: () => Uint8Array;
  /** Runs an opened request. */
  readonly dispatch: (plain: Uint8Array, call: Call) => Promise<Uint8Array>;
  readonly log: Log;
}

const maxHelloOctets = 4096;

/** The routes of a service. */
export function endpoint(options: EndpointOptions): Hono {
  const app = new Hono();
  const tooLarge = bodyLimit({
    maxSize: maxPacketOctets,
    onError: () => failure(new MeshError("ERR_TOO_LARGE", `body of more than ${maxPacketOctets} octets`)),
  });
  for (const path of servicePaths) app.post(path, tooLarge, (context) => answer(context, options));
  app.notFound(() => new Response("Mesh services answer POST requests at /.well-known/mmm\n", { status: 404 }));
  app.onError((error) => {
    const cause = asMeshError(error);
    if (cause.code === "ERR_INTERNAL") options.log.error("request.failed", { code: cause.code, reason: cause.message, stack: cause.stack });
    return failure(cause);
  });
  return app;
}

async function answer(context: Context, options: EndpointOptions): Promise<Response> {
  const body = new Uint8Array(await context.req.arrayBuffer());
  if ((context.req.header("content-type") ?? "").startsWith("application/json")) {
    if (body.length > maxHelloOctets) throw new MeshError("ERR_TOO_LARGE", `hello of ${body.length} octets`);
    decodeObject(HelloRequest, body);
    return reply("application/json", options.hello());
  }
  switch (body[0]) {
    case packetKind.handshake:
      return handshake(context, options, { message: body.subarray(1) });
    case packetKind.cookie:
      return handshake(context, options, { message: body.subarray(1 + cookieLength), cookie: body.subarray(1, 1 + cookieLength) });
    case packetKind.request: {
      const request = options.responder.open(body);
      if (request === undefined) return reply("application/octet-stream", packet(packetKind.again));
      const call: Call = { caller: request.caller, address: addressOf(context), signal: context.req.raw.signal };
      return reply("application/octet-stream", request.seal(await options.dispatch(request.plain, call)));
    }
    default:
      throw new MeshError("ERR_ENCODING", "not a packet of a Mesh session");
  }
}

function handshake(
  context: Context,
  { gate, responder }: EndpointOptions,
  parts: { readonly message: Uint8Array; readonly cookie?: Uint8Array },
): Response {
  const admission = gate.admit({ address: addressOf(context), ...parts });
  if (admission === "refuse") return failure(new MeshError("ERR_SERVICE_UNREACHABLE", "too many handshakes from this address"), 429);
  if (admission !== "admit") return reply("application/octet-stream", packet(packetKind.cookie, admission.cookie));
  return reply("application/octet-stream", responder.handshake(parts.message));
}

function addressOf(context: Context): string {
  return getConnInfo(context).remote.address ?? "";
}

function reply(type: string, octets: Uint8Array, status = 200): Response {
  return new Response(new Uint8Array(octets), { status, headers: { "content-type": type, "cache-control": "no-store" } });
}

function failure(error: MeshError, status = error.httpStatus): Response {
  const response = reply("application/json", encodeFailure(error), status);
  // The rest of a body that is too large is not read: nothing else can come over this connection.
  if (error.code === "ERR_TOO_LARGE") response.headers.set("connection", "close");
  return response;
}
