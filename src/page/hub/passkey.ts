/** Passkeys of this page: adds one to this device, signs in by one, signs what is asked for. */
import type { EditAsked, EditChallenged, EditRequest } from "../../api/house-v1.ts";
import type { PasskeyChallenge, SessionView } from "../../api/web-v1.ts";
import { call } from "./call.ts";

const authenticator = () => import("./authenticator.ts");

/** Whether this page may use passkeys: it was opened by a name, in a browser that has them. */
export function hasPasskeys(): boolean {
  return isSecureContext && typeof PublicKeyCredential === "function" && !/^[\d.]+$|^\[/.test(location.hostname);
}

/** Adds a passkey of this device. Errors: CallError; DOMException when the person or the authenticator says no. */
export async function addPasskey(name: string): Promise<void> {
  const begun = await call<PasskeyChallenge>("/v1/passkey/challenge", { purpose: "add" });
  await call("/v1/passkey/add", await (await authenticator()).makePasskey(name, begun));
}

/** Signs in by a passkey. Errors: as above. */
export async function signInByPasskey(): Promise<SessionView> {
  const { challenge, rp } = await call<PasskeyChallenge>("/v1/passkey/challenge", { purpose: "sign-in" });
  return call<SessionView>("/v1/passkey/sign-in", await (await authenticator()).usePasskey({ challenge, rp }));
}

/** Asks for a change that the passkey of this page has signed. Errors: as above. */
export async function askSigned(request: EditRequest): Promise<EditAsked> {
  const wanted = await call<EditChallenged>("/v1/edit/challenge", request);
  return call<EditAsked>("/v1/edit/signed", await (await authenticator()).usePasskey(wanted));
}
