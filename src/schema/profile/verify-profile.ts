/**
 * A profile is valid when it is signed by its own ProfileSignature key, its envelope names that key (schema-08 §4.1), and every key in it
 * can be used as its member says.
 */
import { MeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/field.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import type { Verified } from "../enveloped.ts";
import { peekObject, verifyObject } from "../enveloped.ts";
import { checkKeys } from "../key/check-keys.ts";
import type { KeyData } from "../key/key-data.ts";
import { publicKeyOf } from "../key/key-data.ts";
import type { FormerKey } from "./former-key.ts";
import { checkFormerKeys } from "./former-key.ts";
import type { Assertion } from "./profile.ts";
import { profileKeyUses } from "./profile-keys.ts";

/**
 * Verifies an enveloped profile; `udf` pins which one it has to be.
 * Errors: ERR_VERIFICATION when it is another profile, or not signed by its own key; ERR_KEY with the member that holds an unusable key.
 */
export function verifyProfile<T extends Assertion & { readonly ProfileSignature: KeyData }>(
  struct: Struct<T>,
  enveloped: DareEnvelope,
  udf?: string,
): Verified<T> {
  const key = publicKeyOf(peekObject(struct, enveloped).ProfileSignature);
  if (udf !== undefined && key.udf !== udf) throw new MeshError("ERR_VERIFICATION", `${struct.tag} ${key.udf} stands where ${udf} is expected`);
  if (enveloped.header.EnvelopeId !== undefined && enveloped.header.EnvelopeId !== key.udf) {
    throw new MeshError("ERR_VERIFICATION", `the envelope of ${struct.tag} ${key.udf} names ${enveloped.header.EnvelopeId}`);
  }
  const verified = verifyObject(struct, enveloped, [key]);
  if (verified.value.Conditions?.length)
    throw new MeshError("ERR_VERIFICATION", `${struct.tag} ${key.udf} holds under conditions that are not known`);
  const uses = profileKeyUses(struct.tag, verified.value);
  checkKeys(struct.tag, verified.value, uses);
  const { Former } = verified.value as { readonly Former?: readonly FormerKey[] };
  if (Former) checkFormerKeys(`${struct.tag}.Former`, Former, uses);
  return verified;
}
