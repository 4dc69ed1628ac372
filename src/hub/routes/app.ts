/**
 * The routes of the hub's interface (src/api): request in, response out, no socket of its own. Who asks is known before: whoever can open the hub's
 * socket is the owner of the machine; over the web it is whoever signed in (src/hub/web). Every body is bounded and checked, every failure is an errorBody.
 */
import type { Context, MiddlewareHandler } from "hono";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { mostClipText, operations } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { ConfigFacade, DoorFacade, HomeAssistantFacade, HouseFacade, HubFacade, MatterFacade } from "./facade.ts";
import { route } from "./route.ts";
import { addStreams, type StreamOptions } from "./streams.ts";

/** The hub's own interface at its socket. */
export interface HubAppOptions {
  readonly hub: HubFacade;
  readonly door: DoorFacade;
  readonly config: ConfigFacade;
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

/** The application that serves the hub's interface at its socket, whose owner may do everything. */
export function hubApp({ hub, door, config, homeAssistant, matter, log, clock, closing }: HubAppOptions): Hono {
  const app = bareApp(log);
  addRoutes(app, { hubOf: () => hub, clock, endOf: () => closing });
  addDoorRoutes(app, door);
  route(app, operations.reload, () => config.reload());
  addHomeAssistantRoutes(app, homeAssistant);
  addMatterRoutes(app, matter);
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

function bodyOf({ code, message, hint }: MeshError): { error: { code: string; message: string; hint: string } } {
  return { error: { code, message, hint } };
}

/** The routes that socket and web share. */
export function addRoutes(app: Hono, options: StreamOptions): void {
  const { hubOf } = options;
  addHubRoutes(app, hubOf);
  addDeviceRoutes(app, hubOf);
  addOrderRoutes(app, hubOf);
  addHouseRoutes(app, (c) => hubOf(c).house());
  addStreams(app, options);
}

type HubOf = StreamOptions["hubOf"];

/** The hub itself. */
function addHubRoutes(app: Hono, hubOf: HubOf): void {
  route(app, operations.status, (_, c) => hubOf(c).status());
  route(app, operations.clearAlarm, (_, c) => hubOf(c).clearAlarm());
  route(app, operations.audit, async (request, c) => ({ lines: await hubOf(c).audit(request) }));
  route(app, operations.auditVerify, (_, c) => hubOf(c).auditVerify());
  route(app, operations.settings, (_, c) => hubOf(c).settings());
  route(app, operations.removal, (request, c) => hubOf(c).removal(request));
}

/** Its devices. */
function addDeviceRoutes(app: Hono, hubOf: HubOf): void {
  route(app, operations.devices, (_, c) => ({ devices: hubOf(c).devices() }));
  route(app, operations.onboardings, (_, c) => ({ onboardings: hubOf(c).onboardings() }));
  route(app, operations.history, (request, c) => hubOf(c).history(request));
  route(app, operations.update, (request, c) => hubOf(c).update(request));
}

/** What is said to it and ordered, now and for another time. */
function addOrderRoutes(app: Hono, hubOf: HubOf): void {
  route(app, operations.say, (request, c) => hubOf(c).say(request));
  route(app, operations.listen, (request, c) => hubOf(c).listen(request));
  route(app, operations.hear, (request, c) => hubOf(c).hear(request));
  route(app, operations.automations, (_, c) => ({ automations: hubOf(c).automations() }));
  route(app, operations.deleteAutomation, (request, c) => hubOf(c).deleteAutomation(request));
  route(app, operations.resumeAutomation, (request, c) => hubOf(c).resumeAutomation(request));
  route(app, operations.command, (request, c) => hubOf(c).command(request));
  route(app, operations.orderNonce, (request, c) => hubOf(c).orderNonce(request));
  route(app, operations.orderGive, (request, c) => hubOf(c).orderGive(request));
  route(app, operations.orderReport, (request, c) => hubOf(c).orderReport(request));
}

/** The house besides its devices. */
function addHouseRoutes(app: Hono, houseOf: (c: Context) => HouseFacade): void {
  route(app, operations.places, (_, c) => ({ places: houseOf(c).places() }));
  route(app, operations.questions, (_, c) => ({ questions: houseOf(c).questions() }));
  route(app, operations.edit, async (request, c) => {
    const asked = houseOf(c).edit(request);
    const notes = await houseOf(c).doubts(request);
    return notes.length === 0 ? asked : { ...asked, notes };
  });
  route(app, operations.grants, (_, c) => ({ grants: houseOf(c).grants() }));
  route(app, operations.offers, (_, c) => ({ offers: houseOf(c).offers() }));
  route(app, operations.scenes, (_, c) => ({ scenes: houseOf(c).scenes() }));
  route(app, operations.namesInDoubt, (_, c) => houseOf(c).namesInDoubt());
  route(app, operations.logs, (_, c) => ({ lines: houseOf(c).logs() }));
}

/** Who may come in over the web. */
function addDoorRoutes(app: Hono, door: DoorFacade): void {
  route(app, operations.open, (request) => door.open(request));
  route(app, operations.tokenAdd, (request) => door.tokenAdd(request));
  route(app, operations.tokens, async () => ({ tokens: await door.tokens() }));
  route(app, operations.tokenDelete, async ({ id }) => ({ token: await door.tokenDelete(id) }));
}

function addHomeAssistantRoutes(app: Hono, homeAssistant: HomeAssistantFacade): void {
  route(app, operations.haConnect, () => homeAssistant.connect());
  route(app, operations.haDisconnect, async () => {
    await homeAssistant.disconnect();
    return {};
  });
  route(app, operations.haDevices, () => homeAssistant.devices());
  route(app, operations.haShare, async ({ devices, shared }) => ({ devices: await homeAssistant.share(devices, shared) }));
}

function addMatterRoutes(app: Hono, matter: MatterFacade): void {
  route(app, operations.matterStatus, () => matter.status());
  route(app, operations.matterPair, () => matter.pair());
  route(app, operations.matterDisconnect, () => matter.disconnect());
  route(app, operations.matterDevices, () => matter.devices());
  route(app, operations.matterShare, async ({ devices, shared }) => ({ devices: await matter.share(devices, shared) }));
}
