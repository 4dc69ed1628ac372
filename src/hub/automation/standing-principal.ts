/** Whoever gave an order for another time, as he stands when it is due: a grant that was taken back, or a machine that was removed, orders nothing. */
import type { AccountContext } from "../../account/hub.ts";
import type { GrantBook } from "../command/grant-book.ts";
import type { Principal } from "../command/principal.ts";
import { automationPrincipal, devicePrincipal, socketOwner } from "../command/principal.ts";

/** The principal of a kind and id; undefined when there is none any more. */
export function standingPrincipal(
  { kind, id, name }: Pick<Principal, "kind" | "id" | "name">,
  { grants, account }: { readonly grants: Pick<GrantBook, "holder">; readonly account: Pick<AccountContext, "directory"> },
): Principal | undefined {
  if (kind === "owner") return socketOwner;
  if (kind === "automation") return automationPrincipal(id, name);
  if (kind !== "device") return grants.holder(id, { kind, from: "house" });
  const entry = account.directory.find(id);
  return entry && devicePrincipal(entry);
}
