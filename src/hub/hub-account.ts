/** The account that a hub belongs to, in <stateDir>/account: opened, and refused unless the owner made this device a hub. */
import { join } from "node:path";
import type { Ports } from "../account/hub.ts";
import { AccountContext } from "../account/hub.ts";
import { fromDateTime } from "../base/clock.ts";
import { asMeshError, isMeshError, MeshError, verificationError } from "../base/errors.ts";
import type { HubConfig } from "../config/index.ts";
import { ConnectionHub, catalogAdministrators, deviceCatalog, verifyObject } from "../schema/index.ts";
import { Renewal } from "./command/renewal.ts";
import type { TrustedTime } from "./command/trusted-time.ts";
import { asRemoved } from "./hub-removal.ts";

/** Opens the account of a hub. Errors: ERR_NO_ACCOUNT, ERR_REVOKED when its owner removed it, ERR_NOT_AUTHORIZED when the owner gave it another role. */
export async function openHubAccount(config: HubConfig, ports: Ports): Promise<AccountContext> {
  const { url } = config.account.service;
  let account: AccountContext;
  try {
    account = await AccountContext.open({ dir: join(config.stateDir, "account"), ports, ...(url === undefined ? {} : { serviceUrl: url }) });
  } catch (error) {
    if (isMeshError(error, "ERR_REVOKED")) throw asRemoved(error);
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

/** The hub's time limit, as its own entry in the device catalog grants it. Errors: ERR_PERMISSION, ERR_STORE. */
export async function openRenewal(options: {
  readonly account: AccountContext;
  readonly path: string;
  readonly time: TrustedTime;
  readonly onDamage: (damage: MeshError) => void;
}): Promise<Renewal> {
  const { account, path, time, onDamage } = options;
  const granted = grantedUntil(account);
  const { clock, log } = account.ports;
  return Renewal.open({ path, time, clock, log: log.child("renewal"), onDamage, ...(granted === undefined ? {} : { granted }) });
}

/** NotOnOrAfter of the hub-wide ConnectionHub; undefined for a hub that was connected without one. */
function grantedUntil(account: AccountContext): number | undefined {
  const envelope = account.get(deviceCatalog, account.deviceUdf)?.EnvelopedConnectionHub;
  if (!envelope) return undefined;
  try {
    const { value } = verifyObject(ConnectionHub, envelope, catalogAdministrators(account.profile));
    if (value.Subject !== account.deviceUdf || value.Authority !== account.accountUdf) throw verificationError("the time limit of this hub");
    return value.NotOnOrAfter === undefined ? undefined : fromDateTime(value.NotOnOrAfter);
  } catch (error) {
    account.ports.log.warn("hub.limit_refused", { reason: asMeshError(error).message });
    return undefined;
  }
}
