/** `hash mac`: a commitment to a file under a key, or a check of one. udf-13 §5.2. */
import { MeshError } from "../../../base/errors.ts";
import { authenticatorUdf, newNonce, parseUdf, udfType, verifyAuthenticator } from "../../../crypto/index.ts";
import { report } from "../../term/output.ts";
import type { KeyFlags } from "../key/given.ts";
import { givenKeyText } from "../key/given.ts";
import type { Invocation } from "../surroundings.ts";
import { contentTypeOf } from "./content-type.ts";
import { algorithmOf, digestContent, fingerprintBits } from "./digest-content.ts";
import type { UdfFlags } from "./udf.ts";

/** Without a key under a new nonce, which is printed beside it: who has both can check. Errors: ERR_VERIFICATION, ERR_USAGE. */
export async function hashMac(call: Invocation, file: string, flags: UdfFlags & KeyFlags): Promise<void> {
  const { output, ports } = call;
  const contentType = flags.cty ?? contentTypeOf(file) ?? "";
  const bits = fingerprintBits(flags.bits);
  const { expect } = flags;
  const given = await givenKeyText(call, flags);
  if (expect !== undefined && given === undefined)
    throw new MeshError("ERR_USAGE", "a check needs the key", { hint: "give it by --key-file or --key" });
  const key = given ?? newNonce(ports.random);
  const isSha3 = expect !== undefined && parseUdf(expect).type === udfType.authenticatorSha3;
  const algorithm = isSha3 ? "SHA-3-512" : algorithmOf(flags.alg, ["SHA-2-512", "SHA-3-512"]);
  const digest = await digestContent(call, file, algorithm);
  if (expect !== undefined) verifyAuthenticator(expect, { key, contentType, digest });
  const udf = authenticatorUdf({ key, contentType, digest, bits, sha3: algorithm === "SHA-3-512" });
  report(output, { udf, key, contentType, algorithm, ...(expect === undefined ? {} : { verified: true }) }, () => {
    output.line(`Digest: ${udf}`);
    output.line(`Key: ${key}`);
  });
}
