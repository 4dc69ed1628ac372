/** `recipe …`: programmes of appliances under the name of a meal. Each is read against the driver of its class when the recipe is made. */
import { addRecipe, deleteRecipe, findRecipe, recipesOf } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import { packagePath } from "../../../base/package-root.ts";
import { describeDevice, loadDrivers, readProgramme, takesProgrammes, writeProgramme } from "../../../driver/index.ts";
import type { CatalogedRecipe, RecipeProgramme } from "../../../schema/index.ts";
import { isRisky } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { sayIt } from "../say-it.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What `recipe add` takes. */
export interface RecipeFlags {
  readonly for: readonly string[];
  readonly alias?: readonly string[];
}

/** `recipe add NAME --for CLASS=PROGRAMME...`. */
export async function recipeAdd(call: Invocation, name: string, flags: RecipeFlags): Promise<void> {
  const { output } = call;
  const programmes = programmesOf(call, flags.for);
  const recipe = await inAccount(call, { doing: "making the recipe", sync: "needed" }, (context) =>
    addRecipe(context, { name, programmes, ...(flags.alias ? { aliases: flags.alias } : {}) }),
  );
  const shown = shownRecipe(recipe);
  report(output, { ...shown }, () => output.line(lineOf(shown)));
  if (programmes.some(({ Class }) => isRisky(Class, "Run")))
    output.say("can do harm, and is refused or confirmed like every such order; look at the programme before you agree to it");
  output.say(sayIt(`make the ${shown.name}`));
}

/** `recipe list`. */
export async function recipeList(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const rows = recipesOf(context).map(shownRecipe);
    report(output, { recipes: rows }, () =>
      printTable(
        output,
        ["name", "programmes", "key"],
        rows.map((row) => [[row.name, ...row.aliases].join(", "), programmesIn(row), row.key.slice(0, 14)]),
      ),
    );
    if (rows.length === 0) output.say("no recipes; 'meshman recipe add lasagne --for \"oven=Mode fan, Target 180, 35 min\"' makes one");
  });
}

/** `recipe get NAME`. */
export async function recipeGet(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const shown = shownRecipe(findRecipe(context, text));
    report(output, { ...shown }, () => output.line(lineOf(shown)));
  });
}

/** `recipe delete NAME`. */
export async function recipeDelete(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const { Key, LocalName } = await inAccount(call, { doing: "deleting", sync: "needed" }, async (context) => {
    const found = findRecipe(context, text);
    await deleteRecipe(context, found);
    return found;
  });
  report(output, { key: Key, name: LocalName }, () => output.line(LocalName));
}

/** Programmes as they are kept. Errors: ERR_USAGE, ERR_NOT_FOUND, ERR_COMMAND with the stage that does not fit. */
function programmesOf(call: Invocation, said: readonly string[]): readonly RecipeProgramme[] {
  const { drivers } = loadDrivers({ packageDir: packagePath("drivers"), log: call.ports.log });
  return said.map((text) => {
    const at = text.indexOf("=");
    const className = text.slice(0, Math.max(0, at)).trim().toLowerCase();
    const driver = drivers.get(className);
    const description = driver && describeDevice(driver, { manufacturer: "", model: "", version: "" });
    if (at < 1 || description === undefined || !takesProgrammes(description)) {
      const classes = [...drivers.values()].filter((each) => takesProgrammes(each)).map(({ Class }) => Class);
      throw new MeshError("ERR_USAGE", `${JSON.stringify(text.slice(0, 80))} names no class that takes programmes`, {
        hint: `write CLASS=PROGRAMME; classes that take programmes are ${classes.join(", ")}`,
      });
    }
    return { Class: className, Programme: writeProgramme(readProgramme(text.slice(at + 1), description)) };
  });
}

interface ShownRecipe {
  readonly key: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly programmes: readonly { readonly class: string; readonly programme: string }[];
}

function shownRecipe({ Key, LocalName, LocalNames = [], Programmes }: CatalogedRecipe): ShownRecipe {
  return {
    key: Key,
    name: LocalName,
    aliases: LocalNames.map(({ Name }) => Name),
    programmes: Programmes.map(({ Class, Programme }) => ({ class: Class, programme: Programme })),
  };
}

function programmesIn({ programmes }: ShownRecipe): string {
  return programmes.map((each) => `${each.class}: ${each.programme}`).join(" | ");
}

function lineOf(shown: ShownRecipe): string {
  return `${shown.name}: ${programmesIn(shown)}`;
}
