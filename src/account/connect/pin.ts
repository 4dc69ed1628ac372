/** PINs by which a device joins without anybody comparing fingerprints. protocol-09 §8.1; sealed to the administrators alone (extensions §1). */
import { formatConnectUri } from "../../crypto/index.ts";
import type { CatalogLabel, Role } from "../../schema/index.ts";
import { checkRoleSet } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { freshPin } from "../message/issued-pin.ts";
import { checkDeviceName } from "../naming/check.ts";
import { requireSeedFor } from "./grant.ts";

/** A PIN as it is handed over. */
export interface IssuedPin {
  readonly pin: string;
  /** `mcu://address/PIN?udf=ACCOUNT`: lets the joiner check the account as well. */
  readonly uri: string;
  readonly expires: string;
}

/**
 * Issues a PIN that works once. Errors: ERR_NAME; ERR_NOT_AUTHORIZED on a device that is no administrator, and for the role super on one without the seed.
 */
export async function issuePin(
  context: AccountContext,
  options: {
    readonly roles: readonly Role[];
    readonly minutes: number;
    readonly localName?: string;
    /** Further stores of which the role `threshold` gets a share alone. */
    readonly sharedStores?: readonly CatalogLabel[];
  },
): Promise<IssuedPin> {
  const { address } = context;
  checkRoleSet(options.roles);
  requireSeedFor(context, options.roles);
  const localName = options.localName === undefined ? undefined : checkDeviceName(context, options.localName, {});
  const { pin, expires, message } = freshPin(context, {
    action: "Device",
    seconds: options.minutes * 60,
    Roles: options.roles,
    ...(options.sharedStores === undefined ? {} : { SharedStores: options.sharedStores }),
    ...(localName === undefined ? {} : { LocalName: localName }),
  });
  await context.transact({ messages: [message] });
  return { pin, uri: formatConnectUri({ account: address, code: pin, udf: context.accountUdf }), expires };
}
