/** Passkeys in the browser: adds one to this device, signs in by one, signs what is asked for. What goes to the authenticator and comes from it is octets; over the wire they are base64url. */
import type { EditAsked, EditChallenged, EditRequest } from "../../api/house-v1.ts";
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
  return call<SessionView>("/v1/passkey/sign-in", await use({ challenge, rpId: rp }));
}

/** Asks for a change that the passkey of this page has signed. Errors: as above. */
export async function askSigned(request: EditRequest): Promise<EditAsked> {
  const { challenge, rp, passkey } = await call<EditChallenged>("/v1/edit/challenge", request);
  const allowCredentials = [{ type: "public-key" as const, id: octets(passkey) }];
  return call<EditAsked>("/v1/edit/signed", await use({ challenge, rpId: rp, allowCredentials }));
}

type Wanted = Pick<PublicKeyCredentialRequestOptions, "rpId" | "allowCredentials"> & { readonly challenge: string };

async function use({ challenge, ...wanted }: Wanted): Promise<PasskeySignInRequest> {
  const shown = (await navigator.credentials.get({
    publicKey: { ...wanted, challenge: octets(challenge), userVerification: "required" },
  })) as PublicKeyCredential;
  const { clientDataJSON, authenticatorData, signature } = shown.response as AuthenticatorAssertionResponse;
  return { id: shown.id, clientData: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature) };
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
