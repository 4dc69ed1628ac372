/**
 * The parts of one deal, before anybody signs or seals them: what the device is given, what its hub is given, and the connections. extensions §3-4.
 * Device key in the account = base + contribution + activation; the activation is split anew in every deal, and nobody but the dealer sees it whole.
 */
import { MeshError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { addPublic, deal as dealShares, deriveKey, fullFingerprint, subtractPublic } from "../../crypto/index.ts";
import type {
  ActivationDeal,
  ActivationHub,
  ConnectionDevice,
  ConnectionHub,
  DeviceContribution,
  ProfileDevice,
  RespondDevice,
} from "../../schema/index.ts";
import { epochHailKey, keyDataOf, keyName, linkPsk, ownerAuthenticate, privateKeyDataOf, publicKeyOf } from "../../schema/index.ts";

/** The hub that a device is dealt to. */
export interface DealHub {
  readonly udf: string;
  /** Where the hub's part is sealed to. */
  readonly encryption: PublicKey;
  /** The hub's X25519 link key. */
  readonly link: PublicKey;
}

/** What a deal is made of, whoever signs it. */
export interface DealtOptions {
  readonly accountUdf: string;
  readonly address: string;
  readonly profile: ProfileDevice;
  readonly contribution: DeviceContribution;
  readonly hub: DealHub;
  readonly activation: ActivationDeal;
  /** The administrators' key that the device goes by, or is to go by. */
  readonly administrator: PublicKey;
  /** Epochs under which the device may still hail, when it was dealt before; that of the deal it is known to have taken first. */
  readonly previousEpochs?: readonly number[];
  readonly claimMessageId?: string;
  readonly random: Random;
}

/** Nothing of it is signed yet. */
export interface DealtParts {
  readonly connection: ConnectionDevice;
  readonly connectionHub: ConnectionHub;
  readonly hubPart: ActivationHub;
  readonly respond: Omit<RespondDevice, "EnvelopedConnectionDevice" | "EnvelopedConnectionHub">;
}

interface SplitKey {
  readonly composite: PublicKey;
  readonly deviceShare: PrivateKey;
  readonly hubShare: PrivateKey;
  /** What is left of the activation's public half without the device's. */
  readonly hubPublic: PublicKey;
  /** (base + f + a_D).B */
  readonly partial: PublicKey;
}

function splitKey(options: {
  readonly base: PublicKey;
  readonly contribution: PublicKey;
  readonly activation: PrivateKey;
  readonly random: Random;
}): SplitKey {
  const { base, contribution, activation, random } = options;
  const [deviceShare, hubShare] = dealShares({ secret: activation, parties: 2, random });
  if (!deviceShare || !hubShare) throw new MeshError("ERR_INTERNAL", "a deal without shares");
  const own = addPublic(base, contribution);
  return {
    composite: addPublic(own, activation.public),
    deviceShare,
    hubShare,
    hubPublic: subtractPublic(activation.public, deviceShare.public),
    partial: addPublic(own, deviceShare.public),
  };
}

/** Splits the activation, and says to each what is for him. */
export function dealtParts(options: DealtOptions): DealtParts {
  const { accountUdf, address, profile, contribution, hub, activation, administrator, random } = options;
  const deviceUdf = profile.ProfileSignature.Udf;
  const { LinkRoot: linkRoot, DealEpoch: dealEpoch } = activation;
  const split = (base: PublicKey, part: PublicKey, name: string): SplitKey =>
    splitKey({ base, contribution: part, activation: deriveKey(activation.ActivationKey, name, base.curve), random });
  const encryption = split(publicKeyOf(profile.Encryption), publicKeyOf(contribution.Encryption), keyName.activationEncrypt);
  const signature = split(publicKeyOf(profile.Signature), publicKeyOf(contribution.Signature), keyName.activationSign);
  const connection: ConnectionDevice = {
    Subject: deviceUdf,
    Authority: accountUdf,
    Roles: [],
    Authentication: contribution.Link25519,
    Signature: keyDataOf(signature.composite),
    Encryption: keyDataOf(encryption.composite),
    Link: [contribution.Link25519],
  };
  const connectionHub: ConnectionHub = {
    Subject: hub.udf,
    Authority: accountUdf,
    LinkKeys: [keyDataOf(hub.link)],
    DeviceUdf: [deviceUdf],
    DealEpoch: dealEpoch,
  };
  const respond: DealtParts["respond"] = {
    DeviceUdf: deviceUdf,
    HubUdf: hub.udf,
    AccountUdf: accountUdf,
    DealEpoch: dealEpoch,
    EncryptShare: encryption.deviceShare.export().Private,
    SignatureShare: signature.deviceShare.export().Private,
    PartialEncryption: encryption.partial.octets,
    PartialSignature: signature.partial.octets,
    LinkRoot: linkRoot,
    AdministratorSignature25519: keyDataOf(administrator),
    AccountAddress: address,
    OwnerAuthenticate: ownerAuthenticate(activation.Kd, { address, accountUdf, administratorFingerprint: fullFingerprint(administrator) }),
    ...(options.claimMessageId === undefined ? {} : { ClaimMessageId: options.claimMessageId }),
  };
  // Until the device has taken this deal it knows the LinkRoot of before.
  const { FormerLinkRoot: formerRoot } = activation;
  const [previous, ...former] = (options.previousEpochs ?? []).map((epoch) => epochHailKey(formerRoot ?? linkRoot, epoch));
  const hubPart: ActivationHub = {
    DeviceUdf: deviceUdf,
    DealEpoch: dealEpoch,
    EncryptShare: privateKeyDataOf(encryption.hubShare, encryption.hubPublic),
    SignatureShare: privateKeyDataOf(signature.hubShare, signature.hubPublic),
    Psk: linkPsk({ linkRoot, hubUdf: hub.udf, dealEpoch }),
    HailKey: epochHailKey(linkRoot, dealEpoch),
    ...(previous === undefined ? {} : { PreviousHailKey: previous }),
    ...(former.length === 0 ? {} : { FormerHailKeys: former }),
    ...(formerRoot ? { DeliveryPsk: linkPsk({ linkRoot: formerRoot, hubUdf: hub.udf, dealEpoch }) } : {}),
    Link25519: contribution.Link25519,
  };
  return { connection, connectionHub, hubPart, respond };
}
