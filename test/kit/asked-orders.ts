/** Orders that are put before an owner, for tests of what asks him: they are kept until a test says that he confirms. */
import type { OrderOutcome } from "../../src/hub/command/order.ts";
import type { Asked, UnconfirmedOrder } from "../../src/hub/owner/question.ts";

/** The questions, and one confirmation for each of them in their order. */
export function askedOrders() {
  const confirm: (() => Promise<unknown>)[] = [];
  const questions = {
    askOrder: ({ before, command }: UnconfirmedOrder): Asked<OrderOutcome> => {
      confirm.push(async () => before?.());
      const outcome = Promise.resolve({ result: "Accept" as const });
      return { messageId: "Q", kind: "order", principal: "voice", about: command, asked: "", expires: "", state: "waiting", outcome };
    },
  };
  return { questions, confirm };
}
