/**
 * Keys of an account that were replaced after a device which held them was removed. The reissued profile names them, so that what they signed before
 * stays believed and a service knows what is sealed to a key of before. extensions §1
 */
import { fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/field.ts";
import { dateTime, optional, string, struct } from "../../codec/field.ts";
import type { PublicKey } from "../../crypto/index.ts";
import type { KeyUses } from "../key/check-keys.ts";
import { checkKeys } from "../key/check-keys.ts";
import { KeyData, publicKeyOf } from "../key/key-data.ts";
import type { ProfileUser } from "./profile.ts";

/** The account's own keys, by their names in a profile and in an activation. */
export const accountMembers = ["AccountEncryption", "AccountAuthentication", "AccountSignature"] as const;
/** The administrators' keys, likewise. */
export const administratorMembers = ["AdministratorSignature", "AdministratorSignature25519", "AdministratorEncryption"] as const;
/** Keys of a profile that can be replaced. */
export const replaceableMembers = [...administratorMembers, ...accountMembers] as const;
/** Name of a key that can be replaced. */
export type ReplaceableMember = (typeof replaceableMembers)[number];

/** True for the name of a key that can be replaced. */
export function isReplaceable(name: string): name is ReplaceableMember {
  return replaceableMembers.some((member) => member === name);
}

/** A key that was replaced. */
export interface FormerKey {
  /** Its member of the profile. */
  readonly Member: string;
  readonly Udf: string;
  /** When it was replaced. */
  readonly Until: string;
  /** The key itself, of those that sign. */
  readonly Key?: KeyData;
}
export const FormerKey: Struct<FormerKey> = struct<FormerKey>("FormerKey", {
  Member: string,
  Udf: string,
  Until: dateTime,
  Key: optional(KeyData),
});

/** Most former keys that a profile names of one member, the newest. */
export const mostFormerKeys = 8;

/** Refuses more former keys than a profile names, and those that are not fit for their member. Errors: ERR_TOO_LARGE, ERR_KEY. */
export function checkFormerKeys(path: string, former: readonly FormerKey[], uses: KeyUses): void {
  const most = mostFormerKeys * replaceableMembers.length;
  if (former.length > most) throw new MeshError("ERR_TOO_LARGE", `${path}: ${former.length} former keys, at most ${most} are read`);
  for (const { Member, Udf, Key } of former) {
    if (!Key) continue;
    checkKeys(path, { [Member]: Key }, uses);
    if (Key.Udf !== Udf) throw new MeshError("ERR_KEY", `${path}.${Member}: ${Key.Udf} stands under the name of ${Udf}`);
  }
}

type Formers = Pick<ProfileUser, ReplaceableMember | "Former">;

/** Keys of a profile under which something that came at a time may be signed: the one in force, and those that were replaced later. */
export function keysAt(profile: Formers, member: ReplaceableMember, time: number | undefined): readonly PublicKey[] {
  return [publicKeyOf(profile[member]), ...formerKeys(profile, member, time)];
}

function formerKeys({ Former = [] }: Formers, member: ReplaceableMember, time: number | undefined): readonly PublicKey[] {
  return Former.flatMap(({ Member, Key, Until }) => {
    if (Member !== member || !Key || time === undefined || time >= fromDateTime(Until)) return [];
    return [publicKeyOf(Key)];
  });
}

/**
 * The administrators' keys for what stands in MMM_Device, in force or not: there a writer's apex says that it counts. Nothing else may be believed
 * under a former one.
 */
export function catalogAdministrators(profile: ProfileUser): readonly PublicKey[] {
  const everAt = Number.NEGATIVE_INFINITY;
  return [...keysAt(profile, "AdministratorSignature", everAt), ...keysAt(profile, "AdministratorSignature25519", everAt)];
}

/** True when an envelope for the account is sealed to a key that it has no more, and not to the one in force. @param recipients key identifiers of its header */
export function isSealedToFormer({ AccountEncryption, Former = [] }: Formers, recipients: readonly string[]): boolean {
  if (recipients.includes(AccountEncryption.Udf)) return false;
  return Former.some(({ Member, Udf }) => Member === "AccountEncryption" && recipients.includes(Udf));
}
