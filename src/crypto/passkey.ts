/**
 * What a passkey has signed (WebAuthn level 2, §7.2), and what people compare it by. The library that reads what authenticators say is loaded when one is met
 * first.
 */
import { fromUtf8 } from "../base/bytes.ts";
import { decodeBase64url } from "../codec/index.ts";
import { contentDigestUdf } from "./udf.ts";

/** What came from an authenticator; octets are base64url. */
export interface PasskeyUse {
  readonly id: string;
  readonly clientData: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

/** What it has to be of. */
export interface ExpectedUse {
  /** Base64url. */
  readonly challenge: string;
  /** Of the page: scheme, name and port. */
  readonly origin: string;
  /** The name that the passkey is bound to. */
  readonly rp: string;
  /** COSE key. */
  readonly publicKey: Uint8Array;
  /** How often its authenticator has said that it was used; 0 where that is not kept. */
  readonly counter: number;
}

/** Checks what was signed, by a person whom the authenticator has recognised. @returns the new counter; undefined whatever is wrong */
export async function usePasskey(use: PasskeyUse, { challenge, origin, rp, publicKey, counter }: ExpectedUse): Promise<number | undefined> {
  const { id, clientData, authenticatorData, signature } = use;
  // A page of another site around the hub's own may lead a finger.
  if (clientDataOf(clientData)?.crossOrigin !== false) return undefined;
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  const verdict = await verifyAuthenticationResponse({
    response: {
      id,
      rawId: id,
      type: "public-key",
      clientExtensionResults: {},
      response: { clientDataJSON: clientData, authenticatorData, signature },
    },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rp,
    requireUserVerification: true,
    credential: { id, publicKey: new Uint8Array(publicKey), counter },
  }).catch(() => undefined);
  return verdict?.verified === true ? verdict.authenticationInfo.newCounter : undefined;
}

/** What the browser says of a use, as far as it can be read; undefined when it cannot. */
export function clientDataOf(clientData: string): { readonly challenge: string; readonly origin: string; readonly crossOrigin: boolean } | undefined {
  const octets = decodeBase64url(clientData);
  if (!octets) return undefined;
  try {
    const { challenge, origin, crossOrigin = false } = JSON.parse(fromUtf8(octets)) as Readonly<Record<string, unknown>>;
    return typeof challenge === "string" && typeof origin === "string" && typeof crossOrigin === "boolean"
      ? { challenge, origin, crossOrigin }
      : undefined;
  } catch {
    return undefined;
  }
}

/** What a page and the owner's machine show of a passkey, to be compared. */
export function passkeyFingerprint(publicKey: Uint8Array): string {
  return contentDigestUdf({ contentType: "application/cose-key", data: publicKey });
}
