/** Where the accounts of groups are that this machine administers, below its own state directory. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { asMeshError, isMeshError, MeshError } from "../../base/errors.ts";
import { AccountContext } from "../context/account-context.ts";
import { loadAccountFile } from "../context/account-file.ts";
import { exclusively } from "../context/exclusive.ts";
import { meetRemoval, removalIn } from "../context/removal.ts";
import { groupsFolder } from "../context/removal-file.ts";

/** What this machine keeps of a group: its account where it administers it, and the newest head of its audit. */
export function groupDirectory(dir: string, address: string): string {
  return join(dir, groupsFolder, encodeURIComponent(address));
}

/** The addresses of the groups whose accounts are here, sorted. */
export async function administeredGroups(dir: string): Promise<readonly string[]> {
  const names = await readdir(join(dir, groupsFolder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw asMeshError(error);
  });
  const files = await Promise.all(names.map((name) => loadAccountFile(join(dir, groupsFolder, name))));
  return files.flatMap((file) => (file === undefined ? [] : [file.AccountAddress])).sort();
}

/** Works in the account of a group with its newest state. Errors: ERR_NOT_FOUND when it is not administered here; those of the service and the task. */
export async function inGroup<T>(own: AccountContext, address: string, task: (group: AccountContext) => Promise<T>): Promise<T> {
  const { ports } = own;
  const dir = groupDirectory(own.dir, address);
  if ((await loadAccountFile(dir)) === undefined) {
    throw new MeshError("ERR_NOT_FOUND", `this machine administers no group ${address}`, {
      hint: "'meshman group list' shows those that it does; another machine is let in by 'meshman group pin' on one of these",
    });
  }
  return exclusively({ dir, purpose: `group ${address}`, clock: ports.clock }, async () => {
    const group = await AccountContext.open({ dir, ports }).catch((error: unknown) => {
      throw isMeshError(error, "ERR_REVOKED") ? ended(address, error) : error;
    });
    try {
      await group.sync();
    } catch (error) {
      await group.close();
      if (!isMeshError(error, "ERR_REVOKED")) throw error;
      throw ended(address, asMeshError(await meetRemoval(group, error)));
    }
    try {
      return await task(group);
    } catch (error) {
      // Of a task that works in both accounts the owner's word says which one it is about.
      if (!removalIn(group, error)) throw error;
      throw ended(address, asMeshError(await meetRemoval(group, error)));
    } finally {
      await group.close();
    }
  });
}

/** What the group says of this machine is not what its account says. */
function ended(address: string, cause: MeshError): MeshError {
  return new MeshError("ERR_NOT_AUTHORIZED", `this machine administers ${address} no more: ${cause.message}`, {
    hint: "the account goes on here as before; 'meshman group pin' on a machine that administers the group lets this one in again",
    cause,
  });
}
