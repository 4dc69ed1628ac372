/** What an administrator dealt to a constrained device before, opened again: under the administrators' keys in force, or those of before. extensions §3 */
import { MeshError } from "../../base/errors.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import type { CatalogedDevice } from "../../schema/index.ts";
import { ActivationDeal, catalogAdministrators, openObject } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { allKeys } from "../context/member-keys.ts";

/** Every key that opens what is sealed to the administrators, the one in force first. */
export function administratorEncryptionKeys({ keys, profile }: AccountContext): readonly PrivateKey[] {
  return allKeys(keys.members, profile, "AdministratorEncryption");
}

/** The newest deal of an entry. Errors: ERR_NOT_FOUND when it never was dealt, ERR_VERIFICATION. */
export function dealOf(context: AccountContext, { DeviceUdf, LocalName, EnvelopedActivationDeal: enveloped }: CatalogedDevice): ActivationDeal {
  if (!enveloped) throw new MeshError("ERR_NOT_FOUND", `${LocalName ?? DeviceUdf} was never dealt to a hub`);
  return openObject(ActivationDeal, enveloped, administratorEncryptionKeys(context), catalogAdministrators(context.profile));
}

/** True when administrators of before dealt it: one who was removed may know its LinkRoot. */
export function isOfFormerAdministrators({ profile }: AccountContext, { EnvelopedActivationDeal: enveloped }: CatalogedDevice): boolean {
  return enveloped !== undefined && !(enveloped.header.recipients ?? []).some(({ kid }) => kid === profile.AdministratorEncryption.Udf);
}
