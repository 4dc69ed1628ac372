/**
 * Repair by whoever has the account's root key, where the service does not let this machine in, or somebody disturbs it again and again: a service that
 * was put back to an earlier day believes a removed administrator, and that one can remove the others there. By the root key's word a link key of this one
 * repair has the owner's rights for ten minutes, and nobody else uses the account meanwhile. docs/extensions.md §5
 */
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, isMeshError } from "../../base/errors.ts";
import { generatePrivateKey } from "../../crypto/index.ts";
import { bindProfile } from "../connect/bind-profile.ts";
import type { AccountContext } from "../context/account-context.ts";
import { removalIn } from "../context/removal.ts";
import type { Repaired } from "../epoch/repair.ts";

/** What a locked out machine meets, and one that somebody is always before. */
const lockedOut: readonly ErrorCode[] = ["ERR_REVOKED", "ERR_NOT_AUTHORIZED", "ERR_CONFLICT"];

/** Makes stores whole, alone where that has to be. Errors: those of AccountContext.repair, and ERR_REVOKED when the owner did remove this machine. */
export async function repairAccount(context: AccountContext): Promise<readonly Repaired[]> {
  try {
    return await context.repair();
  } catch (error) {
    const isKeptOut = lockedOut.some((code) => isMeshError(error, code)) && removalIn(context, error) === undefined;
    if (!isKeptOut || context.keys.profileSignature === undefined) throw error;
    context.ports.log.warn("repair.alone", { reason: asMeshError(error).message });
    return await repairAlone(context, context.keys.profileSignature);
  }
}

async function repairAlone(context: AccountContext, root: NonNullable<AccountContext["keys"]["profileSignature"]>): Promise<readonly Repaired[]> {
  const { address, profile, profileEnvelope, ports } = context;
  const link = generatePrivateKey("X448", ports.random);
  const client = context.client.under(link);
  const bind = { client, address, profile: profileEnvelope, link, root, serviceUdf: profile.ServiceUdf, random: ports.random };
  try {
    await bindProfile({ ...bind, recover: true, alone: true });
    return await context.repair(client);
  } finally {
    // Without it the others wait for ten minutes.
    await bindProfile(bind).catch((error: unknown) => ports.log.warn("repair.alone", { reason: asMeshError(error).message }));
    client.close();
    link.wipe();
  }
}
