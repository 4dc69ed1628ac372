/**
 * An account that the service does not have any more. That is the service's word alone: it may have lost the account as well, so that nothing is
 * erased for it.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";

/** What to throw for an error of a call that names this device's own account. */
export function ofOwnAccount(account: string, error: unknown): unknown {
  if (!isMeshError(error, "ERR_ACCOUNT_UNKNOWN")) return error;
  return new MeshError(
    "ERR_ACCOUNT_UNKNOWN",
    `the service holds no account ${account} any more: its owner has deleted it, or the service has lost it`,
    { hint: "nothing was erased here; if you deleted it, erase this directory; if not, ask whoever runs the service", cause: error },
  );
}
