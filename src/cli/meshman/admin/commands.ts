/** The commands of `meshman admin`: machines that may connect devices while no administration device is on. */
import type { Command } from "commander";
import { several } from "../../term/several.ts";
import type { Run } from "../declare.ts";
import type { SplitFlags } from "./split.ts";

const splitText = "the first characters of its id (4 or more), or the name of a machine for all that it has";

/** Adds the commands. */
export function addAdminCommands(admin: Command, run: Run): void {
  const stop = () => import("./stop.ts");
  admin
    .command("split <machine>")
    .description("let a machine of yours connect harmless devices together with the service, within limits, while no administration device is on")
    .requiredOption("--hub <hub>", "the hub that speaks for what it connects")
    .requiredOption("--class <classes>", "what it may connect: light, sensor", several)
    .option("--count <number>", "how many devices", "5")
    .option("--until <time>", "for how long: 2h, 30d", "30d")
    .action((machine: string, flags: SplitFlags) => run(async (call) => (await import("./split.ts")).adminSplit(call, machine, flags)));
  admin
    .command("list")
    .description("what was granted, what is left of it, and what was connected")
    .action(() => run(async (call) => (await import("./list.ts")).adminList(call)));
  admin
    .command("freeze <split>")
    .description(`stop one at once, from any machine that uses devices: ${splitText}`)
    .action((text: string) => run(async (call) => (await stop()).adminFreeze(call, text)));
  admin
    .command("thaw <split>")
    .description(`let a frozen one go on, an administrator's; ${splitText}`)
    .action((text: string) => run(async (call) => (await stop()).adminThaw(call, text)));
  admin
    .command("revoke <split>")
    .description(`end one for good, what it has connected stays connected; ${splitText}`)
    .option("--yes", "do not ask")
    .action((text: string, flags: { yes?: boolean }) => run(async (call) => (await stop()).adminRevoke(call, text, flags)));
}
