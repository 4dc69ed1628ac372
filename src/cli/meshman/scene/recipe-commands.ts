/** The commands of `meshman recipe`. */
import type { Command } from "commander";
import { several } from "../../term/several.ts";
import type { Run } from "../declare.ts";
import type { RecipeFlags } from "./recipe.ts";

const load = () => import("./recipe.ts");

/** Adds `recipe`. */
export function addRecipeCommands(recipe: Command, run: Run): void {
  recipe
    .command("add <name>")
    .description('what an oven or a blender does for a meal: "bake the lasagne"')
    .requiredOption(
      "--for <class=programme>",
      'stages with their times: "oven=Mode fan, Target 180, 35 min; Mode grill, Target 240, 5 min"; may be said more than once',
      several,
    )
    .option("--alias <name>", "another name, in another language too", several)
    .action((name: string, flags: RecipeFlags) => run(async (call) => (await load()).recipeAdd(call, name, flags)));
  recipe
    .command("list")
    .description("recipes, and their programmes")
    .action(() => run(async (call) => (await load()).recipeList(call)));
  recipe
    .command("get <name>")
    .description("one of them, by its name or the first characters of its key")
    .action((text: string) => run(async (call) => (await load()).recipeGet(call, text)));
  recipe
    .command("delete <name>")
    .description("forget one; what is in the oven goes on")
    .action((text: string) => run(async (call) => (await load()).recipeDelete(call, text)));
}
