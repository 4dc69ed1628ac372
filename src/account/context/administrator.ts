/** The administrator keys of a device, demanded. */
import { MeshError } from "../../base/errors.ts";
import type { Authority } from "../connect/grant.ts";
import { withoutPlanted } from "../removal/drawn-names.ts";
import type { AccountContext } from "./account-context.ts";
import type { AdministratorKeys } from "./keyring.ts";

/** The administrator keys. Errors: ERR_NOT_AUTHORIZED when this device has none. */
export function administratorOf(context: AccountContext): AdministratorKeys {
  const { administrator } = context.keys;
  if (!administrator) throw new MeshError("ERR_NOT_AUTHORIZED", `this device is no administrator of ${context.address}`);
  return administrator;
}

/** What this device may hand on to a new member: nothing that nobody has drawn. Errors: ERR_NOT_AUTHORIZED. */
export function authorityOf(context: AccountContext): Authority {
  const { accountSeed, accountEncryption, accountAuthentication, accountSignature } = context.keys;
  return {
    accountUdf: context.accountUdf,
    address: context.address,
    profileEnvelope: context.profileEnvelope,
    service: context.serviceEncryption,
    administrator: administratorOf(context),
    ...withoutPlanted(context),
    ...(accountSeed === undefined ? {} : { accountSeed }),
    ...(accountEncryption === undefined ? {} : { accountEncryption }),
    ...(accountAuthentication === undefined ? {} : { accountAuthentication }),
    ...(accountSignature === undefined ? {} : { accountSignature }),
  };
}
