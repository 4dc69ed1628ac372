/** Whose page this is, and what it may. */
import { signal } from "@preact/signals";
import type { SessionView } from "../../api/web-v1.ts";
import { call } from "./call.ts";

export const session = signal<SessionView | undefined>(undefined);

/** Asks the hub. Errors: CallError. */
export async function refreshSession(): Promise<void> {
  session.value = await call<SessionView>("/v1/session");
}

/** Signs in by the secret of a link. Errors: CallError. */
export async function signIn(link: string): Promise<void> {
  session.value = await call<SessionView>("/v1/session", { link });
}

/** Ends the session here. */
export async function signOut(): Promise<void> {
  await call("/v1/session/end", {});
  location.reload();
}
