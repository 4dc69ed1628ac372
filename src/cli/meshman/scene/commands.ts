/** The commands of `meshman scene`. */
import type { Command } from "commander";
import { several } from "../../term/several.ts";
import type { Run } from "../declare.ts";
import type { SceneFlags } from "./scene.ts";

const load = () => import("./scene.ts");

/** Adds `scene`. */
export function addSceneCommands(scene: Command, run: Run): void {
  scene
    .command("add <name>")
    .description('give several orders one name, by which they are said: "movie night"')
    .requiredOption("--order <words>", "what is done, in words: dim the living room lights to 20%; may be said more than once", several)
    .option("--alias <name>", "another name, in another language too", several)
    .option("--place <place>", "where the orders are meant")
    .option("--language <tag>", 'of the orders, as in "de"', "en")
    .action((name: string, flags: SceneFlags) => run(async (call) => (await load()).sceneAdd(call, name, flags)));
  scene
    .command("list")
    .description("scenes, and what each of them does")
    .action(() => run(async (call) => (await load()).sceneList(call)));
  scene
    .command("get <name>")
    .description("one of them, by its name or the first characters of its key")
    .action((text: string) => run(async (call) => (await load()).sceneGet(call, text)));
  scene
    .command("delete <name>")
    .description("forget one; its devices stay as they are")
    .action((text: string) => run(async (call) => (await load()).sceneDelete(call, text)));
}
