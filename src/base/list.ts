/** Lists of any length where a call with a spread would pass the engine's bound on arguments. */

/** Puts all items at the end of a list. */
export function appendAll<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}

/** The smallest of `start` and the numbers. */
export function least(start: number, numbers: Iterable<number>): number {
  let found = start;
  for (const number of numbers) found = Math.min(found, number);
  return found;
}

/** The greatest of `start` and the numbers. */
export function greatest(start: number, numbers: Iterable<number>): number {
  let found = start;
  for (const number of numbers) found = Math.max(found, number);
  return found;
}
