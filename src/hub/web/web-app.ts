/**
 * The hub over the web: the page's files for everybody who reaches it, everything else for who has signed in or shows a token, with no more rights than
 * these have. Shapes and paths are those of the unix socket.
 */
import type { Hono } from "hono";
import { compress } from "hono/compress";
import { operations } from "../../api/index.ts";
import { MeshError } from "../../base/errors.ts";
import { addRoutes, bareApp } from "../routes/app.ts";
import type { AdmissionOptions } from "./admission.ts";
import { Admission } from "./admission.ts";
import { securityHeaders } from "./guard.ts";
import { addMetrics, metricsPath } from "./metrics.ts";
import type { PageFiles } from "./page-files.ts";
import type { SessionRoutesOptions } from "./session-routes.ts";
import { addSessionRoutes } from "./session-routes.ts";
import { StreamCount } from "./stream-count.ts";
import { StreamEnds } from "./stream-ends.ts";
import type { WelcomeRoutesOptions } from "./welcome-routes.ts";
import { addWelcomeRoutes } from "./welcome-routes.ts";

/** What the web is made of. */
export interface WebAppOptions extends AdmissionOptions, Omit<SessionRoutesOptions, "admission">, Omit<WelcomeRoutesOptions, "checkOwn"> {
  readonly files: PageFiles;
  readonly closing: AbortSignal;
}

/** The application that is served over the web. */
export function webApp(options: WebAppOptions): Hono {
  const { book, files, clock, log, closing } = options;
  const admission = new Admission(options);
  const ends = new StreamEnds({ book, callerOf: (c) => admission.find(c), clock, closing });
  const streams = new StreamCount();
  // Who is let in but lacks a right is not asked to sign in again.
  const app = bareApp(log, ({ code, httpStatus }, c) => (code === "ERR_NOT_AUTHORIZED" && admission.find(c) ? 403 : httpStatus));
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(securityHeaders({ microphone: options.hears?.() !== undefined }))) c.header(name, value);
    await next();
  });
  app.use(admission.recognise);
  app.use("/v1/*", admission.guard);
  app.use(metricsPath, admission.guard);
  addSessionRoutes(app, { ...options, admission });
  app.get("/v1/openapi.json", async () => files.openApi());
  app.use(operations.events.path, async (c, next) => {
    const caller = admission.callerOf(c);
    // A stream would outlive what was granted.
    if (admission.isHolder(caller))
      throw new MeshError("ERR_NOT_AUTHORIZED", `${caller.name} follows no events`, { hint: "ask GET /v1/devices from time to time" });
    const leave = streams.enter(caller.id);
    ends.of(c).addEventListener("abort", leave, { once: true });
    await next();
  });
  // A house of two hundred devices is two hundred kilobytes of words that are alike.
  app.use(operations.devices.path, compress());
  addRoutes(app, { hubOf: (c) => admission.hubOf(c), clock, endOf: (c) => ends.of(c) });
  addMetrics(app, (c) => admission.hubOf(c));
  addWelcomeRoutes(app, { ...options, checkOwn: (c) => admission.checkOwn(c) });
  app.get("*", (c) => files.answer(c.req.path, c.req.header("accept-encoding") ?? ""));
  return app;
}
