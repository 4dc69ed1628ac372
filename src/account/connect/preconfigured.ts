/**
 * A full-size device that left the factory with a printed code, the device's side: it takes its keys from the maker's file, asks at the maker's
 * service who has claimed it, checks the claim, and fetches the answer from the claimant's service. protocol-09 §7.5, §9.1; extensions §3.6.
 * ServiceAuthenticate is checked by the service alone: the device does not hold that key.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { equalBytes, utf8 } from "../../base/bytes.ts";
import { asMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, optional, string, struct } from "../../codec/index.ts";
import { deviceAuthenticate, responseId } from "../../crypto/index.ts";
import { MeshClient, serviceUrl } from "../../protocol/index.ts";
import type { Enveloped, ProfileUser, Verified } from "../../schema/index.ts";
import {
  ClaimConfirm,
  claimMac,
  DevicePreconfigurationPrivate,
  envelopeObject,
  MessageClaim,
  ProfileUser as ProfileUserStruct,
  peekObject,
  publicKeyOf,
  verifyObject,
  verifyProfile,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { loadAccountFile } from "../context/account-file.ts";
import type { DeviceIdentity } from "../context/device-identity.ts";
import { identityOfSeed, loadIdentity, saveIdentity } from "../context/device-identity.ts";
import type { Ports } from "../context/ports.ts";
import { loadPendingFile, savePendingFile } from "./pending-file.ts";
import { completeConnection } from "./request-connection.ts";

/** What the maker puts on a full-size device: the factory slot, and at whose account it is published. */
export interface PreconfiguredDevice {
  readonly Maker: string;
  readonly Device: DevicePreconfigurationPrivate;
}
export const PreconfiguredDevice: Struct<PreconfiguredDevice> = struct<PreconfiguredDevice>("PreconfiguredDevice", {
  Maker: string,
  Device: DevicePreconfigurationPrivate,
});

/** Content of installed.json: what is left to do between install and complete. */
interface Installed {
  readonly MakerServiceUrl: string;
  readonly Preconfigured: PreconfiguredDevice;
  /** The claim that was found, to be confirmed when the device is connected. */
  readonly ClaimMessageId?: string;
}
const Installed: Struct<Installed> = struct<Installed>("Installed", {
  MakerServiceUrl: string,
  Preconfigured: PreconfiguredDevice,
  ClaimMessageId: optional(string),
});

const pathOf = (dir: string): string => join(dir, "installed.json");

/** Makes a blank directory the device of a maker's file. Errors: ERR_ACCOUNT_EXISTS when it is a device already, ERR_ENCODING, ERR_SCHEMA. */
export async function installDevice(options: {
  readonly dir: string;
  readonly file: Uint8Array;
  readonly makerServiceUrl?: string;
  readonly ports: Ports;
}): Promise<{ readonly deviceUdf: string; readonly maker: string }> {
  const { dir, file, ports } = options;
  const preconfigured = decodeObject(PreconfiguredDevice, file);
  const identity = identityOfSeed(preconfigured.Device.PrivateKeyUDF, ports);
  const existing = await loadIdentity(dir);
  if ((await loadAccountFile(dir)) || (existing && existing.udf !== identity.udf)) {
    throw new MeshError("ERR_ACCOUNT_EXISTS", `${dir} is the directory of another device`, { hint: "name an empty directory with --dir" });
  }
  const installed: Installed = {
    MakerServiceUrl: options.makerServiceUrl ?? (await serviceUrl(preconfigured.Maker)),
    Preconfigured: preconfigured,
  };
  await writeFileAtomic(pathOf(dir), encodeObject(Installed, installed));
  await saveIdentity(dir, identity);
  return { deviceUdf: identity.udf, maker: preconfigured.Maker };
}

/** True when a directory holds an installed device that is not connected yet. */
export async function isInstalled(dir: string): Promise<boolean> {
  return (await readFileIfExists(pathOf(dir))) !== undefined;
}

/**
 * Looks for the claim, then for the answer of the claimant.
 * @param options.configured URL of the claimant's service, where it is known
 * Errors: ERR_PENDING while nobody has claimed the device or the answer is not there, ERR_VERIFICATION, ERR_REJECTED.
 */
export async function completeInstalled(options: {
  readonly dir: string;
  readonly waitSeconds?: number;
  readonly configured?: string;
  readonly ports: Ports;
}): Promise<AccountContext> {
  const { dir, ports, waitSeconds = 0 } = options;
  const stored = await readFileIfExists(pathOf(dir));
  const identity = await loadIdentity(dir);
  if (!stored || !identity) throw new MeshError("ERR_NO_ACCOUNT", `${dir} holds no installed device`);
  const installed = decodeObject(Installed, stored);
  if (!(await loadAccountFile(dir))) {
    const claim = await pollClaim(installed, identity, ports);
    await noteClaim({ dir, installed, claim, ...(options.configured === undefined ? {} : { configured: options.configured }) });
  }
  const context = await completeConnection({ dir, waitSeconds, ports });
  await confirmClaim(installed, identity, context);
  await rm(pathOf(dir), { force: true });
  return context;
}

interface VerifiedClaim {
  readonly claim: MessageClaim;
  readonly profile: Verified<ProfileUser>;
}

function makerClient(installed: Installed, identity: DeviceIdentity, ports: Ports): MeshClient {
  return new MeshClient({ url: installed.MakerServiceUrl, link: identity.base.link448, clock: ports.clock, random: ports.random });
}

async function pollClaim(installed: Installed, identity: DeviceIdentity, ports: Ports): Promise<VerifiedClaim> {
  const { Maker, Device } = installed.Preconfigured;
  const client = makerClient(installed, identity, ports);
  try {
    const { EnvelopedMessage } = await client.pollClaim({ PublicationId: Device.PublicationId, TargetAccountAddress: Maker });
    if (!EnvelopedMessage) {
      throw new MeshError("ERR_PENDING", "nobody has claimed this device yet", {
        hint: "on an administration device: 'meshman account connect URI' with the printed code",
      });
    }
    return checkClaim(EnvelopedMessage, Device);
  } finally {
    client.close();
  }
}

/** Who claims: the account of the profile inside, which signs; and it knows the code, as both proofs under Kd show. Errors: ERR_VERIFICATION. */
function checkClaim(enveloped: Enveloped<MessageClaim>, { Kd, PublicationId }: DevicePreconfigurationPrivate): VerifiedClaim {
  const profile = verifyProfile(ProfileUserStruct, peekObject(MessageClaim, enveloped).EnvelopedProfileUser);
  const { value: claim } = verifyObject(MessageClaim, enveloped, [publicKeyOf(profile.value.AccountSignature)]);
  const { AccountAddress: address, ProfileSignature } = profile.value;
  const mac = claimMac(Kd, { address, accountUdf: ProfileSignature.Udf, messageId: claim.MessageId });
  const agrees =
    claim.Sender === address &&
    claim.PublicationId === PublicationId &&
    equalBytes(utf8(claim.DeviceAuthenticate), utf8(deviceAuthenticate(Kd, address))) &&
    claim.ClaimMac !== undefined &&
    equalBytes(claim.ClaimMac, mac);
  if (!agrees) throw verificationError("the claim of this device");
  return { claim, profile };
}

/** Remembers which answer to fetch, in the form of a connection request: completing is the same from here on. */
async function noteClaim(options: {
  readonly dir: string;
  readonly installed: Installed;
  readonly claim: VerifiedClaim;
  readonly configured?: string;
}): Promise<void> {
  const { dir, installed, claim, configured } = options;
  const address = claim.profile.value.AccountAddress;
  const domain = (text: string): string => text.slice(text.indexOf("@") + 1);
  const known = configured ?? (domain(address) === domain(installed.Preconfigured.Maker) ? installed.MakerServiceUrl : undefined);
  const pending = await loadPendingFile(dir);
  const wanted = responseId(claim.claim.MessageId);
  if (pending?.ResponseId === wanted && configured === undefined) return;
  await writeFileAtomic(pathOf(dir), encodeObject(Installed, { ...installed, ClaimMessageId: claim.claim.MessageId }));
  await savePendingFile(dir, {
    AccountAddress: address,
    ServiceUrl: known ?? (await serviceUrl(address)),
    EnvelopedProfileUser: claim.profile.envelope,
    ResponseId: wanted,
  });
}

/** Locks the claim to the account at the maker's service. A service that is away changes nothing for this device. */
async function confirmClaim(before: Installed, identity: DeviceIdentity, context: AccountContext): Promise<void> {
  const { ports, dir } = context;
  const stored = await readFileIfExists(pathOf(dir));
  const { ClaimMessageId } = stored ? decodeObject(Installed, stored) : before;
  if (ClaimMessageId === undefined) return;
  const confirm: ClaimConfirm = {
    PublicationId: before.Preconfigured.Device.PublicationId,
    AccountUdf: context.accountUdf,
    MessageId: ClaimMessageId,
  };
  const client = makerClient(before, identity, ports);
  try {
    await client.claim({
      TargetAccountAddress: before.Preconfigured.Maker,
      EnvelopedClaimConfirm: envelopeObject({ struct: ClaimConfirm, value: confirm, signers: [identity.base.signature], random: ports.random }),
    });
  } catch (error) {
    const { code, message } = asMeshError(error);
    ports.log.warn("claim.unconfirmed", { code, reason: message });
  } finally {
    client.close();
  }
}
