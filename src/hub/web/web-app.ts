/**
 * The hub over the web: the page's files for everybody who reaches it, everything else for who has signed in or shows a token, with no more rights than
 * these have. Shapes and paths are those of the unix socket. Over plain HTTP that leaves the machine nobody is let in: whoever listens would have the secret.
 */

import type { Context, Hono, MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { SessionView } from "../../api/index.ts";
import { operations, showCodeRequest } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import { NetworkQuota } from "../../base/crowd/network-quota.ts";
import { MeshError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { certificateOctets } from "../../crypto/index.ts";
import type { Principal } from "../command/principal.ts";
import { addRoutes, bareApp, read } from "../routes/app.ts";
import type { HubFacade } from "../routes/facade.ts";
import type { Bindings } from "./caller.ts";
import { isEncrypted, isPrivate, originOf } from "./caller.ts";
import type { Credential, CredentialBook } from "./credential-book.ts";
import { webPrincipal } from "./credential-book.ts";
import type { Door } from "./door.ts";
import { pageDays } from "./door.ts";
import { checkHost, checkOrigin, securityHeaders } from "./guard.ts";
import { addMetrics, metricsPath } from "./metrics.ts";
import type { PageFiles } from "./page-files.ts";
import { addPasskeyRoutes } from "./passkey-routes.ts";
import { Passkeys } from "./passkeys.ts";
import { ShownCodes, shownMinutes } from "./shown-codes.ts";
import { StrangerPace } from "./stranger-pace.ts";
import { StreamCount } from "./stream-count.ts";

/** What the web is made of. */
export interface WebAppOptions {
  readonly hub: HubFacade;
  readonly door: Door;
  readonly book: CredentialBook;
  readonly files: PageFiles;
  /** Whoever shows the token of a grant of the account; absent where there are none. */
  readonly bearer?: (token: string) => Principal | undefined;
  /** Whether the owner's machines know a passkey, by its credential id, and see what it has signed. */
  readonly signs?: (passkey: string) => boolean;
  /** Names, beside addresses and localhost, that the hub is reached by. */
  readonly names: readonly string[];
  /** Language of what people say and are told. */
  readonly language: string;
  /** Language of the clips of speech that are understood; absent where none are. */
  readonly hears?: string | undefined;
  /** What whoever does not trust this hub yet may know of it. */
  readonly welcome: () => Welcome;
  /** PEM of the hub's own authority; undefined when it has none. */
  readonly authority: () => string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly closing: AbortSignal;
}

/** What whoever does not trust this hub yet may know of it. */
export interface Welcome {
  readonly hubUdf: string;
  /** Of HTTPS. */
  readonly port?: number;
  /** SHA-256 of the hub's authority or of its own certificate. */
  readonly fingerprint?: string;
}

/** Wrong secrets of one network: a person who mistypes has enough, who guesses 256 bits gets nowhere. */
const wrongSecrets = { burst: 10, everyMs: 6000 };
/** Requests with one credential: more than a page makes whose slider is dragged. */
const requests = { burst: 240, everyMs: 25 };

/** Codes that one network shows over plain HTTP. */
const codesShown = { burst: 8, everyMs: 15_000 };

const cookieName = "mesh_session";
const lookMs = 60_000;
const secureCookieName = "__Host-mesh_session";

/** The application that is served over the web. */
export function webApp(options: WebAppOptions): Hono {
  const { hub, door, book, files, names, clock, log, closing } = options;
  const headers = Object.entries(securityHeaders({ microphone: options.hears !== undefined }));
  const callers = new WeakMap<Request, Credential>();
  // Holders of grants: looked up with each request, so that one that was taken back counts no more.
  const holders = new WeakMap<Credential, Principal>();
  const holderOf = (token: string | undefined): Credential | undefined => {
    const principal = token === undefined ? undefined : options.bearer?.(token);
    if (!principal) return undefined;
    const holder: Credential = { id: principal.id, kind: "token", name: principal.name, digest: "", rights: [], created: 0 };
    holders.set(holder, principal);
    return holder;
  };
  const principalOf = (caller: Credential): Principal => holders.get(caller) ?? webPrincipal(caller);
  const wrong = new NetworkQuota(wrongSecrets, clock);
  const paces = new NetworkQuota(requests, clock);
  const strangers = new StrangerPace(clock);
  const streams = new StreamCount();
  // Who is let in but lacks a right is not asked to sign in again.
  const app = bareApp(log, ({ code, httpStatus }, c) => (code === "ERR_NOT_AUTHORIZED" && callers.has(c.req.raw) ? 403 : httpStatus));

  app.use(async (c, next) => {
    for (const [name, value] of headers) c.header(name, value);
    const { token, cookie } = secretsOf(c);
    const secret = token ?? cookie;
    const found = secret === undefined || !isPrivate(c) ? undefined : (book.find(secret) ?? holderOf(token));
    if (found) callers.set(c.req.raw, found);
    // Only who has no secret that counts is held against the others: a flood of strangers keeps nobody out who has one.
    const refused = found ? undefined : strangers.refusal(originOf(c), isSigningIn(c) ? "sign-in" : "look");
    if (refused) {
      c.header("retry-after", String(refused.seconds));
      throw refused.error;
    }
    checkHost(c.req.header("host"), names);
    await next();
  });
  const guarded: MiddlewareHandler = async (c, next) => {
    c.header("cache-control", "no-store");
    const { token, cookie } = secretsOf(c);
    checkOrigin({ ...originParts(c), method: c.req.method, byCookie: cookie !== undefined && token === undefined });
    if (!isPrivate(c)) {
      throw new MeshError("ERR_NOT_AUTHORIZED", "nobody is let in over plain HTTP", {
        hint: "use the address with https, or the machine's own browser; a proxy has to speak to the hub over HTTPS",
      });
    }
    if ((token ?? cookie) !== undefined && !callers.has(c.req.raw)) refuseGuessing(c, wrong);
    if (!isSigningIn(c)) checkRight(c, callerOf(c));
    await next();
  };
  app.use("/v1/*", guarded);
  app.use(metricsPath, guarded);
  const callerOf = (c: Context): Credential => {
    const caller = callers.get(c.req.raw);
    if (!caller)
      throw new MeshError("ERR_NOT_AUTHORIZED", "sign in first", {
        hint: "'mesh-hub open' on the hub prints a link; programs use a token: 'mesh-hub token add'",
      });
    if (!paces.take(caller.id)) {
      throw new MeshError("ERR_QUOTA", `more than ${1000 / requests.everyMs} requests a second with one token or page`, {
        hint: "ask less often: /v1/events tells what changes",
      });
    }
    return caller;
  };
  const checkRight = (c: Context, caller: Credential): void => {
    // HEAD is answered by what answers GET.
    const wanted = c.req.method === "HEAD" ? "GET" : c.req.method;
    const asked =
      c.req.path === metricsPath
        ? ({ right: "read" } as const)
        : Object.values(operations).find(({ method, path }) => method === wanted && path === c.req.path);
    if (asked === undefined || asked.right === "machine" || asked.right === "sign-in") return;
    if (!hub.as(principalOf(caller)).has(asked.right)) {
      throw new MeshError("ERR_NOT_AUTHORIZED", `${caller.kind} ${caller.name} lacks the right to ${asked.right}`, {
        hint: "'mesh-hub token add' makes one with more rights",
      });
    }
  };

  const sessionOf = ({ id, name, kind, rights, until }: Credential): SessionView => {
    const passkey = book.passkeyOf(id);
    return {
      name,
      kind: kind === "token" ? "token" : "page",
      rights,
      language: options.language,
      ...(options.hears === undefined ? {} : { hears: options.hears }),
      ...(until === undefined ? {} : { until: dateTime(until) }),
      ...(passkey === undefined ? {} : { passkey: options.signs?.(passkey.id) === true ? "signs" : "added" }),
    };
  };

  // What signs in is not let in by a cookie of before: it has to come from the hub's own page all the same.
  const checkOwn = (c: Context): void => checkOrigin({ ...originParts(c), method: "POST", byCookie: true });
  const letIn = (c: Context, { credential, secret }: { readonly credential: Credential; readonly secret: string }): SessionView => {
    const secure = isEncrypted(c);
    setCookie(c, secure ? secureCookieName : cookieName, secret, {
      httpOnly: true,
      secure,
      sameSite: "Strict",
      path: "/",
      maxAge: pageDays * 86_400,
    });
    log.info("web.signed-in", { page: credential.name, id: credential.id, address: originOf(c).address });
    return sessionOf(credential);
  };
  app.post(operations.signIn.path, async (c) => {
    checkOwn(c);
    const { link } = await read(operations.signIn.request, c.req.raw).catch(() => ({ link: "" }));
    const signedIn = await door.signIn(link).catch((error: unknown) => {
      refuseGuessing(c, wrong);
      throw error;
    });
    return c.json(letIn(c, signedIn));
  });
  addPasskeyRoutes(app, {
    passkeys: new Passkeys({ book, names, clock, random: options.random }),
    callerOf: (c) => callers.get(c.req.raw),
    checkOwn,
    refuseGuessing: (c) => refuseGuessing(c, wrong),
    letIn: async (c, { id: by, name, device }) => letIn(c, await door.letIn({ name, device, by })),
    houseOf: (c) => hub.as(principalOf(callers.get(c.req.raw) as Credential)).house(),
  });
  app.get(operations.session.path, (c) => c.json(sessionOf(callers.get(c.req.raw) as Credential)));
  app.post(operations.signOut.path, async (c) => {
    const { id, name } = callers.get(c.req.raw) as Credential;
    await book.delete(id);
    deleteCookie(c, isEncrypted(c) ? secureCookieName : cookieName, { path: "/", secure: isEncrypted(c) });
    return c.json({ name });
  });
  app.get("/v1/openapi.json", async () => files.openApi());
  app.use(operations.events.path, async (c, next) => {
    const caller = callers.get(c.req.raw) as Credential;
    const { id } = caller;
    // A stream would outlive what was granted.
    if (holders.has(caller))
      throw new MeshError("ERR_NOT_AUTHORIZED", `${caller.name} follows no events`, { hint: "ask GET /v1/devices from time to time" });
    const leave = streams.enter(id);
    endOf(c).addEventListener("abort", leave, { once: true });
    await next();
  });
  const ends = new WeakMap<Request, AbortSignal>();
  const endOf = (c: Context): AbortSignal => {
    const known = ends.get(c.req.raw);
    if (known) return known;
    const caller = callers.get(c.req.raw);
    const end = new AbortController();
    const finish = (): void => end.abort();
    const undo = book.onEnded((id) => {
      if (id === caller?.id) finish();
    });
    closing.addEventListener("abort", finish, { once: true });
    (c.env as Bindings | undefined)?.outgoing?.once("close", finish);
    end.signal.addEventListener("abort", () => {
      undo();
      closing.removeEventListener("abort", finish);
    });
    if (caller?.until !== undefined) void endAt(caller.until, { clock, end });
    ends.set(c.req.raw, end.signal);
    return end.signal;
  };
  // A house of two hundred devices is two hundred kilobytes of words that are alike.
  app.use(operations.devices.path, compress());
  addRoutes(app, { hubOf: (c) => hub.as(principalOf(callers.get(c.req.raw) as Credential)), clock, endOf });
  addMetrics(app, (request) => hub.as(principalOf(callers.get(request) as Credential)));
  const shown = new ShownCodes(clock);
  app.get(operations.shownCodes.path, (c) => c.json({ codes: shown.list() }));
  app.post(operations.codeDismiss.path, async (c) => {
    shown.remove((await read(operations.codeDismiss.request, c.req.raw)).id);
    return c.json({});
  });
  const showing = new NetworkQuota(codesShown, clock);
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
  // Nothing of these is a secret, and nothing of them is believed: a person compares the fingerprint with what the hub's own terminal says.
  app.get("/welcome.json", (c) => c.json(options.welcome()));
  app.get("/authority.crt", () => {
    const authority = options.authority();
    if (authority === undefined) throw new MeshError("ERR_NOT_FOUND", "this hub has no authority of its own");
    return new Response(new Uint8Array(certificateOctets(authority)), { headers: { "content-type": "application/x-x509-ca-cert" } });
  });
  app.get("*", (c) => files.answer(c.req.path, c.req.header("accept-encoding") ?? ""));
  return app;
}

/** Ends what goes on for longer than its secret counts. The time of day may be set in between, so it is looked at every minute. */
async function endAt(until: number, { clock, end }: { readonly clock: Clock; readonly end: AbortController }): Promise<void> {
  const { signal } = end;
  while (!signal.aborted && clock.now() < until) await clock.sleep(Math.min(until - clock.now(), lookMs), signal).catch(() => undefined);
  end.abort();
}

/** What a request comes with to show whose it is. */
function secretsOf(c: Context): { readonly token: string | undefined; readonly cookie: string | undefined } {
  return {
    token: /^Bearer ([A-Za-z0-9_-]{1,128})$/.exec(c.req.header("authorization") ?? "")?.[1],
    cookie: getCookie(c, isEncrypted(c) ? secureCookieName : cookieName),
  };
}

/** What may be asked without a secret: it gives one. */
const ways: readonly string[] = [operations.signIn, operations.passkeyChallenge, operations.passkeySignIn].map(({ path }) => path);

function isSigningIn(c: Context): boolean {
  return ways.includes(c.req.path) && c.req.method === "POST";
}

function originParts(c: Context) {
  return {
    origin: c.req.header("origin"),
    site: c.req.header("sec-fetch-site"),
    host: c.req.header("host"),
    scheme: isEncrypted(c) ? ("https" as const) : ("http" as const),
  };
}

/** Counts a wrong secret against where it came from. ERR_QUOTA. */
function refuseGuessing(c: Context, wrong: NetworkQuota): void {
  const { address } = originOf(c);
  if (wrong.take(address)) return;
  throw new MeshError("ERR_QUOTA", `more than ${wrongSecrets.burst} wrong links or tokens from ${address}`, {
    hint: `wait ${wrongSecrets.everyMs / 1000} s`,
  });
}
