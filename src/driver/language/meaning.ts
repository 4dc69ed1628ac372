/** What things are meant to do, or are asked, together: by the act of each. */
import { MeshError } from "../../base/errors.ts";
import { isRiskyOrder } from "../../schema/device/device-class.ts";
import type { StateValue } from "../../schema/device/state.ts";
import { checkArguments } from "../value.ts";
import type { Act, KnownValue } from "./act.ts";
import type { Found } from "./find.ts";
import type { AskedState, Interpretation, SpokenOrder } from "./interpret.ts";
import type { Language } from "./language.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import { readReference } from "./referent.ts";
import { sayCommand, sayLeft, sayResting, sayUnableToo, sayUnsure } from "./reply.ts";
import { candidateOf } from "./resolve.ts";
import { looseKey } from "./text.ts";
import { woken } from "./wake.ts";

/** A query of all of them, or orders. */
export function meaningOf(
  { things, unable, isGroup = false }: Pick<Found, "things" | "unable" | "isGroup">,
  act: (thing: NamedThing) => Act | undefined,
  { index, known, isLater }: { readonly index: NameIndex; readonly known: KnownValue | undefined; readonly isLater: boolean },
): Interpretation {
  const acts = things.map((thing) => ({ thing, act: act(thing) }));
  const first = acts[0]?.act;
  if (first?.kind === "query") return { kind: "query", asks: asksOf(acts) };
  const unsure = acts.filter(({ act: told }) => told?.kind === "unsure");
  if (first?.kind !== "command" || unsure.length > 0) {
    const candidates = unsure.map(({ thing }) => candidateOf(thing, index));
    return { kind: "unknown", text: sayUnsure(candidates, index.vocabulary.language), suggestions: [] };
  }
  try {
    const { acts: told, left } = woken(acts, { isGroup, index, known, isLater });
    const orders = ordersOfActs(told, index);
    const notes = [...notesOn(told, unable, { index, known }), ...sayLeft(left, index.vocabulary)];
    return { kind: "command", orders, spoken: orders.map(({ spoken }) => spoken).join("; "), ...(notes.length === 0 ? {} : { notes }) };
  } catch (error) {
    // A value out of range is an answer to the speaker, not a fault.
    if (error instanceof MeshError && error.code === "ERR_COMMAND") return { kind: "unknown", text: error.message, suggestions: [] };
    throw error;
  }
}

/** Things that are asked for the same stand together. */
function asksOf(acts: readonly { readonly thing: NamedThing; readonly act: Act | undefined }[]): readonly AskedState[] {
  const asks = new Map<string, { readonly targets: string[]; readonly property?: string | undefined; readonly expected?: AskedState["expected"] }>();
  for (const { thing, act } of acts) {
    if (act?.kind !== "query") continue;
    const { property, expected } = act;
    const key = JSON.stringify([property, expected]);
    const known = asks.get(key);
    if (known === undefined) asks.set(key, { targets: [thing.udf], property, expected });
    else known.targets.push(thing.udf);
  }
  return [...asks.values()];
}

/** One order for each command: "off" is another one for a lamp than for a blender. */
function ordersOfActs(acts: readonly { readonly thing: NamedThing; readonly act: Act | undefined }[], index: NameIndex): readonly SpokenOrder[] {
  const byCommand = new Map<string, { readonly thing: NamedThing; readonly arguments: readonly StateValue[] }[]>();
  for (const { thing, act } of acts) {
    if (act?.kind !== "command") continue;
    const target = { thing, arguments: checkArguments(thing.description, act.command, act.arguments) };
    const targets = byCommand.get(act.command);
    if (targets === undefined) byCommand.set(act.command, [target]);
    else targets.push(target);
  }
  return [...byCommand].map(([command, targets]) => ({
    command,
    targets: targets.map(({ thing, arguments: args }) => ({ udf: thing.udf, arguments: args })),
    spoken: sayCommand(command, targets, index.vocabulary),
  }));
}

/** Which of "all lights" have no colour; that a radiator which is set warms nothing while it is off. */
function notesOn(
  acts: readonly { readonly thing: NamedThing; readonly act: Act | undefined }[],
  unable: readonly NamedThing[],
  { index: { vocabulary }, known }: { readonly index: NameIndex; readonly known: KnownValue | undefined },
): readonly string[] {
  const notes = unable.length === 0 ? [] : [sayUnableToo(unable, vocabulary.language)];
  for (const { thing, act } of acts) {
    const told = act?.kind === "command" ? act.arguments.map(({ Name }) => Name) : [];
    for (const name of told) {
      const resting = Object.entries(vocabulary.classes.get(thing.class)?.resting.get(name) ?? {});
      const rests = resting.filter(([Name, Value]) => !told.includes(Name) && known?.(thing.udf, Name) === Value);
      if (rests.length > 0 && rests.length === resting.length)
        notes.push(
          sayResting(
            thing,
            rests.map(([Name, Value]) => ({ Name, Value })),
            vocabulary,
          ),
        );
    }
  }
  return notes;
}

/** True for what switches off. */
export function isOff(act: Act | undefined): boolean {
  return act?.kind === "command" && act.command === "Set" && act.arguments.every(({ Name, Value }) => Name === "On" && Value === false);
}

/** True for an order that starts, opens, heats or sets an alarm; to switch something off does no harm. */
export function mayHarm({ class: kind, description }: NamedThing, act: Act | undefined): boolean {
  if (act?.kind !== "command") return false;
  return !isOff(act) && isRiskyOrder({ class: kind, command: act.command, arguments: act.arguments, properties: description.Properties });
}

/** "Turn on any light", "any of the lights": an order for one of them, and which nobody has said. "Turn off any lights" is one for all. */
function isOneOfThem(rest: readonly string[], language: Language): boolean {
  return language.Articles.includes(rest[0] ?? "") || rest.every((word) => looseKey(word, language) === word);
}

/** "Turn on everything", "turn them on" after "turn everything off": nobody thinks of the oven, whose order is another one than that of the lamps. */
export function isTooMuch(
  things: readonly NamedThing[],
  { act, phrase }: { readonly act: (thing: NamedThing) => Act | undefined; readonly phrase: readonly string[] },
  index: NameIndex,
): boolean {
  const { language } = index.vocabulary;
  const acts = things.map((thing) => ({ thing, act: act(thing) }));
  const any = phrase.findIndex((token) => language.Any.includes(token));
  if (any >= 0 && things.length > 1)
    return acts.some(({ thing, act: told }) => mayHarm(thing, told) || (told?.kind === "command" && isOneOfThem(phrase.slice(any + 1), language)));
  if (readReference(phrase, language) === undefined && !phrase.some((token) => language.Everything.includes(token))) return false;
  const commands = new Set(acts.map(({ act: told }) => (told?.kind === "command" ? told.command : undefined)));
  return commands.size > 1 && acts.some(({ thing, act: told }) => mayHarm(thing, told));
}
