/** Where the accounts of groups are that this machine administers, below its own state directory. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { AccountContext } from "../context/account-context.ts";
import { loadAccountFile } from "../context/account-file.ts";
import { exclusively } from "../context/exclusive.ts";

const folder = "groups";

/** What this machine keeps of a group: its account where it administers it, and the newest head of its audit. */
export function groupDirectory(dir: string, address: string): string {
  return join(dir, folder, encodeURIComponent(address));
}

/** The addresses of the groups whose accounts are here, sorted. */
export async function administeredGroups(dir: string): Promise<readonly string[]> {
  const names = await readdir(join(dir, folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw asMeshError(error);
  });
  const files = await Promise.all(names.map((name) => loadAccountFile(join(dir, folder, name))));
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
    const group = await AccountContext.open({ dir, ports });
    try {
      await group.sync();
      return await task(group);
    } finally {
      await group.close();
    }
  });
}
