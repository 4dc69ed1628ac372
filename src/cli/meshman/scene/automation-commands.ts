/** The commands of `meshman automation`. */
import type { Command } from "commander";
import type { Run } from "../declare.ts";
import type { AutomationFlags } from "./automation.ts";

const load = () => import("./automation.ts");

/** Adds `automation`. */
export function addAutomationCommands(automation: Command, run: Run): void {
  automation
    .command("add <words>")
    .description('"every day at sunset turn on the hall light", "when the hall door opens turn on the hall light for ten minutes"')
    .option("--place <place>", "where it is meant")
    .option("--language <tag>", 'of the words, as in "de"', "en")
    .action((words: string, flags: AutomationFlags) => run(async (call) => (await load()).automationAdd(call, words, flags)));
  automation
    .command("list")
    .description("all of them, in words")
    .option("--language <tag>", 'the words to tell them in, as in "de"', "en")
    .action((flags: AutomationFlags) => run(async (call) => (await load()).automationList(call, flags)));
  automation
    .command("get <key>")
    .description("one of them, by the first characters of its key or by words of its sentence")
    .option("--language <tag>", 'the words to tell it in, as in "de"', "en")
    .action((text: string, flags: AutomationFlags) => run(async (call) => (await load()).automationGet(call, text, flags)));
  automation
    .command("delete <key>")
    .description("forget one")
    .action((text: string) => run(async (call) => (await load()).automationDelete(call, text)));
  automation
    .command("pause <key>")
    .description("keep one, and do nothing by it for the time being")
    .action((text: string) => run(async (call) => (await load()).automationPause(call, text, true)));
  automation
    .command("resume <key>")
    .description("let one go on that was paused, or that a hub has stopped because it set itself off")
    .action((text: string) => run(async (call) => (await load()).automationPause(call, text, false)));
}
