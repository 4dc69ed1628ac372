/**
 * Whether somebody may have a power exercised (docs/extensions.md, Powers). The entry in force decides, each time anew: a link key of the account
 * itself, or any device that speaks for another account. One refusal for a power of somebody else, for one that is not there and for one that was
 * withdrawn: nobody learns which ids there are.
 */
import { fromDateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import type { Power } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";

/** Who asks: a device of the account, or of another one that was shown to let it speak for itself. */
export interface Grantee {
  readonly linkUdf: string;
  /** Of another account. */
  readonly other?: { readonly accountUdf: string; readonly address: string };
}

/** True when a power is this grantee's, whether or not it is in force. */
function isOf({ value }: Power, { linkUdf, other }: Grantee): boolean {
  if (other === undefined) return value.GranteeAccount === undefined && value.GranteeUdf === linkUdf;
  return value.GranteeAccount === other.address && value.GranteeUdf === other.accountUdf;
}

/**
 * The power of an id, for its grantee, now. A device of the account has to be one still: the caller's authority is looked at with it.
 * ERR_NOT_AUTHORIZED; ERR_REVOKED for a device that was removed.
 */
export function grantedPower(
  account: Account,
  { grantee, keyId, now }: { readonly grantee: Grantee; readonly keyId: string; readonly now: number },
): Power {
  if (grantee.other === undefined) account.authority(grantee.linkUdf);
  const power = account.power(keyId);
  if (power === undefined || !power.value.Active || !isOf(power, grantee))
    throw new MeshError("ERR_NOT_AUTHORIZED", "no power of this id is granted to this device", { hint: "ask an administrator of the account" });
  const { NotOnOrAfter } = power.value;
  if (NotOnOrAfter !== undefined && fromDateTime(NotOnOrAfter) <= now)
    throw new MeshError("ERR_NOT_AUTHORIZED", `this power ended on ${NotOnOrAfter}`, { hint: "ask an administrator of the account for another" });
  if (account.splits.table.isFrozen(power.value.Id))
    throw new MeshError("ERR_NOT_AUTHORIZED", "this split is frozen", { hint: "an administrator thaws it by 'meshman admin thaw'" });
  return power;
}
