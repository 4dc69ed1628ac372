/**
 * Repair by whoever has the account's root key, where the service does not let this machine in, or somebody disturbs it again and again: a service that
 * was put back to an earlier day believes a removed administrator, and that one can remove the others there. By the root key's word a link key of this one
 * repair has the owner's rights for ten minutes, and nobody else uses the account meanwhile. A note on the disk says that it was begun: where it was killed,
 * this machine is kept out like all others, and goes on with another such key. docs/extensions.md §5
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileError, readFileIfExists, syncDirectory, writeFileAtomic } from "../../base/atomic-file.ts";
import { utf8 } from "../../base/bytes.ts";
import { dateTime } from "../../base/clock.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, isMeshError } from "../../base/errors.ts";
import { generatePrivateKey } from "../../crypto/index.ts";
import { bindProfile } from "../connect/bind-profile.ts";
import type { AccountContext } from "../context/account-context.ts";
import { removalIn } from "../context/removal.ts";
import { endStrayAccess } from "../device/stray-access.ts";
import type { Repaired } from "../epoch/repair.ts";

/** What a locked out machine meets, and one that somebody is always before. */
const lockedOut: readonly ErrorCode[] = ["ERR_REVOKED", "ERR_NOT_AUTHORIZED", "ERR_CONFLICT"];

/** Makes stores whole, alone where that has to be. Errors: those of AccountContext.repair, and ERR_REVOKED when the owner did remove this machine. */
export async function repairAccount(context: AccountContext): Promise<readonly Repaired[]> {
  const repaired = await repairStores(context);
  // Whom such an entry lets in can do it again: at once, and if that fails the agent goes on with it.
  await endStrayAccess(context).catch((error: unknown) => context.ports.log.warn("access.stray.left", { reason: asMeshError(error).message }));
  return repaired;
}

async function repairStores(context: AccountContext): Promise<readonly Repaired[]> {
  const { profileSignature } = context.keys;
  if (profileSignature !== undefined && (await wasBegun(context.dir))) return await repairAlone(context, profileSignature);
  try {
    return await context.repair();
  } catch (error) {
    const isKeptOut = lockedOut.some((code) => isMeshError(error, code)) && removalIn(context, error) === undefined;
    if (!isKeptOut || profileSignature === undefined) throw error;
    context.ports.log.warn("repair.alone", { reason: asMeshError(error).message });
    return await repairAlone(context, profileSignature);
  }
}

async function repairAlone(context: AccountContext, root: NonNullable<AccountContext["keys"]["profileSignature"]>): Promise<readonly Repaired[]> {
  const { address, profile, profileEnvelope, ports } = context;
  const link = generatePrivateKey("X448", ports.random);
  const client = context.client.under(link);
  const bind = { client, address, profile: profileEnvelope, link, root, serviceUdf: profile.ServiceUdf, random: ports.random };
  await noteBegun(context.dir, dateTime(ports.clock.now()));
  try {
    await bindProfile({ ...bind, recover: true, alone: true });
    return await context.repair(client);
  } finally {
    // Without it the others wait for ten minutes.
    const isEnded = await bindProfile(bind).then(
      () => true,
      (error: unknown) => ports.log.warn("repair.alone", { reason: asMeshError(error).message }),
    );
    if (isEnded === true) await forgetBegun(context.dir);
    client.close();
    link.wipe();
  }
}

const fileName = "repair-alone";

async function wasBegun(dir: string): Promise<boolean> {
  return (await readFileIfExists(join(dir, fileName))) !== undefined;
}

/** Before the account is anybody's alone. Errors: ERR_DISK_FULL, ERR_PERMISSION, ERR_STORE. */
async function noteBegun(dir: string, time: string): Promise<void> {
  await writeFileAtomic(join(dir, fileName), utf8(`${time}\n`));
}

async function forgetBegun(dir: string): Promise<void> {
  const path = join(dir, fileName);
  try {
    await rm(path, { force: true });
    await syncDirectory(dir);
  } catch (error) {
    throw fileError(error, `cannot remove ${path}`);
  }
}
