/**
 * One run of an automation: its orders, each judged by itself, as orders of whoever made it. What can do harm is not done while nobody looks: what the
 * account's own automations have of it is put before the owner's devices, what others have is refused.
 */
import type { ErrorCode } from "../../base/errors.ts";
import { asMeshError, isMeshError } from "../../base/errors.ts";
import type { SpokenOrder } from "../../driver/index.ts";
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

/** What came of a run. */
export interface Run extends Omit<Outcome, "at"> {
  /** What did not reach its device. */
  readonly left?: readonly SpokenOrder[];
}

/** A device that says nothing may be there in a moment. */
const unreached: readonly ErrorCode[] = ["ERR_DEVICE_OFFLINE", "ERR_TIMEOUT", "ERR_LINK"];

/** Gives the orders; never throws. */
export async function carryOut(
  { key: automation, orders: wanted, principal: made }: Pick<Automation, "key" | "orders" | "principal">,
  options: CarryOutOptions,
): Promise<Run> {
  const { principal } = options;
  if (!principal) return { result: "failed", text: `${made.name} may not order anything any more` };
  const failures: string[] = [];
  const left: SpokenOrder[] = [];
  let asked = 0;
  for (const order of wanted) {
    const { command, targets } = order;
    // One order after the other, its devices at once: one that does not answer holds up none of the others of its order.
    const outcomes = await Promise.all(targets.map(({ udf, arguments: args }) => tell({ automation, udf, command, args }, options, principal)));
    const away = targets.filter((_, at) => outcomes[at]?.isAway === true);
    if (away.length > 0) left.push({ ...order, targets: away });
    for (const { isAsked, failure } of outcomes) {
      if (isAsked === true) asked++;
      if (failure !== undefined) failures.push(failure);
    }
  }
  if (failures.length > 0) return { result: "failed", text: [...new Set(failures)].join("; "), ...(left.length === 0 ? {} : { left }) };
  return asked > 0
    ? { result: "asked", text: `${asked} of its orders can do harm: the owner is asked on his devices` }
    : { result: "done", text: "done" };
}

interface Told {
  readonly automation: string;
  readonly udf: string;
  readonly command: string;
  readonly args: readonly StateValue[];
}

/** Nothing of these when it was done. */
interface Answer {
  readonly isAsked?: true;
  readonly isAway?: true;
  /** Why it was not done. */
  readonly failure?: string;
}

async function tell(
  { automation, udf, command, args }: Told,
  { orders, questions, onConfirmed }: CarryOutOptions,
  principal: Principal,
): Promise<Answer> {
  const order = { principal: withoutHarm(principal), deviceUdf: udf, command, arguments: args };
  try {
    const { result, report } = await orders.give({ ...order, automation });
    return result === "Accept" ? {} : { failure: report ?? result.toLowerCase() };
  } catch (error) {
    const { code, message } = asMeshError(error);
    if (principal.kind !== "automation" || !questions || !isMeshError(error, "ERR_CONFIRMATION_NEEDED"))
      return { failure: message, ...(unreached.includes(code) ? { isAway: true } : {}) };
  }
  try {
    // Nobody waits for the answer: what comes of it stands in the audit.
    questions.askOrder({ ...order, before: onConfirmed });
    return { isAsked: true };
  } catch (error) {
    return { failure: asMeshError(error).message };
  }
}

/** Who does, while nobody looks, what does no harm alone. */
export function withoutHarm(principal: Principal): Principal {
  return { ...principal, rights: principal.rights.map((right) => ({ ...right, harmless: true })) };
}
