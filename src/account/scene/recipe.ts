/** Recipes: what appliances do for a meal, under its name. Administration devices write them, hubs and machines read them (docs/extensions.md §22). */
import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { newNonce } from "../../crypto/index.ts";
import type { CatalogedRecipe, RecipeProgramme } from "../../schema/index.ts";
import { isRecipe, mostProgrammes, mostProgrammeText, mostRecipes, recipeCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { isCalled } from "../naming/taken.ts";
import { put, remove } from "../store/edit.ts";
import { checkSpokenName, readsAutomation, requireAutomation } from "./automation-store.ts";

/** Other names of a recipe. */
const mostNames = 8;

/**
 * Makes a recipe. @param programmes as they are kept: whoever makes one has read it against the driver of its class
 * Errors: ERR_NOT_AUTHORIZED on a device that is no administrator, ERR_NAME, ERR_EXISTS, ERR_USAGE, ERR_QUOTA, and those of the service.
 */
export async function addRecipe(
  context: AccountContext,
  {
    name,
    aliases = [],
    programmes,
  }: { readonly name: string; readonly aliases?: readonly string[]; readonly programmes: readonly RecipeProgramme[] },
): Promise<CatalogedRecipe> {
  await requireAutomation(context);
  if (aliases.length > mostNames) throw new MeshError("ERR_USAGE", `a recipe has ${mostNames} other names at most`);
  if (recipesOf(context).length >= mostRecipes)
    throw new MeshError("ERR_QUOTA", `the account has ${mostRecipes} recipes already`, { hint: "delete some: 'meshman recipe delete'" });
  const names = [name, ...aliases].map((text) => checkSpokenName(context, text));
  const recipe: CatalogedRecipe = {
    Key: newNonce(context.ports.random),
    LocalName: names[0] ?? "",
    ...(names.length > 1 ? { LocalNames: names.slice(1).map((Name) => ({ Name })) } : {}),
    Programmes: programmes,
    Updated: dateTime(context.ports.clock.now()),
  };
  if (!isRecipe(recipe))
    throw new MeshError(
      "ERR_USAGE",
      `a recipe has at least one programme, one for each class, ${mostProgrammes} at most, of ${mostProgrammeText} characters each`,
    );
  await context.transact({ catalogs: [put(recipeCatalog, recipe)] });
  return recipe;
}

/** The recipes, by name. None where this device may not read them, or the account has none yet. */
export function recipesOf(context: AccountContext): readonly CatalogedRecipe[] {
  if (!readsAutomation(context)) return [];
  return context
    .list(recipeCatalog)
    .map(({ value }) => value)
    .sort((a, b) => a.LocalName.localeCompare(b.LocalName));
}

/** The recipe of a name, or of at least six characters of its key. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function findRecipe(context: AccountContext, text: string): CatalogedRecipe {
  const found = recipesOf(context).filter((recipe) => (text.length >= 6 && recipe.Key.startsWith(text.toUpperCase())) || isCalled(recipe, text));
  const [recipe, ...others] = found;
  const quoted = JSON.stringify(text.slice(0, 80));
  if (!recipe) throw new MeshError("ERR_NOT_FOUND", `no recipe is called ${quoted}`, { hint: "see 'meshman recipe list'" });
  if (others.length > 0)
    throw new MeshError("ERR_AMBIGUOUS", `${found.length} recipes are called ${quoted}`, {
      hint: `say the first characters of one: ${found.map(({ Key }) => Key.slice(0, 14)).join(", ")}`,
    });
  return recipe;
}

/** Deletes a recipe. Errors: ERR_NOT_AUTHORIZED, those of the service. */
export async function deleteRecipe(context: AccountContext, { Key }: Pick<CatalogedRecipe, "Key">): Promise<void> {
  administratorOf(context);
  await context.transact({ catalogs: [remove(recipeCatalog, Key)] });
}
