/** Items that come one after the other, taken no further than they are needed. */

/** The first item; undefined when there is none. */
export async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}
