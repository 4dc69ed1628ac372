/**
 * Recipes: what appliances are to do for a meal, under its name ("lasagne"). Entries of MMM_Automation beside the scenes, written and read by the same.
 * A programme is for a class of devices, and no device of the house: who says the name says, or is asked, which one. docs/extensions.md §22.
 */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, optional, string, struct } from "../../codec/field.ts";
import { LocalName } from "./cataloged-place.ts";

/** What a device of a class does, in stages: "Mode fan, Target 180, 35 min; Mode grill, Target 240, 5 min". */
export interface RecipeProgramme {
  readonly Class: string;
  readonly Programme: string;
}
export const RecipeProgramme: Struct<RecipeProgramme> = struct<RecipeProgramme>("RecipeProgramme", { Class: string, Programme: string });

/** A recipe. Key: a random nonce. */
export interface CatalogedRecipe {
  readonly Key: string;
  readonly LocalName: string;
  /** What it is called as well, in other languages too. */
  readonly LocalNames?: readonly LocalName[];
  /** One for each class. */
  readonly Programmes: readonly RecipeProgramme[];
  readonly Updated?: string;
}
export const CatalogedRecipe: Struct<CatalogedRecipe> = struct<CatalogedRecipe>("CatalogedRecipe", {
  Key: string,
  LocalName: string,
  LocalNames: optional(list(LocalName)),
  Programmes: list(RecipeProgramme),
  Updated: optional(dateTime),
});

/** Recipes of an account, programmes of one, characters of a programme: what is more is refused when it is made, and not read. */
export const mostRecipes = 128;
export const mostProgrammes = 8;
export const mostProgrammeText = 256;

/** True for a recipe that has programmes, one for a class at most, and none longer than it may be. */
export function isRecipe({ Programmes }: Pick<CatalogedRecipe, "Programmes">): boolean {
  const classes = new Set(Programmes.map(({ Class }) => Class));
  const fits = Programmes.every(({ Programme }) => Programme.length > 0 && Programme.length <= mostProgrammeText);
  return Programmes.length > 0 && Programmes.length <= mostProgrammes && classes.size === Programmes.length && fits;
}
