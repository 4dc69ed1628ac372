/** Commands given in the house, through the hub's own interface: whoever can open the socket is the owner. */
import type { Random } from "../../base/random.ts";
import { newNonce } from "../../crypto/index.ts";
import type { StateValue } from "../../schema/index.ts";
import type { OrderOutcome, Orders } from "./order.ts";

/** A command from the house. */
export interface LocalCommand {
  readonly deviceUdf: string;
  readonly command: string;
  readonly arguments: readonly StateValue[];
  readonly timeoutMs?: number;
}

/** Gives a local command its name and carries it out; errors as `Orders.give`. */
export function giveLocal(command: LocalCommand, { orders, random }: { readonly orders: Orders; readonly random: Random }): Promise<OrderOutcome> {
  return orders.give({ ...command, messageId: newNonce(random) });
}
