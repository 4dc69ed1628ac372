/** The end of an account: its root key lets the service forget it with all its stores (extensions §6), then this machine erases its keys and copies. */
import { dateTime } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { BindAuthorization } from "../../protocol/index.ts";
import { deviceCatalog, envelopeObject } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { finishErasure, noteRemoval } from "../context/removal-file.ts";
import { keysOfSeed } from "../context/seed-keys.ts";
import { signRemoval } from "../device/evidence.ts";

/**
 * Deletes the account at its service and on this machine; the context is closed. After a crash or a lost answer it is called again: an account that
 * the service does not have is erased here all the same. What other machines and devices hold stays there.
 * Errors: ERR_NOT_AUTHORIZED without the seed; ERR_NOT_FOUND without a copy of the device catalog; those of the service and the disk.
 */
export async function deleteAccount(context: AccountContext): Promise<void> {
  const { address, client, dir, keys, profile, ports } = context;
  requireSeed(context);
  const device = context.get(deviceCatalog, context.deviceUdf);
  if (!device)
    throw new MeshError("ERR_NOT_FOUND", "this machine's own entry is not in its copy of MMM_Device", { hint: "run 'meshman account sync' first" });
  const evidence = signRemoval(context, { device, at: dateTime(ports.clock.now()) });
  try {
    const value: BindAuthorization = {
      AccountAddress: address,
      ServiceUdf: profile.ServiceUdf,
      LinkUdf: context.identity.base.link448.public.udf,
      HandshakeHash: await client.handshakeHash(),
    };
    const signers = [keysOfSeed(keys.accountSeed ?? "").profile];
    await client.unbind({
      Account: address,
      EnvelopedBindAuthorization: envelopeObject({ struct: BindAuthorization, value, signers, random: ports.random }),
    });
  } catch (error) {
    if (!isMeshError(error, "ERR_ACCOUNT_UNKNOWN")) throw error;
  }
  await noteRemoval(dir, { address, evidence });
  await context.close();
  await finishErasure(dir);
}

/** Refuses where the root key is not at hand. Errors: ERR_NOT_AUTHORIZED. */
export function requireSeed({ keys }: AccountContext): void {
  if (keys.accountSeed !== undefined) return;
  throw new MeshError("ERR_NOT_AUTHORIZED", "this machine does not hold the seed of the account, which alone can end it", {
    hint: "use the machine that made the account; 'meshman account info' says which one holds the seed",
  });
}
