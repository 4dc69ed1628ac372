/** The routes of passkeys: what one has to sign, a new one, signing in by one, and a change that one has signed. Who signs in has shown nothing yet. */
import type { Context, Hono } from "hono";
import type { SessionView } from "../../api/index.ts";
import { operations } from "../../api/index.ts";
import { MeshError } from "../../base/errors.ts";
import type { HouseFacade } from "../routes/facade.ts";
import { read } from "../routes/route.ts";
import { isEncrypted } from "./caller.ts";
import type { Credential } from "./credential-book.ts";
import type { PasskeyPlace, Passkeys } from "./passkeys.ts";

/** What the routes work with. */
export interface PasskeyRoutesOptions {
  readonly passkeys: Passkeys;
  /** The page that asks; undefined for who has not signed in. */
  readonly callerOf: (c: Context) => Credential | undefined;
  /** Refuses what another site's page sent. */
  readonly checkOwn: (c: Context) => void;
  /** Counts what was wrong against where it came from. */
  readonly refuseGuessing: (c: Context) => void;
  /** Signs the page in as the holder of a passkey. */
  readonly letIn: (c: Context, passkey: Credential) => Promise<SessionView>;
  /** The house for whoever asks. */
  readonly houseOf: (c: Context) => HouseFacade;
}

/** Adds the routes. */
export function addPasskeyRoutes(app: Hono, { passkeys, callerOf, checkOwn, refuseGuessing, letIn, houseOf }: PasskeyRoutesOptions): void {
  const guessed = async <T>(c: Context, task: () => Promise<T> | T): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      refuseGuessing(c);
      throw error;
    }
  };
  app.post(operations.passkeyChallenge.path, async (c) => {
    checkOwn(c);
    const { purpose } = await read(operations.passkeyChallenge.request, c.req.raw).catch(() => ({ purpose: "sign-in" }) as const);
    if (purpose === "sign-in") return c.json(passkeys.beginSigningIn(placeOf(c)));
    return c.json(passkeys.beginAdding(pageOf(c), placeOf(c)));
  });
  app.post(operations.passkeyAdd.path, async (c) => {
    const page = pageOf(c);
    const request = await read(operations.passkeyAdd.request, c.req.raw);
    const { id, name } = await guessed(c, () => passkeys.add(page, placeOf(c), request));
    return c.json({ id, name });
  });
  app.post(operations.passkeySignIn.path, async (c) => {
    checkOwn(c);
    const request = await read(operations.passkeySignIn.request, c.req.raw).catch(() => {
      throw new MeshError("ERR_NOT_AUTHORIZED", "the passkey was not accepted");
    });
    return c.json(await letIn(c, await guessed(c, () => passkeys.verify(placeOf(c), request))));
  });

  app.post(operations.editChallenge.path, async (c) => {
    const page = pageOf(c);
    // Who has no passkey leaves nothing behind.
    passkeys.signer(page, placeOf(c));
    const { challenge } = houseOf(c).editToSign(await read(operations.editChallenge.request, c.req.raw));
    return c.json({ challenge, ...passkeys.beginSigning(page, placeOf(c), challenge) });
  });
  app.post(operations.editSigned.path, async (c) => {
    const page = pageOf(c);
    const use = await read(operations.editSigned.request, c.req.raw);
    const challenge = await guessed(c, () => passkeys.verifySigned(page, placeOf(c), use));
    return c.json(houseOf(c).editSigned({ challenge, use }));
  });

  function pageOf(c: Context): Credential {
    const page = callerOf(c);
    if (page) return page;
    throw new MeshError("ERR_NOT_AUTHORIZED", "sign in by a link first", { hint: "'mesh-hub open' on the hub prints one" });
  }
}

function placeOf(c: Context): PasskeyPlace {
  return { host: c.req.header("host"), scheme: isEncrypted(c) ? "https" : "http" };
}
