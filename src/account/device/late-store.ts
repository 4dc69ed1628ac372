/** Stores that accounts of before do not have: an administrator that wants to write there makes them first. */
import { MeshError } from "../../base/errors.ts";
import type { CatalogLabel } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { handOnKeys } from "./hand-on.ts";

/** True for a device that reads the store; in accounts of before it is not there yet. */
export function readsStore({ keys }: Pick<AccountContext, "keys">, label: CatalogLabel): boolean {
  return keys.storeKeys.has(label);
}

/**
 * Administrators alone write; an account of before gets the store first. @param what it is for, in words
 * Errors: ERR_NOT_AUTHORIZED, ERR_NOT_FOUND, those of the service.
 */
export async function requireStore(context: AccountContext, label: CatalogLabel, what: string): Promise<void> {
  administratorOf(context);
  if (!readsStore(context, label)) await handOnKeys(context);
  if (readsStore(context, label)) return;
  throw new MeshError("ERR_NOT_FOUND", `the account has no store for ${what} yet`, {
    hint: "run 'meshman account sync', and see that the service is up to date",
  });
}
