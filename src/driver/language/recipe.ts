/**
 * Recipes by their names: "bake the lasagne", "make the soup in the blender" (docs/design.md §8). The device is the one that takes the recipe's
 * programme and is named or near; several are asked for, never chosen. The order carries the programme itself, so that what is agreed to is what is done.
 */
import { MeshError } from "../../base/errors.ts";
import { mealProperty, programmeProperty, readProgramme, runCommand, takesProgrammes, writeProgramme } from "../programme.ts";
import { checkArguments } from "../value.ts";
import type { ResolveContext } from "./find.ts";
import { find, thingsAround } from "./find.ts";
import type { Interpretation } from "./interpret.ts";
import type { NamedThing, NameIndex, Recipe } from "./name-index.ts";
import { matchRow } from "./pattern.ts";
import { askWhich, put, sayCommand, sayNothing } from "./reply.ts";
import { candidateOf } from "./resolve.ts";
import { keyTokens, looseKey } from "./text.ts";

interface Asked {
  readonly recipe: Recipe;
  readonly target: readonly string[] | undefined;
}

/** What a sentence that names a recipe means; undefined for one that names none. */
export function recipeMeant(tokens: readonly string[], index: NameIndex, context: ResolveContext): Interpretation | undefined {
  const [asked, ...others] = recipesAsked(tokens, index);
  const { language } = index.vocabulary;
  if (asked === undefined) return undefined;
  if (others.some(({ recipe }) => recipe !== asked.recipe)) {
    const candidates = [...new Set([asked, ...others].map(({ recipe }) => recipe))].map(({ key, name }) => ({
      udf: key,
      name,
      place: [],
      class: "recipe",
    }));
    return { kind: "question", text: askWhich(candidates, language), candidates };
  }
  const { recipe, target } = asked;
  const ability = (thing: NamedThing): boolean => programmeFor(recipe, thing) !== undefined && takesProgrammes(thing.description);
  const found = target === undefined ? thingsAround(index, { ...context, ability }) : find(target, index, { ...context, ability });
  const [thing, ...more] = found.things;
  if (thing === undefined)
    return {
      kind: "unknown",
      text: target === undefined || found.unable.length > 0 ? put(language.Replies.NoCook, { name: recipe.name }) : sayNothing(target, language),
      suggestions: [],
    };
  if (more.length > 0) {
    const candidates = found.things.map((each) => candidateOf(each, index));
    return { kind: "question", text: askWhich(candidates, language), candidates };
  }
  return orderOf(recipe, thing, index);
}

function orderOf(recipe: Recipe, thing: NamedThing, index: NameIndex): Interpretation {
  try {
    const programme = writeProgramme(readProgramme(programmeFor(recipe, thing) ?? "", thing.description));
    const takes = thing.description.Commands.find(({ Name }) => Name === runCommand)?.Arguments ?? [];
    const args = checkArguments(thing.description, runCommand, [
      ...(takes.includes(mealProperty) ? [{ Name: mealProperty, Value: recipe.name }] : []),
      { Name: programmeProperty, Value: programme },
    ]);
    const spoken = sayCommand(runCommand, [{ thing, arguments: args }], index.vocabulary);
    return { kind: "command", orders: [{ command: runCommand, targets: [{ udf: thing.udf, arguments: args }], spoken }], spoken };
  } catch (error) {
    // A programme that this device cannot do is an answer to the speaker, not a fault.
    if (error instanceof MeshError && error.code === "ERR_COMMAND") return { kind: "unknown", text: error.message, suggestions: [] };
    throw error;
  }
}

function programmeFor({ programmes }: Recipe, { class: kind }: NamedThing): string | undefined {
  return programmes.find((each) => each.class === kind)?.programme;
}

/** The recipes that the words may mean, each with what is said of the device. A name that is said exactly goes before one that is nearly so. */
function recipesAsked(tokens: readonly string[], index: NameIndex): readonly Asked[] {
  if (index.recipes.length === 0) return [];
  const { recipes: rows, language } = index.vocabulary;
  const captures = rows.fitting(tokens).flatMap(({ row }) => matchRow(row, tokens));
  const named = captures.map(({ recipe = [], target }) => ({ key: keyTokens(recipe, language).join(" "), target }));
  const exact = named.flatMap(({ key, target }) => (index.recipesByKey.get(key) ?? []).map((recipe) => ({ recipe, target })));
  if (exact.length > 0) return exact;
  return named.flatMap(({ key, target }) => (index.recipesByLooseKey.get(looseKey(key, language)) ?? []).map((recipe) => ({ recipe, target })));
}
