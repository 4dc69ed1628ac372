/**
 * What whoever reaches the hub may ask without a secret: how to trust it, and to show it a code, which waits for somebody who is let in. Nothing of what
 * is told is a secret, and nothing of it is believed: a person compares the fingerprint with what the hub's own terminal says.
 */
import type { Context, Hono } from "hono";
import { operations, showCodeRequest } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { NetworkQuota } from "../../base/crowd/network-quota.ts";
import { MeshError } from "../../base/errors.ts";
import { certificateOctets } from "../../crypto/index.ts";
import { read } from "../routes/route.ts";
import { originOf } from "./caller.ts";
import { ShownCodes, shownMinutes } from "./shown-codes.ts";

/** What whoever does not trust this hub yet may know of it. */
export interface Welcome {
  readonly hubUdf: string;
  /** Of HTTPS. */
  readonly port?: number;
  /** SHA-256 of the hub's authority or of its own certificate. */
  readonly fingerprint?: string;
}

/** What the routes work with. */
export interface WelcomeRoutesOptions {
  readonly welcome: () => Welcome;
  /** PEM of the hub's own authority; undefined when it has none. */
  readonly authority: () => string | undefined;
  /** Refuses what another site's page sent. */
  readonly checkOwn: (c: Context) => void;
  readonly clock: Clock;
}

/** Codes that one network shows over plain HTTP. */
const codesShown = { burst: 8, everyMs: 15_000 };

/** Adds the routes, and those by which the codes that were shown are taken. */
export function addWelcomeRoutes(app: Hono, { welcome, authority, checkOwn, clock }: WelcomeRoutesOptions): void {
  const shown = new ShownCodes(clock);
  const showing = new NetworkQuota(codesShown, clock);
  app.get(operations.shownCodes.path, (c) => c.json({ codes: shown.list() }));
  app.post(operations.codeDismiss.path, async (c) => {
    shown.remove((await read(operations.codeDismiss.request, c.req.raw)).id);
    return c.json({});
  });
  app.post("/welcome/code", async (c) => {
    // No page of another site may let a browser of the house do it.
    checkOwn(c);
    const { address } = originOf(c);
    if (!showing.take(address)) {
      const seconds = Math.ceil(showing.waitMs(address) / 1000);
      c.header("retry-after", String(seconds));
      throw new MeshError("ERR_QUOTA", `more than ${codesShown.burst} codes from ${address} at once`, { hint: `try again in ${seconds} s` });
    }
    shown.add((await read(showCodeRequest, c.req.raw)).uri, address);
    return c.json({ minutes: shownMinutes });
  });
  app.get("/welcome.json", (c) => c.json(welcome()));
  app.get("/authority.crt", () => {
    const pem = authority();
    if (pem === undefined) throw new MeshError("ERR_NOT_FOUND", "this hub has no authority of its own");
    return new Response(new Uint8Array(certificateOctets(pem)), { headers: { "content-type": "application/x-x509-ca-cert" } });
  });
}
