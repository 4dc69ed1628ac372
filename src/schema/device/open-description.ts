/**
 * What a scanned code says of a device: opens the sealed description and checks that it belongs to the code (extensions §2).
 * Hub and administration device both do this themselves, before anything else.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { decodeObject } from "../../codec/index.ts";
import { commitKey } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { openEnvelope, parseEnvelope } from "../../dare/index.ts";
import type { Enveloped, Verified } from "../enveloped.ts";
import { peekObject, verifyObject } from "../enveloped.ts";
import { publicKeyOf } from "../key/key-data.ts";
import { ProfileDevice } from "../profile/profile.ts";
import { verifyProfile } from "../profile/verify-profile.ts";
import { DeviceDescription } from "./device-description.ts";
import { CommittedDescription, DevicePreconfigurationPublic } from "./preconfiguration.ts";

/** A description that belongs to its code. */
export interface OpenedDescription {
  readonly profile: Verified<ProfileDevice>;
  readonly deviceUdf: string;
  readonly maker: string;
  /** Account of the owner who released the device; absent for a maker's code. */
  readonly releasedBy?: string;
  readonly hailing: readonly string[];
  readonly description: DeviceDescription;
  readonly preconfiguration: Enveloped<DevicePreconfigurationPublic>;
}

/**
 * Opens the sealed description of a code.
 * @param options.sealed octets of its envelope
 * @param options.key k of the code
 * @param options.account the account in the code's URI
 * Errors: ERR_DESCRIPTION, whatever is wrong with it.
 */
export function openDescription(options: { readonly sealed: Uint8Array; readonly key: Uint8Array; readonly account: string }): OpenedDescription {
  try {
    return open(parseEnvelope(options.sealed), options.key, options.account);
  } catch (error) {
    if (!isMeshError(error)) throw error;
    throw new MeshError("ERR_DESCRIPTION", "the device's description does not belong to the scanned code", { cause: error });
  }
}

function open(sealed: DareEnvelope, key: Uint8Array, account: string): OpenedDescription {
  const committed = decodeObject(CommittedDescription, openEnvelope(sealed, { symmetricKey: key }));
  const preconfiguration = committed.EnvelopedDevicePreconfigurationPublic;
  const profile = verifyProfile(ProfileDevice, peekObject(DevicePreconfigurationPublic, preconfiguration).EnvelopedProfileDevice);
  const root = publicKeyOf(profile.value.ProfileSignature);
  if (!equalBytes(commitKey(committed.CommitSalt, root), key)) throw new MeshError("ERR_VERIFICATION", "the code commits to another device");
  const { value } = verifyObject(DevicePreconfigurationPublic, preconfiguration, [root]);
  const owner = committed.ReleasedBy ?? value.Maker;
  if (owner !== account) throw new MeshError("ERR_VERIFICATION", `the code names ${account}, the description ${owner}`);
  return {
    profile,
    deviceUdf: root.udf,
    maker: value.Maker,
    ...(committed.ReleasedBy === undefined ? {} : { releasedBy: committed.ReleasedBy }),
    hailing: value.Hailing,
    description: verifyObject(DeviceDescription, value.EnvelopedDeviceDescription, [root]).value,
    preconfiguration,
  };
}
