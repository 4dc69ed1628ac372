/** What was under way when the hub ended. */
import type { Automation, AutomationBook } from "./automation-book.ts";
import { isEnd } from "./automation-book.ts";
import type { ClassOf } from "./check-automation.ts";
import { calming } from "./ends.ts";

/** One of them, and what is told of it from here on. */
export interface CutOff {
  readonly key: string;
  readonly cutOff: (automation: Automation) => Automation;
}

const text = "the hub ended while it was done: whether it was is not known";

/** What was under way. What ends something, or harm, is given once more: done twice it does none, and left out it may. */
export function cutOffOf(book: AutomationBook, classOf: ClassOf): readonly CutOff[] {
  return [...book.values()].flatMap((found) => {
    const { key, begun: at, again: tried } = found;
    if (at === undefined) return [];
    const orders = tried?.at === at ? tried.orders : found.orders;
    const left = isEnd(found) ? orders : calming(orders, classOf);
    const again = left.length === 0 ? {} : { again: { at, orders: left } };
    return [{ key, cutOff: ({ begun: _, again: __, ...rest }) => ({ ...rest, ...again, last: { at, result: "unknown", text } }) }];
  });
}
