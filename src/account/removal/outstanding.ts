/** What remains to be done after removals, as a person is told it: keys that somebody still holds who is not to have them any more. extensions §5 */
import type { CatalogLabel, ReplaceableMember } from "../../schema/index.ts";
import { accessCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { takeableDevices } from "../device/successor.ts";
import { membersToReplace, storesToRekey } from "./held.ts";

/** Keys that are to be replaced. */
export interface Outstanding {
  readonly stores: readonly CatalogLabel[];
  readonly members: readonly ReplaceableMember[];
  /** True when only a machine with the root key, which has the role `super`, can replace the members. */
  readonly needsRoot: boolean;
  /** Devices behind hubs that whoever has the administrators' keys of before can take over, until they have met their new deal. */
  readonly takeable: readonly string[];
}

/** Undefined on a device that is no administrator: it does not see who holds what. */
export function outstanding(context: AccountContext): Outstanding | undefined {
  if (!context.keys.administrator || !context.keys.storeKeys.has(accessCatalog.label)) return undefined;
  const members = membersToReplace(context);
  return {
    stores: [...storesToRekey(context).keys()],
    members,
    needsRoot: members.length > 0 && context.keys.profileSignature === undefined,
    takeable: takeableDevices(context),
  };
}
