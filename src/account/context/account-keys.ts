/** The account's own signature key, for what it sends to other accounts. What opens things is in power/opening-keys.ts. schema-08 §9.2 */
import { MeshError } from "../../base/errors.ts";
import type { PrivateKey } from "../../crypto/index.ts";
import type { AccountContext } from "./account-context.ts";

/** The key that signs in the name of the account. Errors: ERR_NOT_AUTHORIZED. */
export function accountSignatureOf({ keys, address }: AccountContext): PrivateKey {
  const { accountSignature } = keys;
  if (!accountSignature) {
    throw new MeshError("ERR_NOT_AUTHORIZED", `this device holds no signature key of ${address}`, {
      hint: "do it on a machine with the role message, web or admin",
    });
  }
  return accountSignature;
}
