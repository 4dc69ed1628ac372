/** Stores that a device's roles grant and that it has no key of yet: an administrator hands it on (device/hand-on.ts). */
import { MeshError } from "../../base/errors.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import { catalogKeysOf, deviceCatalog, isRole } from "../../schema/index.ts";
import type { AccountContext } from "./account-context.ts";
import type { Keyring } from "./keyring.ts";
import { sharedKeysOf } from "./keyring.ts";

/** By keyring: whoever reads an entry asks. */
const known = new WeakMap<Keyring, readonly CatalogLabel[]>();

/** The stores that wait. */
export function waitingStores({ keys }: Pick<AccountContext, "keys">): readonly CatalogLabel[] {
  const waiting = known.get(keys) ?? storesWithoutKey(keys);
  known.set(keys, waiting);
  return waiting;
}

function storesWithoutKey(keys: Keyring): readonly CatalogLabel[] {
  return catalogKeysOf(keys.connection.Roles.filter(isRole)).filter((label) => !keys.storeKeys.has(label) && sharedKeysOf(keys, label).length === 0);
}

/** Names of the administrators who may hand keys on, as far as this device may know them. */
export function administratorsOf(context: AccountContext): readonly string[] {
  const admins = [...new Set([...context.directory.withRole("admin"), ...context.directory.withRole("super")].map(({ udf }) => udf))];
  const mayName = context.keys.storeKeys.has(deviceCatalog.label);
  return admins.map((udf) => (mayName ? context.get(deviceCatalog, udf)?.LocalName : undefined) ?? udf);
}

/** Errors: ERR_NOT_AUTHORIZED with who is to hand the key on, for a store that waits. */
export function refuseWaiting(context: AccountContext, label: CatalogLabel): void {
  if (!waitingStores(context).includes(label)) return;
  const admins = administratorsOf(context);
  throw new MeshError("ERR_NOT_AUTHORIZED", `this device has no key of ${label} yet: it waits for ${admins.join(" or ") || "an administrator"}`, {
    hint: "run 'meshman account sync' on that machine, then here",
  });
}
