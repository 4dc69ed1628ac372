/** The account that a hub belongs to, in <stateDir>/account: opened, and refused unless the owner made this device a hub. */
import { join } from "node:path";
import type { Ports } from "../account/index.ts";
import { AccountContext } from "../account/index.ts";
import { isMeshError, MeshError } from "../base/errors.ts";
import type { HubConfig } from "../config/index.ts";

/** Opens the account of a hub. Errors: ERR_NO_ACCOUNT, ERR_NOT_AUTHORIZED when the owner gave it another role. */
export async function openHubAccount(config: HubConfig, ports: Ports): Promise<AccountContext> {
  const { url } = config.account.service;
  let account: AccountContext;
  try {
    account = await AccountContext.open({ dir: join(config.stateDir, "account"), ports, ...(url === undefined ? {} : { serviceUrl: url }) });
  } catch (error) {
    if (!isMeshError(error, "ERR_NO_ACCOUNT")) throw error;
    throw new MeshError("ERR_NO_ACCOUNT", "this hub belongs to no account yet", {
      hint: "run 'mesh-hub init' with a PIN of the account's owner",
      cause: error,
    });
  }
  if (account.roles.includes("hub")) return account;
  const roles = account.roles.join(", ");
  await account.close();
  throw new MeshError("ERR_NOT_AUTHORIZED", `this device has the roles ${roles} in the account, and not hub`, {
    hint: "connect it with a PIN for the role hub: 'meshman account pin --role hub'",
  });
}
