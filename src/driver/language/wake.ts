/**
 * Things that are off and are told how bright, how warm or how fast to be (Wakes of the driver): who sets a lamp to 40 percent wants light, and it is
 * turned on with it. Where it is not known to be off nothing is added, so that what comes again switches nothing on. Of "the lights" of a room those are
 * meant that are on; where none is, all of them. Which of them are on at another time nobody knows: then each is set, and none is turned on.
 */
import type { StateValue } from "../../schema/device/state.ts";
import type { Act, KnownValue } from "./act.ts";
import { propertyOf } from "./act.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";

/** A thing, and what it is told. */
export interface Acted {
  readonly thing: NamedThing;
  readonly act: Act | undefined;
}

/** Whether they are several that are called by what they are, and what is known. */
interface WokenOptions {
  readonly isGroup: boolean;
  readonly index: NameIndex;
  readonly known: KnownValue | undefined;
  readonly isLater: boolean;
}

/** What they are told then, and those that are left as they are. */
export function woken(
  acts: readonly Acted[],
  { isGroup, index, known, isLater }: WokenOptions,
): { readonly acts: readonly Acted[]; readonly left: readonly (Acted & { readonly state: readonly StateValue[] })[] } {
  if (known === undefined) return { acts, left: [] };
  const all = acts.map((each) => ({ ...each, wakes: wakesOf(each, index, known) }));
  const asleep = all.filter(({ wakes }) => wakes.length > 0);
  if (isGroup && asleep.length > 0 && asleep.length < all.length) {
    if (isLater) return { acts, left: [] };
    const left = asleep.map(({ thing, act, wakes }) => ({ thing, act, state: stateOf(thing, wakes, known) }));
    const awake = all.filter(({ wakes }) => wakes.length === 0);
    return { acts: awake.map(({ thing, act }) => ({ thing, act })), left };
  }
  return {
    acts: all.map(({ thing, act, wakes }) =>
      act?.kind === "command" && wakes.length > 0 ? { thing, act: { ...act, arguments: [...wakes, ...act.arguments] } } : { thing, act },
    ),
    left: [],
  };
}

/** What is to be set beside what a thing is told; nothing for less of a value, and for a value of nothing. */
function wakesOf({ thing, act }: Acted, { vocabulary }: NameIndex, known: KnownValue): readonly StateValue[] {
  const wakes = vocabulary.classes.get(thing.class)?.wakes;
  if (wakes === undefined || act?.kind !== "command" || act.command !== "Set" || act.isLess === true) return [];
  const told = act.arguments.map(({ Name }) => Name);
  const settings = new Map(act.arguments.flatMap(({ Name, Value }) => (Value === 0 ? [] : Object.entries(wakes.get(Name) ?? {}))));
  return [...settings].flatMap(([Name, Value]) => {
    const now = known(thing.udf, Name);
    const isOtherwise = now !== undefined && now !== Value && propertyOf(thing, Name)?.Writable === true;
    return isOtherwise && !told.includes(Name) ? [{ Name, Value }] : [];
  });
}

function stateOf({ udf }: NamedThing, wakes: readonly StateValue[], known: KnownValue): readonly StateValue[] {
  return wakes.flatMap(({ Name }) => {
    const Value = known(udf, Name);
    return typeof Value === "boolean" || typeof Value === "number" || typeof Value === "string" ? [{ Name, Value }] : [];
  });
}
