/** `scene …`: several orders under one name. They are understood when the scene is made; what is stored is orders of devices. */
import type { AccountContext } from "../../../account/index.ts";
import { addScene, deleteScene, findPlace, findScene, scenesOf } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import type { SpokenOrder } from "../../../driver/index.ts";
import { interpret, ordersOf } from "../../../driver/index.ts";
import type { CatalogedScene } from "../../../schema/index.ts";
import { isRisky } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { refusedWords } from "../device/say.ts";
import type { House } from "../house.ts";
import { houseOf } from "../house.ts";
import { sayIt } from "../say-it.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** What `scene add` takes. */
export interface SceneFlags {
  readonly order: readonly string[];
  readonly alias?: readonly string[];
  readonly place?: string;
  readonly language?: string;
}

/** `scene add NAME --order WORDS...`. */
export async function sceneAdd(call: Invocation, name: string, flags: SceneFlags): Promise<void> {
  const { output } = call;
  const { shown, risky } = await inAccount(call, { doing: "making the scene", sync: "needed" }, async (context) => {
    const house = await houseOf(context, flags.language);
    const place = flags.place === undefined ? undefined : findPlace(context, flags.place).Key;
    const orders = flags.order.flatMap((words) => understood(house, words, place));
    const scene = await addScene(context, { name, ...(flags.alias ? { aliases: flags.alias } : {}), orders: orders.map(storedOrder) });
    return { shown: shownScene(house, scene), risky: orders.flatMap((order) => riskyOf(house, order)) };
  });
  report(output, { ...shown }, () => output.line(lineOf(shown)));
  if (risky.length > 0) output.say(`can do harm, and is refused or confirmed like every such order: ${[...new Set(risky)].join(", ")}`);
  output.say(sayIt(shown.name));
}

/** `scene list`. */
export async function sceneList(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const rows = await shownScenes(context, scenesOf(context));
    report(output, { scenes: rows }, () =>
      printTable(
        output,
        ["name", "does", "key"],
        rows.map((row) => [[row.name, ...row.aliases].join(", "), row.does.join("; "), row.key.slice(0, 14)]),
      ),
    );
    if (rows.length === 0) output.say('no scenes; \'meshman scene add "movie night" --order "turn off the kitchen light"\' makes one');
  });
}

/** `scene get NAME`. */
export async function sceneGet(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const [shown] = await shownScenes(context, [findScene(context, text)]);
    if (shown) report(output, { ...shown }, () => output.line(lineOf(shown)));
  });
}

/** `scene delete NAME`. */
export async function sceneDelete(call: Invocation, text: string): Promise<void> {
  const { output } = call;
  const { Key, LocalName } = await inAccount(call, { doing: "deleting", sync: "needed" }, async (context) => {
    const found = findScene(context, text);
    await deleteScene(context, found);
    return found;
  });
  report(output, { key: Key, name: LocalName }, () => output.line(LocalName));
}

/** The orders of a sentence. What depends on the present state, on a time, or on what was said before is none of a scene. */
function understood({ book }: House, words: string, place: string | undefined): readonly SpokenOrder[] {
  const meaning = interpret(words, book.index, { place });
  if (meaning.kind === "command") return meaning.orders;
  if (meaning.kind === "question" || meaning.kind === "unknown") throw refusedWords(meaning, `${JSON.stringify(words.slice(0, 80))}: `);
  throw new MeshError("ERR_COMMAND", `${JSON.stringify(words.slice(0, 80))} is ${meaning.kind === "query" ? "a question" : "for another time"}`, {
    hint: "a scene has orders that are given at once",
  });
}

function storedOrder({ command, targets }: SpokenOrder): CatalogedScene["Orders"][number] {
  return { Command: command, Targets: targets.map(({ udf, arguments: args }) => ({ DeviceUdf: udf, Arguments: args })) };
}

function riskyOf({ byUdf }: House, { command, targets, spoken }: SpokenOrder): readonly string[] {
  return targets.some(({ udf }) => isRisky(byUdf.get(udf)?.description?.Class ?? "", command)) ? [spoken] : [];
}

interface ShownScene {
  readonly key: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** In words. */
  readonly does: readonly string[];
  readonly orders: readonly { readonly command: string; readonly deviceUdf: string; readonly arguments: Readonly<Record<string, unknown>> }[];
}

async function shownScenes(context: AccountContext, scenes: readonly CatalogedScene[]): Promise<readonly ShownScene[]> {
  const house = await houseOf(context);
  return scenes.map((scene) => shownScene(house, scene));
}

function shownScene({ book, byUdf }: House, { Key, LocalName, LocalNames = [], Orders }: CatalogedScene): ShownScene {
  const orders = Orders.map(({ Command, Targets }) => ({
    command: Command,
    targets: Targets.map(({ DeviceUdf, Arguments }) => ({ udf: DeviceUdf, arguments: Arguments })),
  }));
  const gone = orders.flatMap(({ targets }) => targets.filter(({ udf }) => !byUdf.has(udf))).length;
  const words = ordersOf({ orders }, book.index).flatMap(({ spoken }) => (spoken === "" ? [] : [spoken]));
  return {
    key: Key,
    name: LocalName,
    aliases: LocalNames.map(({ Name }) => Name),
    does: gone === 0 ? words : [...words, `${gone} of its devices ${gone === 1 ? "is" : "are"} not there any more`],
    orders: orders.flatMap(({ command, targets }) =>
      targets.map(({ udf, arguments: args }) => ({
        command,
        deviceUdf: udf,
        arguments: Object.fromEntries(args.map(({ Name, Value }) => [Name, Value])),
      })),
    ),
  };
}

function lineOf({ name, does }: ShownScene): string {
  return `${name}: ${does.join("; ")}`;
}
