/** The cookie of a page that is signed in: over HTTPS one that no other host of its domain can set. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { isEncrypted } from "./caller.ts";
import { pageDays } from "./door.ts";

function nameOf(c: Context): string {
  return isEncrypted(c) ? "__Host-mesh_session" : "mesh_session";
}

/** The secret of the page that asks. */
export function sessionSecret(c: Context): string | undefined {
  return getCookie(c, nameOf(c));
}

/** Gives a page its secret. */
export function setSession(c: Context, secret: string): void {
  setCookie(c, nameOf(c), secret, { httpOnly: true, secure: isEncrypted(c), sameSite: "Strict", path: "/", maxAge: pageDays * 86_400 });
}

/** Takes it away. */
export function deleteSession(c: Context): void {
  deleteCookie(c, nameOf(c), { path: "/", secure: isEncrypted(c) });
}
