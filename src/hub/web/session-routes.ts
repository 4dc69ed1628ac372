/** Signing in and out: by a link of the hub's own terminal or by a passkey, and what a page or program is told of itself. */
import type { Context, Hono } from "hono";
import type { SessionView } from "../../api/index.ts";
import { operations } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { dateTime } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Random } from "../../base/random.ts";
import { read } from "../routes/route.ts";
import type { Admission } from "./admission.ts";
import { originOf } from "./caller.ts";
import type { Credential, CredentialBook } from "./credential-book.ts";
import type { Door } from "./door.ts";
import { addPasskeyRoutes } from "./passkey-routes.ts";
import { Passkeys } from "./passkeys.ts";
import { deleteSession, setSession } from "./session-cookie.ts";

/** What the routes work with. */
export interface SessionRoutesOptions {
  readonly admission: Admission;
  readonly door: Door;
  readonly book: CredentialBook;
  /** Names, beside addresses and localhost, that the hub is reached by. */
  readonly names: readonly string[];
  /** Whether the owner's machines know a passkey, by its credential id, and see what it has signed. */
  readonly signs?: (passkey: string) => boolean;
  /** Language of what people say and are told. */
  readonly language: string;
  /** Language of the clips of speech that are understood now; undefined where none are. */
  readonly hears?: (() => string | undefined) | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Adds the routes. */
export function addSessionRoutes(app: Hono, options: SessionRoutesOptions): void {
  const { admission, door, book, names, clock, random, log } = options;
  const letIn = (c: Context, { credential, secret }: { readonly credential: Credential; readonly secret: string }): SessionView => {
    setSession(c, secret);
    log.info("web.signed-in", { page: credential.name, id: credential.id, address: originOf(c).address });
    return sessionOf(credential, options);
  };
  app.post(operations.signIn.path, async (c) => {
    admission.checkOwn(c);
    const { link } = await read(operations.signIn.request, c.req.raw).catch(() => ({ link: "" }));
    const signedIn = await door.signIn(link).catch((error: unknown) => {
      admission.refuseGuessing(c);
      throw error;
    });
    return c.json(letIn(c, signedIn));
  });
  addPasskeyRoutes(app, {
    passkeys: new Passkeys({ book, names, clock, random }),
    callerOf: (c) => admission.find(c),
    checkOwn: (c) => admission.checkOwn(c),
    refuseGuessing: (c) => admission.refuseGuessing(c),
    letIn: async (c, { id: by, name, device }) => letIn(c, await door.letIn({ name, device, by })),
    houseOf: (c) => admission.hubOf(c).house(),
  });
  app.get(operations.session.path, (c) => c.json(sessionOf(admission.callerOf(c), options)));
  app.post(operations.signOut.path, async (c) => {
    const { id, name } = admission.callerOf(c);
    await book.delete(id);
    deleteSession(c);
    return c.json({ name });
  });
}

function sessionOf({ id, name, kind, rights, until }: Credential, { book, language, hears, signs }: SessionRoutesOptions): SessionView {
  const passkey = book.passkeyOf(id);
  const heard = hears?.();
  return {
    name,
    kind: kind === "token" ? "token" : "page",
    rights,
    language,
    ...(heard === undefined ? {} : { hears: heard }),
    ...(until === undefined ? {} : { until: dateTime(until) }),
    ...(passkey === undefined ? {} : { passkey: signs?.(passkey.id) === true ? "signs" : "added" }),
  };
}
