/** Who writes into MMM_Joined, by the account's Access catalog. */
import { mayAppend } from "../../schema/index.ts";
import type { Account } from "../account/account.ts";
import type { JoinedWriter } from "../split/joined-check.ts";
import { splitOf } from "../split/judge-split.ts";

/** ERR_NOT_AUTHORIZED, ERR_REVOKED. */
export function joinedWriter(account: Account, linkUdf: string): JoinedWriter {
  const { rights } = account.authority(linkUdf);
  return {
    isAdministrator: mayAppend(rights, "MMM_Access"),
    linkUdf,
    table: account.splits.table,
    splitOf: (id) => {
      const power = account.power(id);
      const split = power?.tag === "CapabilitySignServiced" && power.value.Active ? splitOf(power.value) : undefined;
      return split && power && { split, granteeUdf: power.value.GranteeUdf };
    },
  };
}
