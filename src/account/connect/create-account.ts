/** Makes an account: seeds, profile, binding to a service, all stores with their keys, and this device as its first administrator. protocol-09 §7.1. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, string, struct } from "../../codec/index.ts";
import type { PublicKey } from "../../crypto/index.ts";
import { deriveKey, generateScalarKey, newSeed, seedSpecifier } from "../../crypto/index.ts";
import { MeshClient } from "../../protocol/index.ts";
import type { CatalogLabel, Enveloped, ProfileService, Verified } from "../../schema/index.ts";
import {
  accessCatalog,
  accountAddress,
  CatalogedAccess,
  CatalogedDevice,
  catalogLabels,
  deviceCatalog,
  enveloped,
  envelopeObject,
  keyDataOf,
  ProfileUser,
  peekObject,
  publicKeyOf,
  storeKeyName,
  writerExtension,
} from "../../schema/index.ts";
import { AccountContext } from "../context/account-context.ts";
import { loadAccountFile, saveAccountFile } from "../context/account-file.ts";
import type { DeviceIdentity } from "../context/device-identity.ts";
import { identityOf } from "../context/device-identity.ts";
import type { StoreKey } from "../context/keyring.ts";
import type { Ports } from "../context/ports.ts";
import { keysOfSeed } from "../context/seed-keys.ts";
import { checkOwnName } from "../naming/check.ts";
import { put } from "../store/edit.ts";
import { activateDevice } from "./activate.ts";
import { bindProfile } from "./bind-profile.ts";

/** What a new account is made of. */
export interface CreateAccountOptions {
  readonly dir: string;
  readonly address: string;
  readonly serviceUrl: string;
  readonly localName?: string;
  /** What the service asks for from whoever makes an account there. */
  readonly invitation?: string;
  /** The stores to begin with, as an older version has fewer; every catalog when absent. */
  readonly catalogs?: readonly CatalogLabel[];
  /** Of a group: nobody holds the key that its first profile shows. Its own takes that place: group/group-key.ts. */
  readonly isGroup?: boolean;
  readonly ports: Ports;
}

/** Roles of the first device: everything. */
const firstRoles = ["super", "admin", "web", "message", "device", "command"] as const;

/** An account in the making: stored before the address is bound, so that a crash in between loses neither address nor keys. */
interface NewAccount {
  readonly AccountAddress: string;
  readonly ServiceUrl: string;
  readonly Seed: string;
  readonly EnvelopedProfileUser: Enveloped<ProfileUser>;
  readonly EnvelopedProfileService: Enveloped<ProfileService>;
  readonly CatalogedDevice: CatalogedDevice;
  readonly CatalogedAccess: CatalogedAccess;
}
const NewAccount: Struct<NewAccount> = struct<NewAccount>("NewAccount", {
  AccountAddress: string,
  ServiceUrl: string,
  Seed: string,
  EnvelopedProfileUser: enveloped<ProfileUser>(),
  EnvelopedProfileService: enveloped<ProfileService>(),
  CatalogedDevice: CatalogedDevice,
  CatalogedAccess: CatalogedAccess,
});
const newAccountFile = "new-account.json";

function makeAccount(options: CreateAccountOptions & { readonly identity: DeviceIdentity; readonly service: Verified<ProfileService> }): NewAccount {
  const { address, identity, service, ports } = options;
  const seed = newSeed(ports.random, seedSpecifier.account);
  const key = keysOfSeed(seed);
  const encryption = options.isGroup === true ? ownerless(ports) : key.encrypt.public;
  const profile: ProfileUser = {
    Updated: dateTime(ports.clock.now()),
    ProfileSignature: keyDataOf(key.profile.public),
    AccountAddress: address,
    ServiceUdf: service.value.ProfileSignature.Udf,
    EscrowEncryption: keyDataOf(key.escrow.public),
    AccountEncryption: keyDataOf(encryption),
    AdministratorSignature: keyDataOf(key.adminSign.public),
    AccountAuthentication: keyDataOf(key.authenticate.public),
    AccountSignature: keyDataOf(key.sign.public),
    AdministratorSignature25519: keyDataOf(key.adminSign25519.public),
    AdministratorEncryption: keyDataOf(key.adminEncrypt.public),
  };
  const accountUdf = key.profile.public.udf;
  const profileEnvelope = envelopeObject({
    struct: ProfileUser,
    value: profile,
    signers: [key.profile],
    envelopeId: accountUdf,
    random: ports.random,
  });
  const { device, access } = activateDevice({
    authority: {
      accountUdf,
      address,
      profileEnvelope,
      service: publicKeyOf(service.value.ServiceEncryption),
      administrator: { signature: key.adminSign, signature25519: key.adminSign25519, encryption: key.adminEncrypt },
      storeKeys: new Map<CatalogLabel, readonly StoreKey[]>(
        (options.catalogs ?? catalogLabels).map((label) => [label, [{ key: deriveKey(seed, storeKeyName(label, 0), "X448"), keyEpoch: 0 }]]),
      ),
      accountSeed: seed,
      ...(options.isGroup === true ? {} : { accountEncryption: key.encrypt }),
      accountAuthentication: key.authenticate,
      accountSignature: key.sign,
    },
    profile: identity.profile,
    profileEnvelope: identity.envelope,
    roles: firstRoles,
    ...(options.localName === undefined ? {} : { localName: options.localName }),
    ports,
  });
  return {
    AccountAddress: address,
    ServiceUrl: options.serviceUrl,
    Seed: seed,
    EnvelopedProfileUser: profileEnvelope,
    EnvelopedProfileService: service.envelope,
    CatalogedDevice: { ...device, Extensions: [writerExtension] },
    CatalogedAccess: access,
  };
}

function ownerless({ random }: Ports): PublicKey {
  const key = generateScalarKey("X448", random);
  const { public: shown } = key;
  key.wipe();
  return shown;
}

/** The service at which the account was begun may have it. Errors: ERR_VERIFICATION where another one answers by now. */
function requireSame(
  { AccountAddress, ServiceUrl, EnvelopedProfileUser }: NewAccount,
  { serviceUdf, path }: { readonly serviceUdf: string; readonly path: string },
): void {
  const { ServiceUdf } = peekObject(ProfileUser, EnvelopedProfileUser);
  if (ServiceUdf === serviceUdf) return;
  const found = `${AccountAddress} was begun at the service ${ServiceUdf}; at ${ServiceUrl} the service ${serviceUdf} answers`;
  throw new MeshError("ERR_VERIFICATION", found, { hint: `start the former service there again; to begin anew instead, remove ${path}` });
}

/** Another account has the address. Whoever began a service in vain, its port being in use, speaks to the one that has the port. */
function takenAt(
  { address, serviceUrl, serviceUdf }: { readonly address: string; readonly serviceUrl: string; readonly serviceUdf: string },
  cause: MeshError,
): MeshError {
  return new MeshError("ERR_ACCOUNT_EXISTS", `${address} is taken at ${serviceUrl}, where the service ${serviceUdf} answers`, {
    hint: "choose another address, or connect this device to the existing account; if that is not the service you mean, see its log: another one may have had the port before",
    cause,
  });
}

/** True while an account is in the making there. */
export async function isInTheMaking(dir: string): Promise<boolean> {
  return (await readFileIfExists(join(dir, newAccountFile))) !== undefined;
}

/**
 * Creates an account and leaves it open. Called again after a crash, it goes on where it stopped.
 * Errors: ERR_NAME, ERR_ACCOUNT_EXISTS when the directory has one, or the address is taken; ERR_NOT_INVITED; ERR_SERVICE_UNREACHABLE.
 */
export async function createAccount(options: CreateAccountOptions): Promise<AccountContext> {
  const { dir, ports } = options;
  const address = accountAddress(options.address);
  const localName = options.localName === undefined ? undefined : checkOwnName(options.localName);
  const path = join(dir, newAccountFile);
  const started = await readFileIfExists(path);
  const resumed = started && decodeObject(NewAccount, started);
  const existing = (await loadAccountFile(dir))?.AccountAddress ?? resumed?.AccountAddress;
  if (existing !== undefined && (!resumed || existing !== address)) {
    throw new MeshError("ERR_ACCOUNT_EXISTS", `${dir} already holds the account ${existing}`);
  }
  const identity = await identityOf(dir, ports);
  const serviceUrl = resumed?.ServiceUrl ?? options.serviceUrl;
  const client = new MeshClient({ url: serviceUrl, link: identity.base.link448, account: address, clock: ports.clock, random: ports.random });
  try {
    await client.hello();
    const { profileService } = client;
    if (!profileService) throw new MeshError("ERR_INTERNAL", "a service without a profile");
    const account =
      resumed ?? makeAccount({ ...options, ...(localName === undefined ? {} : { localName }), address, identity, service: profileService });
    if (!resumed) await writeFileAtomic(path, encodeObject(NewAccount, account));
    const { invitation } = options;
    const serviceUdf = profileService.value.ProfileSignature.Udf;
    requireSame(account, { serviceUdf, path });
    try {
      await bindProfile({
        client,
        address,
        profile: account.EnvelopedProfileUser,
        link: identity.base.link448,
        root: keysOfSeed(account.Seed).profile,
        serviceUdf,
        random: ports.random,
        ...(invitation === undefined ? {} : { invitation }),
      });
    } catch (error) {
      // Nothing was bound, and an account that is bound is never refused so: another address or service may be tried.
      const isTaken = isMeshError(error, "ERR_ACCOUNT_EXISTS");
      if (isTaken || isMeshError(error, "ERR_NOT_INVITED")) await rm(path, { force: true });
      throw isTaken ? takenAt({ address, serviceUrl, serviceUdf }, error) : error;
    }
    await saveAccountFile(dir, {
      AccountAddress: address,
      ServiceUrl: serviceUrl,
      ServiceUdf: serviceUdf,
      EnvelopedProfileUser: account.EnvelopedProfileUser,
      EnvelopedProfileService: profileService.envelope,
      CatalogedDevice: account.CatalogedDevice,
    });
    const context = await AccountContext.open({ dir, ports });
    await context.createStores([put(deviceCatalog, account.CatalogedDevice), put(accessCatalog, account.CatalogedAccess)]);
    await rm(path, { force: true });
    return context;
  } finally {
    await client.close();
  }
}
