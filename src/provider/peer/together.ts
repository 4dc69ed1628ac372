/**
 * Which deliveries of an account go in one Post. A Post brings each of its messages to each of its recipients: so those of one message, or those to
 * one recipient, whichever are more.
 */
import type { Delivery } from "../store/service-store.ts";

/** The first one and those that go with it, in their order, so many at most. */
export function goTogether<T>(first: T, others: readonly T[], options: { readonly of: (item: T) => Delivery; readonly most: number }): readonly T[] {
  const { of, most } = options;
  const { spool, index, account } = of(first);
  const ofMessage = firstOf(others, most - 1, (item) => of(item).spool === spool && of(item).index === index);
  const toRecipient = firstOf(others, most - 1, (item) => of(item).account === account);
  return [first, ...(toRecipient.length > ofMessage.length ? toRecipient : ofMessage)];
}

function firstOf<T>(items: readonly T[], most: number, isWanted: (item: T) => boolean): readonly T[] {
  const found: T[] = [];
  for (const item of items) {
    if (found.length >= most) break;
    if (isWanted(item)) found.push(item);
  }
  return found;
}
