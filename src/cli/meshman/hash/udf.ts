/** `hash udf`: the fingerprint of a file, or a check of one. udf-13 §5.1. */
import { contentDigestUdf, parseUdf, udfType, verifyContentDigest } from "../../../crypto/index.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { contentTypeOf } from "./content-type.ts";
import { algorithmOf, digestContent, fingerprintBits } from "./digest-content.ts";

/** What `hash udf` takes. */
export interface UdfFlags {
  readonly cty?: string;
  readonly alg?: string;
  readonly bits?: string;
  readonly expect?: string;
}

/** A fingerprint that is expected says by itself which digest it is of. Errors: ERR_VERIFICATION when the file has another one. */
export async function hashUdf(call: Invocation, file: string, flags: UdfFlags): Promise<void> {
  const { output } = call;
  const contentType = flags.cty ?? contentTypeOf(file) ?? "";
  const bits = fingerprintBits(flags.bits);
  const { expect } = flags;
  const given = algorithmOf(flags.alg, ["SHA-2-512", "SHA-3-512"]);
  const type = expect === undefined ? undefined : parseUdf(expect).type;
  const algorithm = type !== undefined && type >= udfType.digestSha3 && type <= udfType.digestSha3 + 4 ? "SHA-3-512" : given;
  const digest = await digestContent(call, file, algorithm);
  if (expect !== undefined) verifyContentDigest(expect, { contentType, digest });
  const udf = contentDigestUdf({ contentType, digest, bits, sha3: algorithm === "SHA-3-512" });
  report(output, { udf, contentType, algorithm, ...(expect === undefined ? {} : { verified: true }) }, () => output.line(udf));
  if (flags.cty === undefined) output.say(contentType === "" ? "of no content type; --cty names one" : `of content type ${contentType}`);
}
