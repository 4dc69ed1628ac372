/**
 * Makes a full-size device a member of an account: overlay keys, connection, activations, its catalog entry and its rights at the service.
 * schema-08 §3.4, §4.2-4.3, §9; protocol-09 §9. The administration device computes the public side only.
 */
import { dateTime } from "../../base/clock.ts";
import { encodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { addPublic, deriveKey, newNonce, newSeed, seedSpecifier, sha512 } from "../../crypto/index.ts";
import type { ActivationSummary, CatalogedPower, CatalogLabel, Enveloped, HeldKey, ProfileDevice, Role } from "../../schema/index.ts";
import {
  AccessCapability,
  ActivationAccount,
  ActivationDevice,
  type CatalogedAccess,
  CatalogedDevice,
  ConnectionDevice,
  ConnectionHub,
  envelopeObject,
  keyDataOf,
  keyName,
  publicKeyOf,
  RecoveredDevice,
  rightsOf,
} from "../../schema/index.ts";
import type { Ports } from "../context/ports.ts";
import type { SplitKey } from "../power/deal-shares.ts";
import { dealKey } from "../power/deal-shares.ts";
import type { Authority, Grant } from "./grant.ts";
import { grantedKeys, heldKeys, splitKeys } from "./grant.ts";

/** Whom to connect and as what. */
export interface ActivateOptions {
  readonly authority: Authority;
  readonly profile: ProfileDevice;
  readonly profileEnvelope: Enveloped<ProfileDevice>;
  readonly roles: readonly Role[];
  /** Further stores of which the role `threshold` gets a share alone. */
  readonly sharedStores?: readonly CatalogLabel[];
  readonly localName?: string;
  /** The root key, of a machine that makes itself a device by recovery. */
  readonly root?: PrivateKey;
  readonly ports: Pick<Ports, "clock" | "random">;
}

/** The entries of a new member. */
export interface Activated {
  readonly device: CatalogedDevice;
  readonly access: CatalogedAccess;
  /** What the service does together with it. */
  readonly powers: readonly CatalogedPower[];
  readonly encryption: PublicKey;
}

/** How long a hub that nobody renews may give orders that carry a risk. */
export const hubLimitMs = 90 * 86_400_000;

/** The keys that a device is granted, sealed to it, and the powers that the service has along with its shares. */
export function activationAccount(options: {
  readonly authority: Authority;
  readonly grant: Grant;
  /** Keys to be split, with the id of the capability for each. */
  readonly split: readonly NamedSplit[];
  readonly version: number;
  readonly connection: ConnectionDevice;
  readonly random: Ports["random"];
}): { readonly envelope: Enveloped<ActivationAccount>; readonly summary: ActivationSummary; readonly powers: readonly CatalogedPower[] } {
  const { authority, grant, split, version, connection, random } = options;
  const { accountUdf, service } = authority;
  const granteeUdf = granteeOf(connection);
  const dealt = split.map(({ id, ...key }) => dealKey(key, id, { accountUdf, granteeUdf, service, random }));
  const shares = dealt.map(({ share }) => share);
  const envelope = envelopeObject({
    struct: ActivationAccount,
    value: { Version: version, ...grantedKeys(authority, grant), ...(shares.length === 0 ? {} : { Shares: shares }) },
    signers: [authority.administrator.signature],
    recipients: [publicKeyOf(connection.Encryption)],
    random,
  });
  const summary = { Version: version, Keys: heldKeys(authority, grant) };
  return { envelope, summary, powers: dealt.map(({ power }) => power) };
}

/** A key to be split, and the id of the capability that the service's share is to be used under. */
export type NamedSplit = SplitKey & { readonly id: string };

/** The keys to be split, each with a fresh id. */
export function namedSplits(authority: Authority, grant: Grant, random: Ports["random"]): readonly NamedSplit[] {
  return splitKeys(authority, grant).map((key) => ({ ...key, id: newNonce(random) }));
}

/** What a device's sessions with the service show: its X448 link key. */
export function granteeOf({ Link }: ConnectionDevice): string {
  const own = Link.find(({ PublicParameters }) => PublicParameters?.value.crv === "X448") ?? Link[0];
  return own?.Udf ?? "";
}

/** Makes the entries of a new member of an account. */
export function activateDevice(options: ActivateOptions): Activated {
  const { authority, profile, roles, ports } = options;
  const { signature } = authority.administrator;
  const seed = newSeed(ports.random, seedSpecifier.deviceActivation);
  const overlay = (base: PublicKey, name: string): PublicKey => addPublic(base, deriveKey(seed, name, base.curve).public);
  const encryption = overlay(publicKeyOf(profile.Encryption), keyName.activationEncrypt);
  const authentication = overlay(publicKeyOf(profile.Authentication), keyName.activationAuthenticate);
  const udf = profile.ProfileSignature.Udf;
  const connection: ConnectionDevice = {
    Subject: udf,
    Authority: authority.accountUdf,
    Account: authority.address,
    Roles: roles,
    Authentication: keyDataOf(authentication),
    Signature: keyDataOf(overlay(publicKeyOf(profile.Signature), keyName.activationSign)),
    Encryption: keyDataOf(encryption),
    ...(profile.Command25519 && !roles.includes("hub")
      ? { Command25519: keyDataOf(overlay(publicKeyOf(profile.Command25519), keyName.activationCommand25519)) }
      : {}),
    Link: profile.Link,
    ...commandCapability(roles),
  };
  const { random } = ports;
  const grant: Grant = { roles, ...(options.sharedStores ? { sharedStores: options.sharedStores } : {}) };
  const activation = activationAccount({ authority, grant, split: namedSplits(authority, grant, random), version: 1, connection, random });
  const enveloped = envelopeObject({ struct: ConnectionDevice, value: connection, signers: [signature], random });
  const device: CatalogedDevice = {
    DeviceUdf: udf,
    Updated: dateTime(ports.clock.now()),
    ...(options.localName === undefined ? {} : { LocalName: options.localName }),
    EnvelopedProfileUser: authority.profileEnvelope,
    EnvelopedProfileDevice: options.profileEnvelope,
    EnvelopedConnectionDevice: enveloped,
    ...(options.root ? { EnvelopedRecoveredDevice: letIn(enveloped, { ...options, root: options.root }) } : {}),
    ...(roles.includes("hub") ? { EnvelopedConnectionHub: hubLimit(options) } : {}),
    EnvelopedActivationDevice: envelopeObject({
      struct: ActivationDevice,
      value: { ActivationKey: seed, AccountUdf: udf },
      signers: [signature],
      recipients: [publicKeyOf(profile.Encryption)],
      random,
    }),
    EnvelopedActivationAccount: activation.envelope,
  };
  return {
    device,
    access: accessOf({ device, connection, activation: activation.summary, signature, random }),
    powers: activation.powers,
    encryption,
  };
}

function letIn(
  connection: Enveloped<ConnectionDevice>,
  { authority, profile, root, ports }: ActivateOptions & { readonly root: PrivateKey },
): Enveloped<RecoveredDevice> {
  const value: RecoveredDevice = {
    AccountUdf: authority.accountUdf,
    DeviceUdf: profile.ProfileSignature.Udf,
    ConnectionDigest: sha512(connection.body),
    Time: dateTime(ports.clock.now()),
  };
  return envelopeObject({ struct: RecoveredDevice, value, signers: [root], random: ports.random });
}

/** What the role `command` allows: all commands of all devices. */
export function commandCapability(roles: readonly Role[]): Pick<ConnectionDevice, "Capabilities"> {
  return roles.includes("command") ? { Capabilities: [{ tag: "CapabilityCommand", value: {} }] } : {};
}

/** The hub-wide ConnectionHub: its time limit begins with its connection. */
function hubLimit({ authority, profile, ports }: ActivateOptions): Enveloped<ConnectionHub> {
  const value: ConnectionHub = {
    Subject: profile.ProfileSignature.Udf,
    Authority: authority.accountUdf,
    LinkKeys: profile.Link,
    DeviceUdf: [],
    DealEpoch: 0,
    NotOnOrAfter: dateTime(ports.clock.now() + hubLimitMs),
  };
  return envelopeObject({ struct: ConnectionHub, value, signers: [authority.administrator.signature], random: ports.random });
}

/** A member's rights at the service, with its own entry sealed to it. */
export function accessOf(options: {
  readonly device: CatalogedDevice;
  readonly connection: ConnectionDevice;
  readonly activation: ActivationSummary;
  /** What roles of before had given it. */
  readonly endedKeys?: readonly HeldKey[];
  readonly signature: PrivateKey;
  readonly random: Ports["random"];
}): CatalogedAccess {
  const { device, connection, activation, endedKeys = [], signature, random } = options;
  const capability: AccessCapability = {
    Id: connection.Authentication.Udf,
    LinkUdf: connection.Link.map(({ Udf }) => Udf),
    Active: true,
    Rights: rightsOf(connection.Roles as readonly Role[]),
    DeviceUdf: device.DeviceUdf,
    EnvelopedCatalogedDevice: envelopeObject({
      struct: CatalogedDevice,
      value: device,
      signers: [signature],
      recipients: [publicKeyOf(connection.Encryption)],
      random,
    }),
    CatalogedDeviceDigest: sha512(encodeObject(CatalogedDevice, device)),
    Activation: activation,
    ...(endedKeys.length === 0 ? {} : { EndedKeys: endedKeys }),
  };
  return { Capability: { tag: AccessCapability.tag, value: capability } };
}
