/** What is asked of this device's authenticator; loaded when a passkey is used. What goes to it and comes from it is octets; over the wire they are base64url. */
import type { EditChallenged } from "../../api/house-v1.ts";
import type { PasskeyAddRequest, PasskeyChallenge, PasskeySignInRequest } from "../../api/web-v1.ts";

/** A new passkey. Errors: DOMException when the person or the authenticator says no. */
export async function makePasskey(name: string, { challenge, rp, user, known }: PasskeyChallenge): Promise<PasskeyAddRequest> {
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
  return { name, id: made.id, clientData: text(clientDataJSON), attestation: text(attestationObject) };
}

/** What a passkey signs: that of the page, or whichever the person chooses. Errors: as above. */
export async function usePasskey({
  challenge,
  rp,
  passkey,
}: Pick<EditChallenged, "challenge" | "rp"> & Partial<EditChallenged>): Promise<PasskeySignInRequest> {
  const allowCredentials = passkey === undefined ? [] : [{ type: "public-key" as const, id: octets(passkey) }];
  const shown = (await navigator.credentials.get({
    publicKey: { challenge: octets(challenge), rpId: rp, userVerification: "required", allowCredentials },
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
