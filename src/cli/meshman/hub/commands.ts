/** The commands of `meshman hub`. */
import type { Command } from "commander";
import type { Run } from "../declare.ts";
import type { OpenFlags } from "./open.ts";

/** Adds `hub`. */
export function addHubCommands(hub: Command, run: Run): void {
  hub
    .command("list")
    .description("hubs of the account, and when each has been heard")
    .action(() => run(async (call) => (await import("./list.ts")).hubList(call)));
  hub
    .command("open [hub]")
    .description("a link to the page of a hub, once and within a minute, and what its certificate is to be known by")
    .option("--hub <socket>", "through the local door of a hub on this machine")
    .option("--wait <time>", "how long to wait for the hub (default 30s)")
    .option("--no-qr", "without codes for a phone")
    .action((name: string | undefined, flags: OpenFlags) => run(async (call) => (await import("./open.ts")).hubOpen(call, name, flags)));
}
