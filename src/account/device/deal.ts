/**
 * Deals a constrained device's activation between the device and its hub, and makes what each of them is given. extensions §3-4.
 * Device key in the account = base + contribution + activation; the activation is split anew in every deal, and nobody but the dealer sees it whole.
 */
import { MeshError } from "../../base/errors.ts";
import { encodeJsonB } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { addPublic, deal as dealShares, deriveKey, fullFingerprint } from "../../crypto/index.ts";
import type { DareEnvelope } from "../../dare/index.ts";
import { envelope as envelopeField } from "../../dare/index.ts";
import { sealOneWay } from "../../link/index.ts";
import type { DeviceContribution, Enveloped, ProfileDevice } from "../../schema/index.ts";
import {
  ActivationDeal,
  ActivationHub,
  ConnectionDevice,
  ConnectionHub,
  envelopeObject,
  epochHailKey,
  keyDataOf,
  keyName,
  linkPsk,
  ownerAuthenticate,
  privateKeyDataOf,
  publicKeyOf,
  RespondDevice,
  sealedPrologue,
} from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";

/** The hub that a device is dealt to. */
export interface DealHub {
  readonly udf: string;
  /** Where the hub's part is sealed to. */
  readonly encryption: PublicKey;
  /** The hub's X25519 link key. */
  readonly link: PublicKey;
}

/** One deal. */
export interface DealOptions {
  readonly context: AccountContext;
  readonly profile: ProfileDevice;
  readonly contribution: DeviceContribution;
  readonly hub: DealHub;
  readonly activation: ActivationDeal;
  /** Epochs under which the device may still hail, when it was dealt before; that of the deal it is known to have taken first. */
  readonly previousEpochs?: readonly number[];
  readonly claimMessageId?: string;
  /** The administrators' key that the device goes by, where that was replaced since: it vouches for the one in force. */
  readonly pinned?: PrivateKey;
}

/** What a deal gives to the device catalog. */
export interface Deal {
  readonly EnvelopedConnectionDevice: Enveloped<ConnectionDevice>;
  readonly EnvelopedActivationHub: readonly Enveloped<ActivationHub>[];
  readonly EnvelopedActivationDeal: Enveloped<ActivationDeal>;
  readonly SealedRespondDevice: Uint8Array;
  readonly HubUdf: string;
  readonly DealEpoch: number;
}

/** Most octets of what is sealed to a small device, before sealing. Three signed objects in one take 2.7 kB. */
export const maxForDevice = 3072;

interface SplitKey {
  readonly composite: PublicKey;
  readonly deviceShare: PrivateKey;
  readonly hubShare: PrivateKey;
  /** (base + f + a_D).B */
  readonly partial: PublicKey;
}

function splitKey(options: {
  readonly base: PublicKey;
  readonly contribution: PublicKey;
  readonly activation: PrivateKey;
  readonly random: AccountContext["ports"]["random"];
}): SplitKey {
  const { base, contribution, activation, random } = options;
  const [deviceShare, hubShare] = dealShares({ secret: activation, parties: 2, random });
  if (!deviceShare || !hubShare) throw new MeshError("ERR_INTERNAL", "a deal without shares");
  const own = addPublic(base, contribution);
  return { composite: addPublic(own, activation.public), deviceShare, hubShare, partial: addPublic(own, deviceShare.public) };
}

/** Deals a device. Errors: ERR_NOT_AUTHORIZED, ERR_TOO_LARGE when the result would not fit the device. */
export function dealDevice(options: DealOptions): Deal {
  const { context, profile, contribution, hub, activation } = options;
  const { ports, accountUdf, address } = context;
  const { random } = ports;
  const administrator = administratorOf(context);
  const deviceUdf = profile.ProfileSignature.Udf;
  const { LinkRoot: linkRoot, DealEpoch: dealEpoch } = activation;
  const split = (base: PublicKey, part: PublicKey, name: string): SplitKey =>
    splitKey({ base, contribution: part, activation: deriveKey(activation.ActivationKey, name, base.curve), random });
  const encryption = split(publicKeyOf(profile.Encryption), publicKeyOf(contribution.Encryption), keyName.activationEncrypt);
  const signature = split(publicKeyOf(profile.Signature), publicKeyOf(contribution.Signature), keyName.activationSign);
  const freshLink = publicKeyOf(contribution.Link25519);
  const signers = [administrator.signature25519];
  const known = options.pinned ?? administrator.signature25519;
  const connection: ConnectionDevice = {
    Subject: deviceUdf,
    Authority: accountUdf,
    Roles: [],
    Authentication: contribution.Link25519,
    Signature: keyDataOf(signature.composite),
    Encryption: keyDataOf(encryption.composite),
    Link: [contribution.Link25519],
  };
  const connectionEnvelope = envelopeObject({ struct: ConnectionDevice, value: connection, signers, random, compact: true });
  const connectionHub: ConnectionHub = {
    Subject: hub.udf,
    Authority: accountUdf,
    LinkKeys: [keyDataOf(hub.link)],
    DeviceUdf: [deviceUdf],
    DealEpoch: dealEpoch,
  };
  const respond: RespondDevice = {
    DeviceUdf: deviceUdf,
    HubUdf: hub.udf,
    AccountUdf: accountUdf,
    DealEpoch: dealEpoch,
    EncryptShare: encryption.deviceShare.export().Private,
    SignatureShare: signature.deviceShare.export().Private,
    PartialEncryption: encryption.partial.octets,
    PartialSignature: signature.partial.octets,
    LinkRoot: linkRoot,
    EnvelopedConnectionDevice: connectionEnvelope,
    EnvelopedConnectionHub: envelopeObject({ struct: ConnectionHub, value: connectionHub, signers, random, compact: true }),
    AdministratorSignature25519: keyDataOf(known.public),
    AccountAddress: address,
    OwnerAuthenticate: ownerAuthenticate(activation.Kd, {
      address,
      accountUdf,
      administratorFingerprint: fullFingerprint(known.public),
    }),
    ...(options.claimMessageId === undefined ? {} : { ClaimMessageId: options.claimMessageId }),
    ...(options.pinned ? { NewAdministrator: keyDataOf(administrator.signature25519.public) } : {}),
  };
  // Until the device has taken this deal it knows the LinkRoot of before.
  const { FormerLinkRoot: formerRoot } = activation;
  const [previous, ...former] = (options.previousEpochs ?? []).map((epoch) => epochHailKey(formerRoot ?? linkRoot, epoch));
  const hubPart: ActivationHub = {
    DeviceUdf: deviceUdf,
    DealEpoch: dealEpoch,
    EncryptShare: privateKeyDataOf(encryption.hubShare),
    SignatureShare: privateKeyDataOf(signature.hubShare),
    Psk: linkPsk({ linkRoot, hubUdf: hub.udf, dealEpoch }),
    HailKey: epochHailKey(linkRoot, dealEpoch),
    ...(previous === undefined ? {} : { PreviousHailKey: previous }),
    ...(former.length === 0 ? {} : { FormerHailKeys: former }),
    ...(formerRoot ? { DeliveryPsk: linkPsk({ linkRoot: formerRoot, hubUdf: hub.udf, dealEpoch }) } : {}),
    Link25519: contribution.Link25519,
  };
  return {
    EnvelopedConnectionDevice: connectionEnvelope,
    EnvelopedActivationHub: [
      envelopeObject({ struct: ActivationHub, value: hubPart, signers: [administrator.signature], recipients: [hub.encryption], random }),
    ],
    EnvelopedActivationDeal: envelopeObject({
      struct: ActivationDeal,
      value: activation,
      signers: [administrator.signature],
      recipients: [administrator.encryption.public],
      random,
    }),
    SealedRespondDevice: sealForDevice({
      context,
      tag: RespondDevice.tag,
      envelope: envelopeObject({ struct: RespondDevice, value: respond, signers: [known], random, compact: true }),
      to: freshLink,
      deviceUdf,
      hubUdf: hub.udf,
      dealEpoch,
    }),
    HubUdf: hub.udf,
    DealEpoch: dealEpoch,
  };
}

/** Seals a signed object to a device by the one-way pattern. Errors: ERR_TOO_LARGE. */
export function sealForDevice(options: {
  readonly context: AccountContext;
  readonly tag: string;
  readonly envelope: DareEnvelope;
  readonly to: PublicKey;
  readonly deviceUdf: string;
  readonly hubUdf: string;
  readonly dealEpoch: number;
  readonly limit?: number;
}): Uint8Array {
  const { limit = maxForDevice } = options;
  const plaintext = encodeJsonB(envelopeField.encode(options.envelope));
  if (plaintext.length > limit) throw new MeshError("ERR_TOO_LARGE", `${options.tag} has ${plaintext.length} octets, a device takes ${limit}`);
  return sealOneWay({ recipient: options.to, prologue: sealedPrologue(options.tag, options), plaintext, random: options.context.ports.random });
}
