/**
 * What a removed device does when it meets the evidence: RevokedDevice, signed by the account's administrators, that names the connection in
 * force. extensions §4. A service that only says "revoked" is away, and a word that no owner signed erases nothing.
 */
import { equalBytes, fromUtf8, utf8 } from "../../base/bytes.ts";
import { asMeshError, isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Datum } from "../../codec/index.ts";
import { encodeJson, parseJson } from "../../codec/index.ts";
import type { Enveloped, ProfileUser } from "../../schema/index.ts";
import {
  enveloped,
  isNewerProfile,
  ProfileUser as ProfileUserStruct,
  peekObject,
  publicKeyOf,
  RevokedDevice,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "./account-context.ts";
import { finishErasure, makeRoomForRemoval, noteRemoval } from "./removal-file.ts";

/** Checks that the owner ended the connection that this device has now. Errors: ERR_VERIFICATION, ERR_SCHEMA. */
export function verifyRemoval(context: AccountContext, evidence: Enveloped<RevokedDevice>): RevokedDevice {
  const { AdministratorSignature } = newestProfile(context, peekObject(RevokedDevice, evidence));
  const { value } = verifyObject(RevokedDevice, evidence, [publicKeyOf(AdministratorSignature)]);
  const isOurs =
    value.AccountUdf === context.accountUdf &&
    value.DeviceUdf === context.deviceUdf &&
    (equalBytes(value.ConnectionDigest, context.keys.connectionDigest) || value.SignatureUdf === context.keys.signature.public.udf);
  if (!isOurs) throw verificationError("the removal of this device");
  return value;
}

/** The administrators' keys may have been replaced while this device was away: the account's root key says so. Errors: ERR_VERIFICATION. */
function newestProfile({ profile }: AccountContext, { EnvelopedProfileUser: shown }: RevokedDevice): ProfileUser {
  const other = shown && verifyProfile(ProfileUserStruct, shown, profile.ProfileSignature.Udf).value;
  return other && isNewerProfile(other, profile) ? other : profile;
}

/** Evidence as text, for a file that is carried by hand: one line of JSON. */
export function evidenceText(evidence: Enveloped<RevokedDevice>): string {
  return fromUtf8(encodeJson(enveloped<RevokedDevice>().encode(evidence)));
}

/** Reads what `evidenceText` wrote; whether it counts is for `verifyRemoval`. Errors: ERR_ENCODING, ERR_SCHEMA. */
export function parseEvidence(text: string): Enveloped<RevokedDevice> {
  return enveloped<RevokedDevice>().decode(parseJson(utf8(text.trim())), "EnvelopedRevokedDevice");
}

/** The verified evidence that a refusal of the service carries; undefined when it carries none that counts. */
export function removalIn(context: AccountContext, error: unknown): Enveloped<RevokedDevice> | undefined {
  if (!isMeshError(error, "ERR_REVOKED")) return undefined;
  const found = error.detail.EnvelopedRevokedDevice as Datum | undefined;
  if (found === undefined) return undefined;
  try {
    const evidence = enveloped<RevokedDevice>().decode(found, "EnvelopedRevokedDevice");
    verifyRemoval(context, evidence);
    return evidence;
  } catch (refused) {
    context.ports.log.warn("removal.refused", { reason: asMeshError(refused).message });
    return undefined;
  }
}

/** What a bare "revoked" is worth. */
export function unprovenRemoval(): MeshError {
  return new MeshError("ERR_REVOKED", "the service says that this device was removed from the account, and shows no word of the owner for it", {
    hint: "nothing was erased; if you did not remove it, ask the service: one that was put back to an earlier day believes who is removed, and 'meshman account repair' on a machine with the account's root key mends that; if you did remove it, run 'meshman agent' or 'meshman device delete' of it once more",
  });
}

/**
 * Takes a failure of a machine's turn: with the owner's evidence the machine erases its keys and stores. The caller holds the directory.
 * @returns what to throw in its place
 */
export async function meetRemoval(context: AccountContext, error: unknown): Promise<unknown> {
  if (!isMeshError(error, "ERR_REVOKED")) return error;
  const evidence = removalIn(context, error);
  if (!evidence) return unprovenRemoval();
  const removal = { address: context.address, evidence };
  try {
    await noteRemoval(context.dir, removal);
    await context.close();
  } catch (failure) {
    if (!isMeshError(failure, "ERR_DISK_FULL")) throw failure;
    await context.close();
    await makeRoomForRemoval(context.dir);
    await noteRemoval(context.dir, removal);
  }
  return (await finishErasure(context.dir)) ?? error;
}
