/**
 * Recovers an account on a bare machine by its seed (schema-08 §9.4, protocol-09 §7.13): the root key makes the machine's link key the owner's for an
 * hour at the service (extensions §6), the machine makes itself a device of the account as the first one did, and reads the stores from then on.
 * What others are stays: the account has the same keys, so that hubs, devices and contacts follow.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { isMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, struct } from "../../codec/index.ts";
import { deriveKey } from "../../crypto/index.ts";
import { MeshClient } from "../../protocol/index.ts";
import type { CatalogLabel, ProfileUser, Verified } from "../../schema/index.ts";
import {
  accessCatalog,
  accountAddress,
  CatalogedAccess,
  catalogLabels,
  deviceCatalog,
  ProfileUser as ProfileUserStruct,
  publicKeyOf,
  storeKeyName,
  verifyProfile,
} from "../../schema/index.ts";
import { activateDevice } from "../connect/activate.ts";
import { bindProfile } from "../connect/bind-profile.ts";
import { AccountContext } from "../context/account-context.ts";
import { AccountFile, loadAccountFile, saveAccountFile } from "../context/account-file.ts";
import type { DeviceIdentity } from "../context/device-identity.ts";
import { identityOf } from "../context/device-identity.ts";
import type { StoreKey } from "../context/keyring.ts";
import type { Ports } from "../context/ports.ts";
import { keysOfSeed } from "../context/seed-keys.ts";
import { checkOwnName } from "../naming/check.ts";
import { put } from "../store/edit.ts";

/** What is recovered, and where. */
export interface RecoverOptions {
  readonly dir: string;
  /** Secret: the seed that the shares gave. */
  readonly seed: string;
  readonly address: string;
  readonly serviceUrl: string;
  readonly localName?: string;
  readonly ports: Ports;
}

/** Roles of the machine: everything, as of the first one. */
const roles = ["super", "admin", "web", "message", "device", "command"] as const;

/** A recovery that has begun: stored before the service hears of it, so that one that was interrupted goes on as the same device. */
interface Recovery {
  readonly AccountFile: AccountFile;
  readonly CatalogedAccess: CatalogedAccess;
}
const Recovery: Struct<Recovery> = struct<Recovery>("Recovery", { AccountFile, CatalogedAccess });
const fileName = "recovery.json";

const replacedHint = "a machine was removed since the account was made; use an administration device, or a copy of its state directory";

/** Fingerprint of the account that a seed is of. */
export function accountOfSeed(seed: string): string {
  return keysOfSeed(seed).profile.public.udf;
}

/** What the seed of an account does not give any more, so that its shares do not recover it; undefined when they do. */
export function lostToSeed(context: AccountContext): string | undefined {
  const { accountSeed } = context.keys;
  if (accountSeed !== undefined && context.profile.AdministratorSignature.Udf !== keysOfSeed(accountSeed).adminSign.public.udf)
    return "the administrators' keys were replaced after a removal";
  return context.sizeOf(deviceCatalog.label).keyEpoch > 0 ? `${deviceCatalog.label} got another key after a removal` : undefined;
}

/**
 * Recovers an account and leaves it open. Called again after a crash, it goes on where it stopped.
 * Errors: ERR_ACCOUNT_EXISTS when the directory has one, ERR_VERIFICATION when the seed is of another account than the address has, ERR_KEY when keys
 * were replaced that the seed does not give; those of the service.
 */
export async function recoverAccount(options: RecoverOptions): Promise<AccountContext> {
  const { dir, seed, serviceUrl, ports } = options;
  const address = accountAddress(options.address);
  const localName = options.localName === undefined ? undefined : checkOwnName(options.localName);
  const path = join(dir, fileName);
  const started = await readFileIfExists(path);
  const resumed = started && decodeObject(Recovery, started);
  const existing = (await loadAccountFile(dir))?.AccountAddress ?? resumed?.AccountFile.AccountAddress;
  if (existing !== undefined && (!resumed || existing !== address))
    throw new MeshError("ERR_ACCOUNT_EXISTS", `${dir} already holds the account ${existing}`);
  const identity = await identityOf(dir, ports);
  const link = identity.base.link448;
  const client = new MeshClient({ url: serviceUrl, link, account: address, clock: ports.clock, random: ports.random });
  try {
    await client.hello();
    const profile = await profileAt(client, { address, seed });
    const service = client.profileService;
    if (service?.value.ProfileSignature.Udf !== profile.value.ServiceUdf) throw verificationError("the service of the account");
    const recovery = resumed ?? makeRecovery({ ...options, ...(localName === undefined ? {} : { localName }), address, identity, profile, service });
    if (!resumed) await writeFileAtomic(path, encodeObject(Recovery, recovery));
    const root = keysOfSeed(seed).profile;
    await bindProfile({
      client,
      address,
      profile: profile.envelope,
      link,
      root,
      serviceUdf: profile.value.ServiceUdf,
      random: ports.random,
      recover: true,
    });
    await saveAccountFile(dir, recovery.AccountFile);
    const context = await AccountContext.open({ dir, ports, serviceUrl });
    try {
      await introduce(context, recovery);
    } catch (error) {
      await context.close();
      throw error;
    }
    await rm(path, { force: true });
    return context;
  } finally {
    await client.close();
  }
}

/** The profile that the service has for the address. Errors: ERR_VERIFICATION when the seed is not of that account; ERR_KEY. */
async function profileAt(client: MeshClient, { address, seed }: { readonly address: string; readonly seed: string }): Promise<Verified<ProfileUser>> {
  const key = keysOfSeed(seed);
  const profile = verifyProfile(ProfileUserStruct, await client.profileOf(address));
  if (profile.value.ProfileSignature.Udf !== key.profile.public.udf) {
    throw new MeshError(
      "ERR_VERIFICATION",
      `the shares are of the account ${key.profile.public.udf}, and ${address} is ${profile.value.ProfileSignature.Udf}`,
      {
        hint: "check the address and the shares",
      },
    );
  }
  if (profile.value.AdministratorSignature.Udf !== key.adminSign.public.udf) {
    throw new MeshError("ERR_KEY", `the administrators of ${address} have keys that the shares do not give`, {
      hint: replacedHint,
    });
  }
  return profile;
}

function makeRecovery(
  options: RecoverOptions & {
    readonly identity: DeviceIdentity;
    readonly profile: Verified<ProfileUser>;
    readonly service: NonNullable<MeshClient["profileService"]>;
  },
): Recovery {
  const { seed, address, serviceUrl, identity, profile, service, localName, ports } = options;
  const key = keysOfSeed(seed);
  const { device, access } = activateDevice({
    authority: {
      accountUdf: key.profile.public.udf,
      address,
      profileEnvelope: profile.envelope,
      service: publicKeyOf(service.value.ServiceEncryption),
      administrator: { signature: key.adminSign, signature25519: key.adminSign25519, encryption: key.adminEncrypt },
      storeKeys: new Map<CatalogLabel, readonly StoreKey[]>(
        catalogLabels.map((label) => [label, [{ key: deriveKey(seed, storeKeyName(label, 0), "X448"), keyEpoch: 0 }]]),
      ),
      accountSeed: seed,
      accountEncryption: key.encrypt,
      accountAuthentication: key.authenticate,
      accountSignature: key.sign,
    },
    profile: identity.profile,
    profileEnvelope: identity.envelope,
    roles,
    ...(localName === undefined ? {} : { localName }),
    ports,
  });
  return {
    AccountFile: {
      AccountAddress: address,
      ServiceUrl: serviceUrl,
      ServiceUdf: profile.value.ServiceUdf,
      EnvelopedProfileUser: profile.envelope,
      EnvelopedProfileService: service.envelope,
      CatalogedDevice: device,
    },
    CatalogedAccess: access,
  };
}

/** Makes the machine a device of the account, by entries that it closes itself: the administrators' key vouches for it. */
async function introduce(context: AccountContext, { AccountFile: file, CatalogedAccess: access }: Recovery): Promise<void> {
  await context.sync().catch((error: unknown) => {
    if (!isMeshError(error, "ERR_NOT_AUTHORIZED") || error.detail.keyEpoch === undefined) throw error;
    throw new MeshError("ERR_KEY", `${String(error.detail.store)} is under a key that the shares do not give`, { hint: replacedHint, cause: error });
  });
  if (context.get(deviceCatalog, context.deviceUdf)) return;
  await context.transact({ catalogs: [put(deviceCatalog, file.CatalogedDevice), put(accessCatalog, access)] });
  await context.sync();
}
