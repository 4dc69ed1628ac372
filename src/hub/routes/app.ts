/**
 * The routes of the hub's interface (src/api): request in, response out, no socket of its own. Who may open the socket is the owner, so
 * there is no sign-in here; every body is bounded and checked, every failure is an errorBody.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { stream, streamSSE } from "hono/streaming";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as v from "valibot";
import type { HubEvent } from "../../api/index.ts";
import { operations } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { HubFacade } from "./facade.ts";

/** What the routes work with. */
export interface HubAppOptions {
  readonly hub: HubFacade;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the hub stops: ends the streams. */
  readonly closing: AbortSignal;
}

const mostOctets = 16 * 1024;
/** A reader that is behind by more events than this is cut off. */
const mostBehind = 1024;
const keepAliveMs = 15_000;

/** The application that serves the hub's interface. */
export function hubApp({ hub, clock, log, closing }: HubAppOptions): Hono {
  const app = new Hono();
  app.use(
    bodyLimit({
      maxSize: mostOctets,
      onError: () => {
        throw new MeshError("ERR_TOO_LARGE", `the request is larger than ${mostOctets} octets`);
      },
    }),
  );
  app.onError((thrown, c) => {
    const error = asMeshError(thrown);
    if (error.code === "ERR_INTERNAL") log.error("api.failed", { path: c.req.path, reason: error.message });
    return c.json(bodyOf(error), error.httpStatus as ContentfulStatusCode);
  });
  app.notFound((c) => c.json(bodyOf(new MeshError("ERR_NOT_FOUND", `no route ${c.req.method} ${c.req.path.slice(0, 64)}`)), 404));

  app.get(operations.status.path, (c) => c.json(hub.status()));
  app.post(operations.clearAlarm.path, async (c) => c.json(await hub.clearAlarm()));
  app.get(operations.devices.path, (c) => c.json({ devices: hub.devices() }));
  app.get(operations.onboardings.path, (c) => c.json({ onboardings: hub.onboardings() }));
  app.post(operations.say.path, async (c) => c.json(await hub.say(await read(operations.say.request, c.req.raw))));
  app.post(operations.command.path, async (c) => c.json(await hub.command(await read(operations.command.request, c.req.raw))));
  app.post(operations.orderNonce.path, async (c) => c.json(await hub.orderNonce(await read(operations.orderNonce.request, c.req.raw))));
  app.post(operations.orderGive.path, async (c) => c.json(await hub.orderGive(await read(operations.orderGive.request, c.req.raw))));
  app.post(operations.orderReport.path, async (c) => c.json(await hub.orderReport(await read(operations.orderReport.request, c.req.raw))));
  app.post(operations.removal.path, async (c) => c.json(hub.removal(await read(operations.removal.request, c.req.raw))));
  app.post(operations.onboard.path, async (c) => {
    const request = await read(operations.onboard.request, c.req.raw);
    c.header("Content-Type", "application/x-ndjson");
    return stream(c, async (out) => {
      const gone = new AbortController();
      const end = (): void => gone.abort();
      out.onAbort(end);
      closing.addEventListener("abort", end, { once: true });
      try {
        for await (const line of hub.onboard(request, gone.signal)) await out.write(`${JSON.stringify(line)}\n`);
      } finally {
        closing.removeEventListener("abort", end);
      }
    });
  });
  app.get(operations.events.path, (c) =>
    streamSSE(c, async (out) => {
      const waiting: HubEvent[] = [];
      const gone = new AbortController();
      let news = new AbortController();
      const end = (): void => {
        gone.abort();
        news.abort();
      };
      const undo = hub.onEvent((event) => {
        if (waiting.push(event) > mostBehind) end();
        news.abort();
      });
      out.onAbort(end);
      closing.addEventListener("abort", end, { once: true });
      try {
        while (!gone.signal.aborted && !closing.aborted) {
          for (let event = waiting.shift(); event; event = waiting.shift()) await out.writeSSE({ event: event.kind, data: JSON.stringify(event) });
          news = new AbortController();
          if (waiting.length > 0 || gone.signal.aborted) continue;
          const isQuiet = await clock.sleep(keepAliveMs, news.signal).then(
            () => true,
            () => false,
          );
          if (isQuiet) await out.write(": here\n\n");
        }
      } finally {
        undo();
        closing.removeEventListener("abort", end);
      }
    }),
  );
  return app;
}

function bodyOf({ code, message, hint }: MeshError): { error: { code: string; message: string; hint: string } } {
  return { error: { code, message, hint } };
}

/** The checked body of a request. Errors: ERR_USAGE with the path and the reason. */
async function read<const S extends v.GenericSchema>(schema: S, request: Request): Promise<v.InferOutput<S>> {
  let body: unknown;
  try {
    body = await request.json();
  } catch (cause) {
    if (cause instanceof MeshError) throw cause;
    throw new MeshError("ERR_USAGE", "the request is not JSON", { cause });
  }
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new MeshError("ERR_USAGE", `${v.getDotPath(issue) ?? "request"}: ${issue.message}`);
}
