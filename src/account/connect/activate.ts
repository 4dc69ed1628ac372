/**
 * Makes a full-size device a member of an account: overlay keys, connection, activations, its catalog entry and its rights at the service.
 * schema-08 §3.4, §4.2-4.3, §9; protocol-09 §9. The administration device computes the public side only.
 */
import { dateTime } from "../../base/clock.ts";
import { encodeObject } from "../../codec/index.ts";
import type { PrivateKey, PublicKey } from "../../crypto/index.ts";
import { addPublic, deriveKey, newSeed, seedSpecifier, sha512 } from "../../crypto/index.ts";
import type { ActivationEntry, CatalogLabel, Enveloped, ProfileDevice, ProfileUser, Role } from "../../schema/index.ts";
import {
  AccessCapability,
  ActivationAccount,
  ActivationDevice,
  type CatalogedAccess,
  CatalogedDevice,
  ConnectionDevice,
  ConnectionHub,
  catalogKeysOf,
  envelopeObject,
  keyDataOf,
  keyName,
  privateKeyDataOf,
  publicKeyOf,
  rightsOf,
} from "../../schema/index.ts";
import type { AdministratorKeys, StoreKey } from "../context/keyring.ts";
import type { Ports } from "../context/ports.ts";

/** What an administrator has to hand on. */
export interface Authority {
  readonly accountUdf: string;
  readonly address: string;
  readonly profileEnvelope: Enveloped<ProfileUser>;
  readonly administrator: AdministratorKeys;
  readonly storeKeys: ReadonlyMap<CatalogLabel, readonly StoreKey[]>;
  readonly accountSeed?: string;
  readonly accountSignature?: PrivateKey;
}

/** Whom to connect and as what. */
export interface ActivateOptions {
  readonly authority: Authority;
  readonly profile: ProfileDevice;
  readonly profileEnvelope: Enveloped<ProfileDevice>;
  readonly roles: readonly Role[];
  readonly version: number;
  readonly localName?: string;
  readonly ports: Pick<Ports, "clock" | "random">;
}

/** The entries of a new member. */
export interface Activated {
  readonly device: CatalogedDevice;
  readonly access: CatalogedAccess;
  readonly encryption: PublicKey;
}

/** How long a hub that nobody renews may give orders that carry a risk. */
export const hubLimitMs = 90 * 86_400_000;

function activationAccount(options: ActivateOptions): ActivationAccount {
  const { authority, roles, version } = options;
  const admin = roles.includes("admin") || roles.includes("super");
  const entries: ActivationEntry[] = catalogKeysOf(roles).flatMap((label) =>
    (authority.storeKeys.get(label) ?? []).map(({ key, keyEpoch }) => ({ Resource: label, Key: privateKeyDataOf(key), KeyEpoch: keyEpoch })),
  );
  const { administrator, accountSeed, accountSignature } = authority;
  return {
    Version: version,
    ...(roles.includes("super") && accountSeed !== undefined ? { ActivationKey: accountSeed } : {}),
    ...(admin
      ? {
          AdministratorSignature: privateKeyDataOf(administrator.signature),
          AdministratorSignature25519: privateKeyDataOf(administrator.signature25519),
          AdministratorEncryption: privateKeyDataOf(administrator.encryption),
        }
      : {}),
    ...(accountSignature && (admin || roles.includes("message") || roles.includes("web"))
      ? { AccountSignature: privateKeyDataOf(accountSignature) }
      : {}),
    Entries: entries,
  };
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
    Link: profile.Link,
    ...(roles.includes("command") ? { Capabilities: [{ tag: "CapabilityCommand", value: {} }] } : {}),
  };
  const { random } = ports;
  const device: CatalogedDevice = {
    DeviceUdf: udf,
    Updated: dateTime(ports.clock.now()),
    ...(options.localName === undefined ? {} : { LocalName: options.localName }),
    EnvelopedProfileUser: authority.profileEnvelope,
    EnvelopedProfileDevice: options.profileEnvelope,
    EnvelopedConnectionDevice: envelopeObject({ struct: ConnectionDevice, value: connection, signers: [signature], random }),
    ...(roles.includes("hub") ? { EnvelopedConnectionHub: hubLimit(options) } : {}),
    EnvelopedActivationDevice: envelopeObject({
      struct: ActivationDevice,
      value: { ActivationKey: seed, AccountUdf: udf },
      signers: [signature],
      recipients: [publicKeyOf(profile.Encryption)],
      random,
    }),
    EnvelopedActivationAccount: envelopeObject({
      struct: ActivationAccount,
      value: activationAccount(options),
      signers: [signature],
      recipients: [encryption],
      random,
    }),
  };
  return { device, access: accessOf({ device, connection, signature, random }), encryption };
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
  readonly signature: PrivateKey;
  readonly random: Ports["random"];
}): CatalogedAccess {
  const { device, connection, signature, random } = options;
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
  };
  return { Capability: { tag: AccessCapability.tag, value: capability } };
}
