/** Lists that are made step by step, kept as far as they were made: who asks again gets the same steps, and goes on where the last one stopped. */

/** Key -> the steps so far, and those to come. */
export type Replays<T> = Map<string, { readonly made: T[]; readonly left: Iterator<T> }>;

/** The steps of a key. @param begin makes them, when nobody has asked before, or nothing is kept */
export function* replay<T>(kept: Replays<T> | undefined, key: string, begin: () => Iterator<T>): Generator<T> {
  const known = kept?.get(key) ?? { made: [], left: begin() };
  kept?.set(key, known);
  for (let at = 0; ; at++) {
    if (at === known.made.length) {
      const next = known.left.next();
      if (next.done === true) return;
      known.made.push(next.value);
    }
    yield known.made[at] as T;
  }
}
