/** The commands of meshman with their arguments. What they do is loaded when it is wanted, so that a command starts fast. */
import { Command } from "commander";
import { several } from "../term/several.ts";
import { addAccountCommands } from "./account/commands.ts";
import { addAdminCommands } from "./admin/commands.ts";
import type { AgentFlags } from "./agent.ts";
import { addContactCommands } from "./contact/commands.ts";
import { addDareCommands } from "./dare/commands.ts";
import type { Run } from "./declare.ts";
import { addDeviceCommands } from "./device/commands.ts";
import { addEditCommands, addGrantCommands, addGuestCommands } from "./grant/commands.ts";
import { addGroupCommands } from "./group/commands.ts";
import { addHashCommands } from "./hash/commands.ts";
import { addHubCommands } from "./hub/commands.ts";
import { addKeyCommands } from "./key/commands.ts";
import { addMessageCommands } from "./message/commands.ts";
import { addRecordCommands } from "./record/commands.ts";
import { addAutomationCommands } from "./scene/automation-commands.ts";
import { addSceneCommands } from "./scene/commands.ts";
import { addRecipeCommands } from "./scene/recipe-commands.ts";

/** Builds the program; the command that was asked for is handed to `run`. */
export function meshmanProgram(run: Run): Command {
  const program = new Command("meshman")
    .description("your Mesh account: its devices, places, and what they do")
    .option("--dir <directory>", "state directory (MESHMAN_DIR; default ~/.config/meshman)")
    .option("--service <url>", "URL of the service (MESH_SERVICE; default: found by the address)")
    .option("--peer <domain=url>", "service of another domain, instead of asking the DNS; with ?udf= the fingerprint that it has to have", several)
    .option("--json", "print one JSON document")
    .option("--verbose", "tell what is going on")
    .option("--no-sync", "use what this device knows without asking the service")
    .exitOverride();
  program
    .command("about")
    .description("version and directories")
    .action(() => run(async (call) => (await import("./about.ts")).about(call)));
  program
    .command("agent")
    .description("wait at the service and do what you have allowed in advance")
    .option("--no-claim", "do not claim devices at their makers' services")
    .option("--on-message <program>", "an executable file that is told of each message that waits, and when it waits no longer: JSON on its stdin")
    .action((flags: AgentFlags) => run(async (call) => (await import("./agent.ts")).agent(call, flags)));
  addAccountCommands(program.command("account").description("the account and this machine's part in it"), run);
  addDeviceCommands(program.command("device").description("devices of the account"), run);
  addAdminCommands(program.command("admin").description("machines that connect devices while no administration device is on"), run);
  addContactCommands(program.command("contact").description("people and organisations, and what stands behind their fingerprints"), run);
  addMessageCommands(program.command("message").description("what others ask of you, and what you ask of them to confirm"), run);
  addGroupCommands(
    program.command("group").description("groups: what is encrypted to one, its members decrypt, for as long as they are members"),
    run,
  );
  addGrantCommands(program.command("grant").description("what tokens, pages and programs may see and order in the house"), run);
  addGuestCommands(program.command("guest").description("people who may see and order something in the house for a time"), run);
  addEditCommands(program.command("edit").description("changes that hubs ask for: what your agent makes without asking you"), run);
  addAutomationCommands(
    program.command("automation").description("what the house does by itself: at a time that comes again, or when something becomes so"),
    run,
  );
  addSceneCommands(program.command("scene").description('several orders under one name: "movie night"'), run);
  addRecipeCommands(program.command("recipe").description("what appliances do for a meal, under its name"), run);
  addHubCommands(program.command("hub").description("hubs of the account, and the way into their pages"), run);
  addPlace(program.command("place").description("rooms, floors and houses"), run);
  addRecordCommands(program, run);
  addConflicts(program.command("conflicts").description("changes that lost against another machine's at the same moment"), run);
  addDareCommands(program.command("dare").description("envelopes and archives: files that are encrypted, signed, and show their changes"), run);
  addHashCommands(program.command("hash").description("fingerprints, digests and commitments of files"), run);
  addKeyCommands(program.command("key").description("nonces, symmetric keys, and their shares"), run);
  return program;
}

function addPlace(place: Command, run: Run): void {
  const load = () => import("./place.ts");
  place
    .command("add <name>")
    .description("add a place")
    .option("--in <place>", "the place that it is part of")
    .action((name: string, flags: { in?: string }) => run(async (call) => (await load()).placeAdd(call, name, flags)));
  place
    .command("list")
    .description("all places")
    .action(() => run(async (call) => (await load()).placeList(call)));
  place
    .command("delete <name>")
    .description("delete an empty place")
    .action((name: string) => run(async (call) => (await load()).placeDelete(call, name)));
}

function addConflicts(conflicts: Command, run: Run): void {
  const load = () => import("./conflicts.ts");
  conflicts
    .command("list")
    .description("what lost, beside what stands")
    .action(() => run(async (call) => (await load()).conflictsList(call)));
  conflicts
    .command("get <conflict>")
    .description("one of them, named by at least four characters")
    .action((text: string) => run(async (call) => (await load()).conflictsGet(call, text)));
  conflicts
    .command("keep <conflict>")
    .description("leave what stands, and forget what lost")
    .action((text: string) => run(async (call) => (await load()).conflictsKeep(call, text)));
  conflicts
    .command("resolve <conflict>")
    .description("put what lost in the place of what stands")
    .action((text: string) => run(async (call) => (await load()).conflictsResolve(call, text)));
}
