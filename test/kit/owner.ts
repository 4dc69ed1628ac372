/**
 * Maker, owner and hub as a script, for the tests of the virtual devices: what they would make and send, and every way to make it wrong.
 * Written from extensions §2-4 without the account room, so that both sides are proven against the page and not against each other.
 */

import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import type { Struct } from "../../src/codec/index.ts";
import { encodeObject, encodeObjectB } from "../../src/codec/index.ts";
import type { PrivateKey, PublicKey } from "../../src/crypto/index.ts";
import {
  addPrivate,
  addPublic,
  commitKey,
  deal,
  deriveKey,
  deviceAuthenticator,
  fullFingerprint,
  generatePrivateKey,
  hailKey,
  linkKey,
  newSeed,
  publicationId,
  seedSpecifier,
} from "../../src/crypto/index.ts";
import type { DareEnvelope } from "../../src/dare/index.ts";
import { encodeEnvelope, encodeEnvelopeB, parseEnvelope, sealEnvelope } from "../../src/dare/index.ts";
import type { LinkSession, LinkStream } from "../../src/link/index.ts";
import { openLink, sealOneWay } from "../../src/link/index.ts";
import {
  CommittedDescription,
  ConnectionDevice,
  ConnectionHub,
  DeviceContribution,
  DeviceDescription,
  type DevicePreconfigurationPrivate,
  DevicePreconfigurationPublic,
  epochHailKey,
  keyDataOf,
  linkPsk,
  ownerAuthenticate,
  ProfileDevice,
  publicKeyOf,
  RespondDevice,
  sealedPrologue,
  verifyObject,
} from "../../src/schema/index.ts";

export const random = systemRandom;

export function sign<T>(struct: Struct<T>, value: T, signer: PrivateKey, compact = true): DareEnvelope {
  const plaintext = compact ? encodeObjectB(struct, value) : encodeObject(struct, value);
  return sealEnvelope({ plaintext, contentMeta: { MessageType: struct.tag }, signers: [signer], random });
}

/** A device as its maker made it. */
export interface Made {
  readonly seed: string;
  readonly k: Uint8Array;
  readonly salt: Uint8Array;
  readonly profileKey: PrivateKey;
  readonly deviceUdf: string;
  readonly base: { readonly encryption: PublicKey; readonly signature: PublicKey; readonly link: PublicKey };
  readonly description: DevicePreconfigurationPublic;
  readonly factory: DevicePreconfigurationPrivate;
}

function sealDescription(k: Uint8Array, salt: Uint8Array, enveloped: DareEnvelope): Uint8Array {
  const committed = { CommitSalt: salt, EnvelopedDevicePreconfigurationPublic: enveloped };
  return encodeEnvelope(sealEnvelope({ plaintext: encodeObject(CommittedDescription, committed), symmetricKey: k, random }));
}

export function makeDevice(className = "light"): Made {
  const seed = newSeed(random, seedSpecifier.device);
  const profileKey = deriveKey(seed, "BaseDeviceProfile", "Ed25519");
  const encryption = deriveKey(seed, "BaseDeviceEncrypt", "Ed25519").public;
  const signature = deriveKey(seed, "BaseDeviceSign", "Ed25519").public;
  const link = deriveKey(seed, "BaseDeviceLink25519", "X25519").public;
  const profile: ProfileDevice = {
    ProfileSignature: keyDataOf(profileKey.public),
    Encryption: keyDataOf(encryption),
    Signature: keyDataOf(signature),
    Authentication: keyDataOf(link),
    Link: [keyDataOf(link)],
  };
  const about = { Manufacturer: "Maker", Model: "M1", Version: "1", Class: className, Properties: [], Commands: [] };
  const description: DevicePreconfigurationPublic = {
    EnvelopedProfileDevice: sign(ProfileDevice, profile, profileKey, false),
    Maker: "maker@example.com",
    EnvelopedDeviceDescription: sign(DeviceDescription, about, profileKey, false),
    Hailing: ["mqtt", "tcp"],
  };
  const salt = random.bytes(32);
  const k = commitKey(salt, profileKey.public);
  const factory: DevicePreconfigurationPrivate = {
    PrivateKeyUDF: seed,
    ...codeValues(k, salt, sign(DevicePreconfigurationPublic, description, profileKey, false)),
    Class: className,
  };
  return { seed, k, salt, profileKey, deviceUdf: profileKey.public.udf, base: { encryption, signature, link }, description, factory };
}

/** What a code gives: the factory values. */
export function codeValues(k: Uint8Array, salt: Uint8Array, enveloped: DareEnvelope) {
  return {
    PublicationId: publicationId(k),
    KHail: hailKey(k),
    KLink: linkKey(k),
    Kd: deviceAuthenticator(k),
    SealedDescription: sealDescription(k, salt, enveloped),
  };
}

/** The same device with a new code, as an owner makes it for a release. */
export function newCode(made: Made): Made {
  const salt = random.bytes(32);
  const k = commitKey(salt, made.profileKey.public);
  const values = codeValues(k, salt, sign(DevicePreconfigurationPublic, made.description, made.profileKey, false));
  return { ...made, k, salt, factory: { ...made.factory, ...values } };
}

export interface Owner {
  readonly address: string;
  readonly accountUdf: string;
  readonly accountKey: PrivateKey;
  readonly administrator: PrivateKey;
}

export function makeOwner(address: string): Owner {
  const accountKey = generatePrivateKey("Ed448", random);
  return { address, accountKey, accountUdf: accountKey.public.udf, administrator: generatePrivateKey("Ed25519", random) };
}

export interface Hub {
  readonly udf: string;
  readonly link: PrivateKey;
}

export function makeHub(): Hub {
  return { udf: generatePrivateKey("Ed448", random).public.udf, link: generatePrivateKey("X25519", random) };
}

/** What the owner keeps of a device. */
export interface Holding {
  readonly owner: Owner;
  readonly made: Made;
  readonly contribution: DeviceContribution;
  /** a of each use. */
  readonly activation: { readonly encryption: PrivateKey; readonly signature: PrivateKey };
  readonly linkRoot: Uint8Array;
}

export function hold(owner: Owner, made: Made, contribution: DeviceContribution): Holding {
  const seed = newSeed(random, seedSpecifier.deviceActivation);
  return {
    owner,
    made,
    contribution,
    activation: {
      encryption: deriveKey(seed, "ActivationDeviceEncrypt", "Ed25519"),
      signature: deriveKey(seed, "ActivationDeviceSign", "Ed25519"),
    },
    linkRoot: random.bytes(32),
  };
}

/** What a hub gets, and what it carries to the device. */
export interface Dealt {
  readonly respond: RespondDevice;
  readonly sealed: Uint8Array;
  readonly plaintextLength: number;
  readonly psk: Uint8Array;
  readonly hailKey: Uint8Array;
  readonly epoch: number;
  readonly connectionDevice: DareEnvelope;
  /** a_H of each use. */
  readonly hubShares: { readonly encryption: PrivateKey; readonly signature: PrivateKey };
}

/** Ways to make a delivery wrong. */
export interface Tamper {
  readonly respond?: (respond: RespondDevice) => RespondDevice;
  readonly device?: (device: ConnectionDevice) => ConnectionDevice;
  readonly hub?: (hub: ConnectionHub) => ConnectionHub;
  readonly signer?: PrivateKey;
  readonly connectionSigner?: PrivateKey;
  /** a_D is all of a. */
  readonly whole?: boolean;
  readonly prologueEpoch?: number;
}

export function dealTo(holding: Holding, hub: Hub, epoch: number, tamper: Tamper = {}): Dealt {
  const { owner, made, contribution, activation, linkRoot } = holding;
  const part = (use: "encryption" | "signature", f: PublicKey) => {
    const a = activation[use];
    const [share, hubShare] = deal({ secret: a, parties: 2, random }) as [PrivateKey, PrivateKey];
    const mine = tamper.whole ? wholeScalar(a) : share;
    const own = addPublic(made.base[use], f);
    return { share: mine.export().Private, point: addPublic(own, mine.public).octets, composite: addPublic(own, a.public), hubShare };
  };
  const encryption = part("encryption", publicKeyOf(contribution.Encryption));
  const signature = part("signature", publicKeyOf(contribution.Signature));
  const same = <T>(value: T): T => value;
  const connectionSigner = tamper.connectionSigner ?? owner.administrator;
  const connectionDevice = sign(
    ConnectionDevice,
    (tamper.device ?? same)({
      Subject: made.deviceUdf,
      Authority: owner.accountUdf,
      Account: owner.address,
      Roles: [],
      Authentication: contribution.Link25519,
      Signature: keyDataOf(signature.composite),
      Encryption: keyDataOf(encryption.composite),
      Link: [contribution.Link25519],
    }),
    connectionSigner,
  );
  const connectionHub = sign(
    ConnectionHub,
    (tamper.hub ?? same)({
      Subject: hub.udf,
      Authority: owner.accountUdf,
      LinkKeys: [keyDataOf(hub.link.public)],
      DeviceUdf: [made.deviceUdf],
      DealEpoch: epoch,
    }),
    connectionSigner,
  );
  const respond = (tamper.respond ?? same)({
    DeviceUdf: made.deviceUdf,
    HubUdf: hub.udf,
    AccountUdf: owner.accountUdf,
    DealEpoch: epoch,
    EncryptShare: encryption.share,
    SignatureShare: signature.share,
    PartialEncryption: encryption.point,
    PartialSignature: signature.point,
    LinkRoot: linkRoot,
    EnvelopedConnectionDevice: connectionDevice,
    EnvelopedConnectionHub: connectionHub,
    AdministratorSignature25519: keyDataOf(owner.administrator.public),
    AccountAddress: owner.address,
    OwnerAuthenticate: ownerAuthenticate(made.factory.Kd, {
      address: owner.address,
      accountUdf: owner.accountUdf,
      administratorFingerprint: fullFingerprint(owner.administrator.public),
    }),
  });
  const names = { hubUdf: hub.udf, dealEpoch: tamper.prologueEpoch ?? epoch };
  const envelope = sign(RespondDevice, respond, tamper.signer ?? owner.administrator);
  return {
    respond,
    sealed: sealFor(holding, RespondDevice.tag, envelope, names),
    plaintextLength: encodeEnvelopeB(envelope).length,
    psk: linkPsk({ linkRoot, hubUdf: hub.udf, dealEpoch: epoch }),
    hailKey: epochHailKey(linkRoot, epoch),
    epoch,
    connectionDevice,
    hubShares: { encryption: encryption.hubShare, signature: signature.hubShare },
  };
}

/** a as a scalar: both shares together. */
export function wholeScalar(a: PrivateKey): PrivateKey {
  const [one, two] = deal({ secret: a, parties: 2, random }) as [PrivateKey, PrivateKey];
  return addPrivate(one, two);
}

/** Seals a signed order to the device's fresh link key. */
export function sealFor(holding: Holding, kind: string, envelope: DareEnvelope, names: { hubUdf: string; dealEpoch: number }): Uint8Array {
  const recipient = publicKeyOf(holding.contribution.Link25519);
  const prologue = sealedPrologue(kind, { deviceUdf: holding.made.deviceUdf, ...names });
  return sealOneWay({ recipient, prologue, plaintext: encodeEnvelopeB(envelope), random });
}

/** Opens an onboard link as a hub that has read the code. */
export function linkOnboard(stream: LinkStream, made: Made, hub: Hub, dealEpoch = 0): Promise<LinkSession> {
  const { PublicationId: id, KLink: psk } = made.factory;
  return openLink({ stream, mode: "onboard", id, local: hub.link, remote: made.base.link, psk, hubUdf: hub.udf, dealEpoch, ...link });
}

/** Opens a linked session as the hub of a deal. */
export function linkLinked(stream: LinkStream, holding: Holding, hub: Hub, dealt: { psk: Uint8Array; epoch: number }): Promise<LinkSession> {
  const remote = publicKeyOf(holding.contribution.Link25519);
  const { deviceUdf: id } = holding.made;
  return openLink({ stream, mode: "linked", id, local: hub.link, remote, psk: dealt.psk, hubUdf: hub.udf, dealEpoch: dealt.epoch, ...link });
}

const link = { clock: systemClock, random, timeoutMs: 5_000 };

/** The device's contribution, verified under its base Signature key. */
export function readContribution(octets: Uint8Array, made: Made): DeviceContribution {
  return verifyObject(DeviceContribution, parseEnvelope(octets), [made.base.signature]).value;
}
