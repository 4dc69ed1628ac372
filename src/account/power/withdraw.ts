/** Withdraws powers: the service's shares end with the entry that they stand in, at once, and a device's own are nothing alone. protocol-09 §9.5; extensions §6. */
import type { CatalogedPower } from "../../schema/index.ts";
import { powerCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";

/** Ends what the service does for a link key. */
export function withdrawnPowers(context: AccountContext, granteeUdf: string): readonly CatalogWrite[] {
  return context.list(powerCatalog).flatMap(({ key, value }): readonly CatalogWrite[] => {
    const { Capability } = value;
    if (Capability.tag === "NullCapability" || Capability.value.GranteeUdf !== granteeUdf || Capability.value.GranteeAccount !== undefined) return [];
    const none: CatalogedPower = { Capability: { tag: "NullCapability", value: { Id: Capability.value.Id } } };
    return [edit(powerCatalog, key, () => none)];
  });
}
