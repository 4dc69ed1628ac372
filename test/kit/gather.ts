/** Everything that an iteration gives, in a list. */

/** Runs through it to the end. */
export async function gather<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of from) found.push(one);
  return found;
}
