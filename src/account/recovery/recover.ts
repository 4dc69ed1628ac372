/**
 * Recovers an account on a bare machine by its seed (schema-08 §9.4, protocol-09 §7.13): the root key makes the machine's link key the owner's for an
 * hour at the service, which hands out what is sealed for recovery (extensions §6). The machine makes itself a device of the account, by the root key's
 * word, and reads the stores from then on. What others are stays: the account has the same keys, so that hubs, devices and contacts follow.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, writeFileAtomic } from "../../base/atomic-file.ts";
import { asMeshError, MeshError, verificationError } from "../../base/errors.ts";
import type { Struct } from "../../codec/index.ts";
import { decodeObject, encodeObject, struct } from "../../codec/index.ts";
import { MeshClient } from "../../protocol/index.ts";
import type { EscrowedKeys, ProfileUser, Verified } from "../../schema/index.ts";
import {
  accessCatalog,
  accountAddress,
  CatalogedAccess,
  deviceCatalog,
  ProfileUser as ProfileUserStruct,
  publicKeyOf,
  verifyProfile,
} from "../../schema/index.ts";
import { activateDevice } from "../connect/activate.ts";
import { bindProfile } from "../connect/bind-profile.ts";
import { AccountContext } from "../context/account-context.ts";
import { AccountFile, accountFileName, loadAccountFile, saveAccountFile } from "../context/account-file.ts";
import type { DeviceIdentity } from "../context/device-identity.ts";
import { identityOf } from "../context/device-identity.ts";
import { isForWantOfKey } from "../context/doubt.ts";
import type { Ports } from "../context/ports.ts";
import { keysOfSeed } from "../context/seed-keys.ts";
import { checkOwnName } from "../naming/check.ts";
import { storesFolder } from "../store/copy-path.ts";
import { put } from "../store/edit.ts";
import { anchorCopies } from "../store/seen-mark.ts";
import type { OpenedRecord } from "./record.ts";
import type { Recovered } from "./recovered-authority.ts";
import { openKept, recoveredAuthority } from "./recovered-authority.ts";

/** What is recovered, and where. */
export interface RecoverOptions {
  readonly dir: string;
  /** Secret: the seed that the shares gave. */
  readonly seed: string;
  readonly address: string;
  readonly serviceUrl: string;
  readonly localName?: string;
  /** The least that the service has to show. */
  readonly record?: OpenedRecord;
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

/** Fingerprint of the account that a seed is of. */
export function accountOfSeed(seed: string): string {
  return keysOfSeed(seed).profile.public.udf;
}

/**
 * Recovers an account and leaves it open. Called again after a crash, it goes on where it stopped.
 * Errors: ERR_ACCOUNT_EXISTS when the directory has one, ERR_VERIFICATION when the seed is of another account than the address has, or what the
 * service hands out is not the administrators'; ERR_KEY when keys were replaced that it does not hand out; those of the service.
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
    requireNoOlder(profile, options.record);
    const service = client.profileService;
    const serviceUdf = profile.value.ServiceUdf;
    if (service?.value.ProfileSignature.Udf !== serviceUdf) throw verificationError("the service of the account");
    const root = keysOfSeed(seed).profile;
    const handed = await bindProfile({ client, address, profile: profile.envelope, link, root, serviceUdf, random: ports.random, recover: true });
    const recovered: Recovered = { seed, address, profile, service: publicKeyOf(service.value.ServiceEncryption) };
    const kept = openKept(handed.EnvelopedEscrowedKeys, recovered);
    const recovery =
      resumed ??
      makeRecovery({ ...options, ...(localName === undefined ? {} : { localName }) }, { identity, recovered, kept, service: service.envelope });
    if (!resumed) await writeFileAtomic(path, encodeObject(Recovery, recovery));
    await anchorCopies(storesFolder(dir), { told: kept.Heads ?? [], seen: options.record?.record.Head });
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

/** The profile that the service has for the address. Errors: ERR_VERIFICATION when the seed is not of that account. */
async function profileAt(client: MeshClient, { address, seed }: { readonly address: string; readonly seed: string }): Promise<Verified<ProfileUser>> {
  const profile = verifyProfile(ProfileUserStruct, await client.profileOf(address));
  const udf = accountOfSeed(seed);
  if (profile.value.ProfileSignature.Udf === udf) return profile;
  throw new MeshError("ERR_VERIFICATION", `the shares are of the account ${udf}, and ${address} is ${profile.value.ProfileSignature.Udf}`, {
    hint: "check the address and the shares",
  });
}

/** Errors: ERR_ROLLBACK when the profile is of before the record. */
function requireNoOlder({ value }: Verified<ProfileUser>, record: OpenedRecord | undefined): void {
  const { Version: least = 0 } = record?.profile.value ?? {};
  if ((value.Version ?? 0) >= least) return;
  throw new MeshError(
    "ERR_ROLLBACK",
    `the service shows version ${value.Version ?? 0} of the account's profile, its recovery record is of ${least}`,
    {
      hint: "the service was put back, or somebody at it is not honest: a removed machine could be among the devices that it shows",
    },
  );
}

function makeRecovery(
  { seed, serviceUrl, localName, ports }: RecoverOptions,
  parts: {
    readonly identity: DeviceIdentity;
    readonly recovered: Recovered;
    readonly kept: EscrowedKeys;
    readonly service: AccountFile["EnvelopedProfileService"];
  },
): Recovery {
  const { identity, recovered, kept, service } = parts;
  const { address, profile } = recovered;
  const { device, access } = activateDevice({
    authority: recoveredAuthority(recovered, kept),
    profile: identity.profile,
    profileEnvelope: identity.envelope,
    roles,
    root: keysOfSeed(seed).profile,
    ...(localName === undefined ? {} : { localName }),
    ports,
  });
  return {
    AccountFile: {
      AccountAddress: address,
      ServiceUrl: serviceUrl,
      ServiceUdf: profile.value.ServiceUdf,
      EnvelopedProfileUser: profile.envelope,
      EnvelopedProfileService: service,
      CatalogedDevice: device,
    },
    CatalogedAccess: access,
  };
}

/**
 * Makes the machine a device of the account, by entries that it closes itself: the root key's word in its own vouches for it. A recovery that finds
 * keys which it was not given leaves nothing behind, so that the next attempt begins with what the service hands out then.
 */
async function introduce(context: AccountContext, { AccountFile: file, CatalogedAccess: access }: Recovery): Promise<void> {
  try {
    await context.sync();
  } catch (error) {
    if (!isForWantOfKey(error)) throw error;
    for (const name of [fileName, accountFileName]) await rm(join(context.dir, name), { force: true });
    await rm(storesFolder(context.dir), { recursive: true, force: true });
    throw new MeshError("ERR_KEY", `the account has a key that neither the shares nor its service gave: ${asMeshError(error).message}`, {
      hint: "try again, since keys may have been replaced in this moment; else use an administration device: its agent seals what is missing",
      cause: error,
    });
  }
  if (context.get(deviceCatalog, context.deviceUdf)) return;
  await context.transact({ catalogs: [put(deviceCatalog, file.CatalogedDevice), put(accessCatalog, access)] });
  await context.sync();
}
