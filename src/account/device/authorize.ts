/** Other roles for a full-size device; the keys that they grant follow. extensions §6 */
import { MeshError } from "../../base/errors.ts";
import type { CatalogLabel, Role } from "../../schema/index.ts";
import { catalogKeysOf, checkRoleSet, isRole, sharesKeys, speaksForAccount } from "../../schema/index.ts";
import { commandCapability } from "../connect/activate.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import type { DirectoryEntry } from "../context/device-directory.ts";
import { delegationWrites } from "./delegation.ts";
import { reissue } from "./reissue.ts";

/** What a change of roles did. */
export interface Authorized {
  readonly before: readonly Role[];
  readonly roles: readonly Role[];
  /** Stores that the device could read and may not any more: what it fetched of them it still has. */
  readonly lost: readonly CatalogLabel[];
  /** True when it had the account's keys whole, and has shares from now on: it may have kept them. */
  readonly isNowShared: boolean;
}

const administers = (roles: readonly string[]): boolean => roles.includes("admin") || roles.includes("super");

/**
 * Refuses a change of roles that nobody could take back or that makes a hub of something else. The copies are up to date.
 * Errors: ERR_NOT_AUTHORIZED, ERR_NOT_FOUND, ERR_USAGE.
 */
export function checkRoles(context: AccountContext, deviceUdf: string, roles: readonly Role[]): readonly Role[] {
  administratorOf(context);
  checkRoleSet(roles);
  const before = requireDevice(context, deviceUdf).connection.Roles.filter(isRole);
  if (before.length === 0) throw new MeshError("ERR_USAGE", "a device behind a hub has no roles");
  if (before.includes("hub") !== roles.includes("hub")) {
    throw new MeshError("ERR_USAGE", "a hub stays a hub, and nothing else becomes one", {
      hint: "delete the device, then connect it with the other role",
    });
  }
  const others = [...context.directory.withRole("admin"), ...context.directory.withRole("super")].filter(({ udf }) => udf !== deviceUdf);
  if (administers(before) && !administers(roles) && others.length === 0) {
    throw new MeshError("ERR_USAGE", "this is the last administration device of the account", { hint: "give another one the role admin first" });
  }
  return before;
}

function requireDevice(context: AccountContext, deviceUdf: string): DirectoryEntry {
  const entry = context.directory.find(deviceUdf);
  if (!entry) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`, { hint: "see 'meshman device list'" });
  return entry;
}

/** Gives a device other roles. Errors: those of checkRoles and of reissue, and those of the service. */
export async function authorizeDevice(
  context: AccountContext,
  deviceUdf: string,
  { roles, sharedStores }: { readonly roles: readonly Role[]; readonly sharedStores?: readonly CatalogLabel[] },
): Promise<Authorized> {
  const before = checkRoles(context, deviceUdf, roles);
  const { udf, connection } = requireDevice(context, deviceUdf);
  const { Capabilities: _limits, ...kept } = connection;
  const becomes = { udf, connection: { ...kept, Roles: roles, ...commandCapability(roles) } };
  const shared = sharedStores === undefined ? {} : { sharedStores };
  await context.transact({ catalogs: [...reissue(context, { deviceUdf, roles, ...shared }), ...delegationWrites(context, { with: becomes })] });
  if (deviceUdf === context.deviceUdf) await context.sync();
  const now = catalogKeysOf(roles);
  return {
    before,
    roles,
    lost: catalogKeysOf(before).filter((label) => !now.includes(label)),
    isNowShared: sharesKeys(roles) && speaksForAccount(before) && !sharesKeys(before),
  };
}
