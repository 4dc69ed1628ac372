/** What signs in the name of the account. What opens things is in power/opening-keys.ts. schema-08 §9.2 */
import { MeshError } from "../../base/errors.ts";
import type { Signer } from "../../dare/index.ts";
import { SharedSigner } from "../power/shared-signer.ts";
import type { AccountContext } from "./account-context.ts";
import { sharedKeysOf } from "./keyring.ts";

/** Signs in the name of the account: its key, or a share of it with the account's service. Errors: ERR_NOT_AUTHORIZED. */
export function accountSignatureOf({ keys, profile, address, powers, ports }: AccountContext): Signer {
  const shared = sharedKeysOf(keys, "AccountSignature").find((key) => key.public.udf === profile.AccountSignature.Udf);
  const signer = keys.accountSignature ?? (shared && new SharedSigner(shared, { powers, random: ports.random }));
  if (!signer) {
    throw new MeshError("ERR_NOT_AUTHORIZED", `this device holds no signature key of ${address}`, {
      hint: "do it on a machine with the role threshold, message, web or admin",
    });
  }
  return signer;
}
