/** Who orders when Home Assistant does, and what it sees: the list of the machine's owner, and grants of its kind in MMM_Grant. Never what can do harm. */
import type { GrantBook } from "../command/grant-book.ts";
import type { Order, Orders } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import { grantPrincipal } from "../command/principal.ts";
import type { ShareBook } from "./share-book.ts";

/** What is asked. */
export interface HomeAssistantRights {
  readonly shares: Pick<ShareBook, "devices">;
  readonly grants: Pick<GrantBook, "list">;
  readonly orders: Pick<Orders, "refusal">;
}

/** The principals that stand behind the one login. */
function principals({ shares, grants }: HomeAssistantRights): readonly [Principal, ...Principal[]] {
  const devices = shares.devices;
  const own: Principal = {
    kind: "home-assistant",
    id: "home-assistant",
    name: "Home Assistant",
    from: "house",
    rights: [
      { allows: "read", devices },
      { allows: "command", devices, harmless: true },
    ],
  };
  const granted = grants.list().filter(({ Kind }) => Kind === "home-assistant");
  return [own, ...granted.map((grant) => grantPrincipal(grant, "house"))];
}

/** Whether Home Assistant may see a device. */
export function mayRead(rights: HomeAssistantRights, deviceUdf: string): boolean {
  return principals(rights).some((principal) => rights.orders.refusal(principal, { deviceUdf }) === undefined);
}

/** Who gives an order: one that may, else one whose order the owner may confirm. */
export function principalFor(rights: HomeAssistantRights, order: Pick<Order, "deviceUdf" | "command" | "arguments">): Principal {
  const all = principals(rights);
  const refusals = all.map((principal) => rights.orders.refusal(principal, order));
  const may = all.find((_, index) => refusals[index] === undefined);
  return may ?? all.find((_, index) => refusals[index]?.code === "ERR_CONFIRMATION_NEEDED") ?? all[0];
}
