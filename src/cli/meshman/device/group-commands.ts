/** The commands of `meshman device group`. */
import type { Command } from "commander";
import { several } from "../../term/several.ts";
import type { Run } from "../declare.ts";

const load = () => import("./group.ts");

/** Adds `device group`. */
export function addDeviceGroupCommands(group: Command, run: Run): void {
  group
    .command("add <name> <devices...>")
    .description("give devices a name together, by which they are told and asked")
    .option("--alias <name>", "another name, in another language too", several)
    .action((name: string, devices: string[], flags: { alias?: readonly string[] }) =>
      run(async (call) => (await load()).deviceGroupAdd(call, name, devices, flags)),
    );
  group
    .command("list")
    .description("groups of devices")
    .action(() => run(async (call) => (await load()).deviceGroupList(call)));
  group
    .command("delete <name>")
    .description("forget the name; the devices stay")
    .action((text: string) => run(async (call) => (await load()).deviceGroupDelete(call, text)));
}
