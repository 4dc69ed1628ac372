/** Passkeys in the browser: adds one to this device, signs in by one. What goes to the authenticator and comes from it is octets; over the wire they are base64url. */
import type { PasskeyAddRequest, PasskeyChallenge, PasskeySignInRequest, SessionView } from "../../api/web-v1.ts";
import { call } from "./call.ts";

/** Whether this page may use passkeys: it was opened by a name, in a browser that has them. */
export function hasPasskeys(): boolean {
  return isSecureContext && typeof PublicKeyCredential === "function" && !/^[\d.]+$|^\[/.test(location.hostname);
}

/** Adds a passkey of this device. Errors: CallError; DOMException when the person or the authenticator says no. */
export async function addPasskey(name: string): Promise<void> {
  const { challenge, rp, user, known } = await call<PasskeyChallenge>("/v1/passkey/challenge", { purpose: "add" });
  const made = (await navigator.credentials.create({
    publicKey: {
      challenge: octets(challenge),
      rp: { id: rp, name: "Mesh Hub" },
      user: { id: octets(user), name, displayName: name },
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      excludeCredentials: known.map((id) => ({ type: "public-key", id: octets(id) })),
      attestation: "none",
    },
  })) as PublicKeyCredential;
  const { clientDataJSON, attestationObject } = made.response as AuthenticatorAttestationResponse;
  const request: PasskeyAddRequest = { name, id: made.id, clientData: text(clientDataJSON), attestation: text(attestationObject) };
  await call("/v1/passkey/add", request);
}

/** Signs in by a passkey. Errors: as above. */
export async function signInByPasskey(): Promise<SessionView> {
  const { challenge, rp } = await call<PasskeyChallenge>("/v1/passkey/challenge", { purpose: "sign-in" });
  const shown = (await navigator.credentials.get({
    publicKey: { challenge: octets(challenge), rpId: rp, userVerification: "required" },
  })) as PublicKeyCredential;
  const { clientDataJSON, authenticatorData, signature } = shown.response as AuthenticatorAssertionResponse;
  const request: PasskeySignInRequest = {
    id: shown.id,
    clientData: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
  };
  return call<SessionView>("/v1/passkey/sign-in", request);
}

function octets(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(buffer), (octet) => String.fromCharCode(octet)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
