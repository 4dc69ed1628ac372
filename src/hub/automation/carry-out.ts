/**
 * One run of an automation: its orders, each judged by itself, as orders of whoever made it. What can do harm is not done while nobody looks: what the
 * account's own automations have of it is put before the owner's devices, what others have is refused.
 */
import { asMeshError, isMeshError } from "../../base/errors.ts";
import type { StateValue } from "../../schema/index.ts";
import type { Orders } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import type { Automation, Outcome } from "./automation-book.ts";

/** What a run works with. */
export interface CarryOutOptions {
  readonly orders: Pick<Orders, "give">;
  /** Puts an order before the owner's devices. */
  readonly questions?: Pick<OwnerQuestions, "askOrder"> | undefined;
  readonly principal: Principal | undefined;
  /** Done before an order is given that the owner has confirmed: its time begins then. */
  readonly onConfirmed?: (() => Promise<void>) | undefined;
}

/** Gives the orders; never throws. */
export async function carryOut({ orders: wanted, principal: made }: Automation, options: CarryOutOptions): Promise<Omit<Outcome, "at">> {
  const { principal } = options;
  if (!principal) return { result: "failed", text: `${made.name} may not order anything any more` };
  const failures: string[] = [];
  let asked = 0;
  for (const { command, targets } of wanted) {
    // One order after the other, its devices at once: one that does not answer holds up none of the others of its order.
    const outcomes = await Promise.all(targets.map(({ udf, arguments: args }) => tell({ udf, command, args }, options, principal)));
    for (const outcome of outcomes) {
      if (outcome === "asked") asked++;
      else if (outcome !== undefined) failures.push(outcome);
    }
  }
  if (failures.length > 0) return { result: "failed", text: [...new Set(failures)].join("; ") };
  return asked > 0
    ? { result: "asked", text: `${asked} of its orders can do harm: the owner is asked on his devices` }
    : { result: "done", text: "done" };
}

interface Told {
  readonly udf: string;
  readonly command: string;
  readonly args: readonly StateValue[];
}

/** Why it was not done; "asked"; undefined when it was done. */
async function tell(
  { udf, command, args }: Told,
  { orders, questions, onConfirmed }: CarryOutOptions,
  principal: Principal,
): Promise<string | undefined> {
  const order = { principal: withoutHarm(principal), deviceUdf: udf, command, arguments: args };
  try {
    const { result, report } = await orders.give(order);
    return result === "Accept" ? undefined : (report ?? result.toLowerCase());
  } catch (error) {
    if (principal.kind !== "automation" || !questions || !isMeshError(error, "ERR_CONFIRMATION_NEEDED")) return asMeshError(error).message;
  }
  try {
    // Nobody waits for the answer: what comes of it stands in the audit.
    questions.askOrder({ ...order, before: onConfirmed });
    return "asked";
  } catch (error) {
    return asMeshError(error).message;
  }
}

/** Who does, while nobody looks, what does no harm alone. */
export function withoutHarm(principal: Principal): Principal {
  return { ...principal, rights: principal.rights.map((right) => ({ ...right, harmless: true })) };
}
