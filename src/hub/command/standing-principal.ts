/** Whoever gave an order, as he stands when it is due: a grant that was taken back, a page signed out, or a machine that was removed orders nothing. */
import type { AccountContext } from "../../account/hub.ts";
import type { GrantBook } from "./grant-book.ts";
import type { Principal } from "./principal.ts";
import { automationPrincipal, devicePrincipal, socketOwner } from "./principal.ts";

/** What is looked at. */
export interface Standings {
  readonly grants: Pick<GrantBook, "holder">;
  readonly account: Pick<AccountContext, "directory">;
}

/** The page or token of a hub's own book that has an id. */
export type SignedIn = (id: string) => Principal | undefined;

/** Before the name of a satellite that goes by the configuration; no key of a grant has a colon. */
export const satellitePrefix = "wyoming:";

/** The principal of a kind and id, for an order at another time; undefined when there is none any more. */
export function standingPrincipal(
  { kind, id, name, from = "house" }: Pick<Principal, "kind" | "id" | "name"> & Partial<Pick<Principal, "from">>,
  { grants, account }: Standings,
): Principal | undefined {
  if (kind === "owner") return socketOwner;
  if (kind === "automation") return automationPrincipal(id, name);
  if (kind !== "device") return grants.holder(id, { kind, from });
  const entry = account.directory.find(id);
  return entry && devicePrincipal(entry);
}

/** The principal of an order that waited for its turn, as he stands now; undefined when there is none any more. */
export function principalAtTurn(
  principal: Principal,
  { signedIn, ...standings }: Standings & { readonly signedIn: SignedIn },
): Principal | undefined {
  return isOfMachine(principal) ? principal : (signedIn(principal.id) ?? standingPrincipal(principal, standings));
}

/** Those whom the configuration and the lists of the machine's owner name: they have no grant, and no key of a grant looks like theirs. */
function isOfMachine({ kind, id }: Principal): boolean {
  return (kind === "satellite" && id.startsWith(satellitePrefix)) || ((kind === "home-assistant" || kind === "matter") && id === kind);
}

/** Whoever made what is carried out at another time, as he stands then: besides these the pages, tokens and satellites of this hub's own books. */
export function makerOf(
  made: Pick<Principal, "kind" | "id" | "name">,
  { signedIn, satellite, ...standings }: Standings & { readonly signedIn: SignedIn; readonly satellite: (name: string) => Principal | undefined },
): Principal | undefined {
  const { kind, id } = made;
  if (kind === "satellite" && id.startsWith(satellitePrefix)) return satellite(id.slice(satellitePrefix.length));
  const web = kind === "page" || kind === "token" ? signedIn(id) : undefined;
  return web?.kind === kind ? web : standingPrincipal(made, standings);
}
