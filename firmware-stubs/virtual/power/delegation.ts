/** Whose orders the device takes: checked when the hub brings it, before anything is stored. docs/device-link.md §7.1. */
import { equalBytes } from "../../../src/base/bytes.ts";
import { MeshError, verificationError } from "../../../src/base/errors.ts";
import type { PublicKey } from "../../../src/crypto/index.ts";
import { parseEnvelope } from "../../../src/dare/index.ts";
import type { CommandGrant } from "../../../src/schema/index.ts";
import { Delegation, maxDelegation, mostGrants, publicKeyOf, verifyObject } from "../../../src/schema/index.ts";
import type { Lock } from "../image/image-object.ts";

/** Whose a delegation has to be. */
export interface DelegationContext {
  readonly deviceUdf: string;
  readonly lock: Lock;
  /** The fresh link key, by which one connection differs from another. */
  readonly link: PublicKey;
}

/**
 * A delegation of the pinned owner for this connection of the device.
 * Errors: ERR_NOT_AUTHORIZED without an owner, ERR_TOO_LARGE, ERR_VERIFICATION, ERR_SCHEMA, ERR_KEY, ERR_REPLAY.
 */
export function openDelegation(octets: Uint8Array, { deviceUdf, lock, link }: DelegationContext): Delegation {
  if (!lock.Administrator) throw new MeshError("ERR_NOT_AUTHORIZED", "the device has no owner who could say whom it obeys");
  // The envelope around what is bounded.
  if (octets.length > maxDelegation + 1024) throw new MeshError("ERR_TOO_LARGE", `a delegation of ${octets.length} octets`);
  const delegation = verifyObject(Delegation, parseEnvelope(octets), [publicKeyOf(lock.Administrator)]).value;
  const { AccountUdf, DeviceUdf, LinkKey, Generation, Grants } = delegation;
  if (DeviceUdf !== deviceUdf || AccountUdf !== lock.AccountUdf || Generation < 0) throw verificationError("Delegation");
  if (LinkKey === undefined || !equalBytes(LinkKey, link.octets))
    throw new MeshError("ERR_REPLAY", "the delegation is not for this connection of the device");
  if (Grants.length > mostGrants) throw new MeshError("ERR_TOO_LARGE", `a delegation of ${Grants.length} grants; the most is ${mostGrants}`);
  for (const { Command25519 } of Grants) if (publicKeyOf(Command25519).curve !== "Ed25519") throw verificationError("Delegation");
  return delegation;
}

/** The grant of a command key. */
export function grantOf({ Grants }: Delegation, keyUdf: string): CommandGrant | undefined {
  return Grants.find(({ Command25519 }) => publicKeyOf(Command25519).udf === keyUdf);
}
