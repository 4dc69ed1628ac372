/** Reading of OID fingerprints (O, udf-13 §4.2): the public key that the DER holds, in the one form that keyInfo writes. */
import { equalBytes } from "../base/bytes.ts";
import { MeshError } from "../base/errors.ts";
import { curves } from "./curve.ts";
import { keyInfo } from "./fingerprint.ts";
import { type PublicKey, publicKey } from "./public-key.ts";
import { parseUdf, udfType } from "./udf.ts";

/** Octets of DER before those of the key. */
const headerLength = 16;

/** The key of an OID fingerprint. Throws ERR_ENCODING when the text is none, ERR_KEY for other algorithms, other DER, or a bad key. */
export function keyOfOidUdf(text: string): PublicKey {
  const { type, data } = parseUdf(text);
  if (type !== udfType.oid) throw new MeshError("ERR_KEY", `type ${type} is not a key with its identifier`);
  const octets = data.subarray(headerLength);
  const curve = curves.find((name) => equalBytes(keyInfo(name, octets), data));
  if (!curve) throw new MeshError("ERR_KEY", "der of an unknown algorithm or form");
  return publicKey(curve, octets);
}
