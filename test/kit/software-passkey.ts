/** An authenticator in software: a key on P-256 that signs what a page shows it, as a browser would hand it on; a test may have it lie. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { concat, utf8 } from "../../src/base/bytes.ts";
import { encodeBase64url } from "../../src/codec/index.ts";
import type { PasskeyUse } from "../../src/crypto/index.ts";

/** How it signs. */
export interface SigningOptions {
  readonly origin?: string;
  readonly rp?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  /** Whether it has recognised the person. */
  readonly isVerified?: boolean;
}

/** A new one, bound to a name. */
export function softwarePasskey(rp = "hub-aaaa.local") {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"));
  // COSE: a map of kty EC2, alg ES256, crv P-256, x and y.
  const coseKey = concat(Uint8Array.of(0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32), octets(x), Uint8Array.of(0x22, 0x58, 32), octets(y));
  const id = new Uint8Array(createHash("sha256").update(coseKey).digest());
  let uses = 0;
  return {
    id,
    coseKey,
    /** What a page gets. @param challenge base64url */
    use(challenge: string, options: SigningOptions = {}): PasskeyUse {
      const { origin = `https://${rp}:7443`, type = "webauthn.get", crossOrigin = false, isVerified = true } = options;
      const clientData = utf8(JSON.stringify({ type, challenge, origin, crossOrigin }));
      const bound = createHash("sha256")
        .update(options.rp ?? rp)
        .digest();
      uses++;
      const authenticatorData = concat(new Uint8Array(bound), Uint8Array.of(isVerified ? 5 : 1, 0, 0, 0, uses));
      const signed = concat(authenticatorData, new Uint8Array(createHash("sha256").update(clientData).digest()));
      return {
        id: encodeBase64url(id),
        clientData: encodeBase64url(clientData),
        authenticatorData: encodeBase64url(authenticatorData),
        signature: encodeBase64url(new Uint8Array(sign("sha256", signed, privateKey))),
      };
    },
  };
}
