/**
 * What a scanned code says of a device: opens the sealed description and checks that it belongs to the code (extensions §2).
 * Hub and administration device both do this themselves, before anything else. A code of the drafts commits to nothing: what it opens is
 * believed when a maker signed it that the owner has pinned.
 */
import { equalBytes } from "../../base/bytes.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { decodeJsonB, decodeObject, untag } from "../../codec/index.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { commitKey } from "../../crypto/index.ts";
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

/** A sealed description with its code. */
export interface SealedDescription {
  /** Octets of its envelope. */
  readonly sealed: Uint8Array;
  /** k of the code. */
  readonly key: Uint8Array;
  /** The account in the code's URI. */
  readonly account: string;
  /** Keys of that account which the owner has pinned; without them a code that commits to nothing is refused. */
  readonly makerKeys?: readonly PublicKey[];
}

/** Opens the sealed description of a code. Errors: ERR_DESCRIPTION, whatever is wrong with it. */
export function openDescription(options: SealedDescription): OpenedDescription {
  try {
    return open(options);
  } catch (error) {
    if (!isMeshError(error) || isMeshError(error, "ERR_DESCRIPTION")) throw error;
    throw new MeshError("ERR_DESCRIPTION", "the device's description does not belong to the scanned code", { cause: error });
  }
}

function open({ sealed, key, account, makerKeys }: SealedDescription): OpenedDescription {
  const plaintext = openEnvelope(parseEnvelope(sealed), { symmetricKey: key });
  if (!isCommitted(plaintext)) return openDraft(plaintext, { account, makerKeys });
  const committed = decodeObject(CommittedDescription, plaintext);
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

function isCommitted(plaintext: Uint8Array): boolean {
  try {
    return untag(decodeJsonB(plaintext), "description")[0] === CommittedDescription.tag;
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return false;
  }
}

/** What a code of the drafts opens: the envelope of the public preconfiguration, signed by its maker's account. */
function openDraft(plaintext: Uint8Array, { account, makerKeys = [] }: Pick<SealedDescription, "account" | "makerKeys">): OpenedDescription {
  if (makerKeys.length === 0) {
    throw new MeshError("ERR_DESCRIPTION", `the code does not commit to its device, and no fingerprint of its maker ${account} is verified`, {
      hint: `take the maker's fingerprint from its page or package: 'meshman contact add ${account} --udf FINGERPRINT', then again; a hub refuses such codes`,
    });
  }
  const preconfiguration = parseEnvelope(plaintext);
  const { value, signer } = verifyObject(DevicePreconfigurationPublic, preconfiguration, makerKeys);
  if (value.Maker !== account) throw new MeshError("ERR_VERIFICATION", `the code names ${account}, the description ${value.Maker}`);
  const profile = verifyProfile(ProfileDevice, value.EnvelopedProfileDevice);
  const root = publicKeyOf(profile.value.ProfileSignature);
  return {
    profile,
    deviceUdf: root.udf,
    maker: value.Maker,
    hailing: value.Hailing,
    description: verifyObject(DeviceDescription, value.EnvelopedDeviceDescription, [root, signer]).value,
    preconfiguration,
  };
}
