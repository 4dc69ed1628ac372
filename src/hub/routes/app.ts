/**
 * The routes of the hub's interface (src/api): request in, response out, no socket of its own. Who asks is known before: whoever can open the hub's
 * socket is the owner of the machine; over the web it is whoever signed in (src/hub/web). Every body is bounded and checked, every failure is an errorBody.
 */
import type { Context, MiddlewareHandler } from "hono";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { stream, streamSSE } from "hono/streaming";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as v from "valibot";
import type { HubEvent } from "../../api/index.ts";
import { mostClipText, operations } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { DoorFacade, HomeAssistantFacade, HubFacade, MatterFacade } from "./facade.ts";

/** What the routes work with. */
export interface RoutesOptions {
  /** The hub with the rights of whoever asks. */
  readonly hubOf: (c: Context) => HubFacade;
  readonly clock: Clock;
  /** Ends the streams of whoever asks. */
  readonly endOf: (c: Context) => AbortSignal;
}

/** The hub's own interface at its socket. */
export interface HubAppOptions {
  readonly hub: HubFacade;
  readonly door: DoorFacade;
  readonly homeAssistant: HomeAssistantFacade;
  readonly matter: MatterFacade;
  readonly clock: Clock;
  /** Aborted when the hub stops: ends the streams. */
  readonly closing: AbortSignal;
  readonly log: Log;
}

const mostOctets = 16 * 1024;
/** Paths whose requests may be larger. */
const larger: Readonly<Record<string, number>> = { [operations.hear.path]: mostClipText + 1024 };
/** A reader that is behind by more events than this is cut off. */
const mostBehind = 1024;
const keepAliveMs = 15_000;

/** The application that serves the hub's interface at its socket, whose owner may do everything. */
export function hubApp({ hub, door, homeAssistant, matter, log, clock, closing }: HubAppOptions): Hono {
  const app = bareApp(log);
  addRoutes(app, { hubOf: () => hub, clock, endOf: () => closing });
  app.post(operations.open.path, async (c) => c.json(await door.open(await read(operations.open.request, c.req.raw))));
  app.post(operations.tokenAdd.path, async (c) => c.json(await door.tokenAdd(await read(operations.tokenAdd.request, c.req.raw))));
  app.get(operations.tokens.path, async (c) => c.json({ tokens: await door.tokens() }));
  app.post(operations.tokenDelete.path, async (c) => {
    const { id } = await read(operations.tokenDelete.request, c.req.raw);
    return c.json({ token: await door.tokenDelete(id) });
  });
  app.post(operations.haConnect.path, async (c) => c.json(await homeAssistant.connect()));
  app.post(operations.haDisconnect.path, async (c) => {
    await homeAssistant.disconnect();
    return c.json({});
  });
  app.get(operations.haDevices.path, async (c) => c.json(await homeAssistant.devices()));
  app.post(operations.haShare.path, async (c) => {
    const { devices, shared } = await read(operations.haShare.request, c.req.raw);
    return c.json({ devices: await homeAssistant.share(devices, shared) });
  });
  app.get(operations.matterStatus.path, async (c) => c.json(await matter.status()));
  app.post(operations.matterPair.path, async (c) => c.json(await matter.pair()));
  app.post(operations.matterDisconnect.path, async (c) => c.json(await matter.disconnect()));
  app.get(operations.matterDevices.path, async (c) => c.json(await matter.devices()));
  app.post(operations.matterShare.path, async (c) => {
    const { devices, shared } = await read(operations.matterShare.request, c.req.raw);
    return c.json({ devices: await matter.share(devices, shared) });
  });
  return app;
}

/** An application without routes: bodies are bounded, failures are errorBody with the status of their code. */
export function bareApp(log: Log, statusOf: (error: MeshError, c: Context) => number = ({ httpStatus }) => httpStatus): Hono {
  const app = new Hono();
  const limit = (maxSize: number): MiddlewareHandler =>
    bodyLimit({
      maxSize,
      onError: () => {
        throw new MeshError("ERR_TOO_LARGE", `the request is larger than ${maxSize} octets`);
      },
    });
  const usual = limit(mostOctets);
  const limits = new Map(Object.entries(larger).map(([path, most]) => [path, limit(most)]));
  app.use((c, next) => (limits.get(c.req.path) ?? usual)(c, next));
  app.onError((thrown, c) => {
    const error = asMeshError(thrown);
    if (error.code === "ERR_INTERNAL") log.error("api.failed", { path: c.req.path, reason: error.message });
    return c.json(bodyOf(error), statusOf(error, c) as ContentfulStatusCode);
  });
  app.notFound((c) => c.json(bodyOf(new MeshError("ERR_NOT_FOUND", `no route ${c.req.method} ${c.req.path.slice(0, 64)}`)), 404));
  return app;
}

/** The routes that socket and web share. */
export function addRoutes(app: Hono, { hubOf, clock, endOf }: RoutesOptions): void {
  app.get(operations.status.path, (c) => c.json(hubOf(c).status()));
  app.post(operations.clearAlarm.path, async (c) => c.json(await hubOf(c).clearAlarm()));
  app.post(operations.audit.path, async (c) => c.json({ lines: await hubOf(c).audit(await read(operations.audit.request, c.req.raw)) }));
  app.post(operations.auditVerify.path, async (c) => c.json(await hubOf(c).auditVerify()));
  app.get(operations.devices.path, (c) => c.json({ devices: hubOf(c).devices() }));
  app.get(operations.onboardings.path, (c) => c.json({ onboardings: hubOf(c).onboardings() }));
  app.get(operations.places.path, (c) => c.json({ places: hubOf(c).house().places() }));
  app.get(operations.questions.path, (c) => c.json({ questions: hubOf(c).house().questions() }));
  app.post(operations.edit.path, async (c) =>
    c.json(
      hubOf(c)
        .house()
        .edit(await read(operations.edit.request, c.req.raw)),
    ),
  );
  app.get(operations.grants.path, (c) => c.json({ grants: hubOf(c).house().grants() }));
  app.get(operations.offers.path, (c) => c.json({ offers: hubOf(c).house().offers() }));
  app.get(operations.scenes.path, (c) => c.json({ scenes: hubOf(c).house().scenes() }));
  app.get(operations.logs.path, (c) => c.json({ lines: hubOf(c).house().logs() }));
  app.get(operations.settings.path, (c) => c.json(hubOf(c).settings()));
  app.post(operations.history.path, async (c) => c.json(hubOf(c).history(await read(operations.history.request, c.req.raw))));
  app.post(operations.say.path, async (c) => c.json(await hubOf(c).say(await read(operations.say.request, c.req.raw))));
  app.post(operations.listen.path, async (c) => c.json(await hubOf(c).listen(await read(operations.listen.request, c.req.raw))));
  app.post(operations.hear.path, async (c) => c.json(await hubOf(c).hear(await read(operations.hear.request, c.req.raw))));
  app.get(operations.automations.path, (c) => c.json({ automations: hubOf(c).automations() }));
  app.post(operations.deleteAutomation.path, async (c) =>
    c.json(await hubOf(c).deleteAutomation(await read(operations.deleteAutomation.request, c.req.raw))),
  );
  app.post(operations.resumeAutomation.path, async (c) =>
    c.json(await hubOf(c).resumeAutomation(await read(operations.resumeAutomation.request, c.req.raw))),
  );
  app.post(operations.command.path, async (c) => c.json(await hubOf(c).command(await read(operations.command.request, c.req.raw))));
  app.post(operations.orderNonce.path, async (c) => c.json(await hubOf(c).orderNonce(await read(operations.orderNonce.request, c.req.raw))));
  app.post(operations.orderGive.path, async (c) => c.json(await hubOf(c).orderGive(await read(operations.orderGive.request, c.req.raw))));
  app.post(operations.orderReport.path, async (c) => c.json(await hubOf(c).orderReport(await read(operations.orderReport.request, c.req.raw))));
  app.post(operations.update.path, async (c) => c.json(await hubOf(c).update(await read(operations.update.request, c.req.raw))));
  app.post(operations.removal.path, async (c) => c.json(hubOf(c).removal(await read(operations.removal.request, c.req.raw))));
  app.post(operations.onboard.path, async (c) => {
    const request = await read(operations.onboard.request, c.req.raw);
    c.header("Content-Type", "application/x-ndjson");
    const closing = endOf(c);
    return stream(c, async (out) => {
      const gone = new AbortController();
      const end = (): void => gone.abort();
      out.onAbort(end);
      closing.addEventListener("abort", end, { once: true });
      try {
        for await (const line of hubOf(c).onboard(request, gone.signal)) await out.write(`${JSON.stringify(line)}\n`);
      } finally {
        closing.removeEventListener("abort", end);
      }
    });
  });
  app.get(operations.events.path, (c) => {
    const closing = endOf(c);
    return streamSSE(c, async (out) => {
      const waiting: HubEvent[] = [];
      const gone = new AbortController();
      let news = new AbortController();
      const end = (): void => {
        gone.abort();
        news.abort();
      };
      const undo = hubOf(c).onEvent((event) => {
        if (waiting.push(event) > mostBehind) end();
        news.abort();
      });
      out.onAbort(end);
      closing.addEventListener("abort", end, { once: true });
      try {
        // Whoever listens knows from here on that nothing passes unseen.
        await out.write(": listening\n\n");
        while (!gone.signal.aborted && !closing.aborted) {
          for (let event = waiting.shift(); event; event = waiting.shift()) await out.writeSSE({ event: event.kind, data: JSON.stringify(event) });
          news = new AbortController();
          if (waiting.length > 0 || gone.signal.aborted) continue;
          const isQuiet = await clock.sleep(keepAliveMs, news.signal).then(
            () => true,
            () => false,
          );
          if (isQuiet) await out.writeSSE({ event: "here", data: JSON.stringify({ kind: "here", at: dateTime(clock.now()) } satisfies HubEvent) });
        }
      } finally {
        undo();
        closing.removeEventListener("abort", end);
      }
    });
  });
}

function bodyOf({ code, message, hint }: MeshError): { error: { code: string; message: string; hint: string } } {
  return { error: { code, message, hint } };
}

/** The checked body of a request. Errors: ERR_USAGE with the path and the reason. */
export async function read<const S extends v.GenericSchema>(schema: S, request: Request): Promise<v.InferOutput<S>> {
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
