/** The commands of meshman with their arguments. What they do is loaded when it is wanted, so that a command starts fast. */
import { Command } from "commander";
import type { CreateFlags } from "./account.ts";
import type { AuditFlags } from "./account-audit.ts";
import type { CompactFlags } from "./account-compact.ts";
import type { EscrowFlags } from "./account-escrow.ts";
import type { PurgeFlags } from "./account-purge.ts";
import type { RecoverFlags } from "./account-recover.ts";
import { addAdminCommands } from "./admin/commands.ts";
import type { AgentFlags } from "./agent.ts";
import { addContactCommands } from "./contact/commands.ts";
import { addDareCommands } from "./dare/commands.ts";
import type { AcceptFlags } from "./device/admit.ts";
import type { ConnectFlags } from "./device/connect.ts";
import type { DeleteFlags } from "./device/delete.ts";
import { addDeviceGroupCommands } from "./device/group-commands.ts";
import type { RequestFlags } from "./device/join.ts";
import { addMakerCommands } from "./device/maker-commands.ts";
import type { SayFlags } from "./device/say.ts";
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
import type { Invocation } from "./surroundings.ts";

/** Carries out a command; when it gives a number, that is the exit status. */
export type Body = (call: Invocation) => Promise<unknown>;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
const roleText = "what it may do: hub, or one or more of web, message, threshold, device, command, admin, super";
const shareText = "with --role threshold, a further store of whose key it gets a share alone: MMM_Task, MMM_Bookmark or MMM_Application";

/** Builds the program; the command that was asked for is handed to `run`. */
export function meshmanProgram(run: (body: Body) => Promise<void>): Command {
  const program = new Command("meshman")
    .description("your Mesh account: its devices, places, and what they do")
    .option("--dir <directory>", "state directory (MESHMAN_DIR; default ~/.config/meshman)")
    .option("--service <url>", "URL of the service (MESH_SERVICE; default: found by the address)")
    .option("--peer <domain=url>", "service of another domain, instead of asking the DNS; with ?udf= the fingerprint that it has to have", collect)
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
  addAccount(program.command("account").description("the account and this machine's part in it"), run);
  addDevice(program.command("device").description("devices of the account"), run);
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

type Run = (body: Body) => Promise<void>;

function addAccount(account: Command, run: Run): void {
  const load = () => import("./account.ts");
  account
    .command("create <address>")
    .description("make a new account, with this machine as its first administrator")
    .option("--name <name>", "name of this machine")
    .option("--invitation-file <file>", "file that holds the invitation of the service (- is stdin), so that it stands in no list of processes")
    .option("--invitation <code>", "invitation of the service, where it asks for one")
    .action((address: string, flags: CreateFlags) => run(async (call) => (await load()).accountCreate(call, address, flags)));
  account
    .command("status")
    .description("health of the service, this machine, and the stores")
    .action(() => run(async (call) => (await load()).accountStatus(call)));
  account
    .command("list")
    .description("accounts of your state directories on this machine")
    .action(() => run(async (call) => (await import("./account-list.ts")).accountList(call)));
  account
    .command("get [account]")
    .description("one of them, by address, fingerprint or directory (default: the one in use)")
    .action((name?: string) => run(async (call) => (await import("./account-list.ts")).accountGet(call, name)));
  account
    .command("info")
    .description("keys that the account publishes, who administers it, epochs of its stores")
    .action(() => run(async (call) => (await import("./account-info.ts")).accountInfo(call)));
  account
    .command("audit [group]")
    .description("what the service has done with its shares of the account's keys, or of a group's")
    .option("--most <number>", "how many of the newest are shown", "50")
    .action((group: string | undefined, flags: AuditFlags) =>
      run(async (call) => (await import("./account-audit.ts")).accountAudit(call, group, flags)),
    );
  account
    .command("hello <address>")
    .description("what the service of an address says of itself")
    .action((address: string) => run(async (call) => (await import("./account-info.ts")).accountHello(call, address)));
  account
    .command("sync")
    .description("fetch what is new, and attend to what is allowed in advance")
    .option("--no-auto", "fetch only")
    .option("--no-claim", "do not claim devices at their makers' services")
    .action((flags: { auto: boolean; claim: boolean }) => run(async (call) => (await import("./account-sync.ts")).accountSync(call, flags)));
  account
    .command("pin")
    .description("issue a PIN by which one device joins")
    .option("--role <roles>", roleText, collect)
    .option("--share <stores>", shareText, collect)
    .option("--minutes <number>", "how long it is good")
    .option("--expire <days>", "the same in days (default 1), or like 90s, 10m, 2h")
    .option("--name <name>", "name that the device gets")
    .option("--qr", "show it as a QR code")
    .action((flags: { role?: string[]; share?: string[] }) => run(async (call) => (await load()).accountPin(call, flags)));
  account
    .command("compact [stores...]")
    .description("let stores begin anew without what is over: those named, or all that have grown to much more than they hold")
    .option("--purge", "let the service forget what they began from, a day after that was over")
    .option("--yes", "do not ask before it forgets")
    .action((stores: readonly string[], flags: CompactFlags) =>
      run(async (call) => (await import("./account-compact.ts")).accountCompact(call, stores, flags)),
    );
  account
    .command("repair")
    .description("unite what this machine knows with another history of the service; leave out ends that nobody can believe")
    .action(() => run(async (call) => (await import("./account-repair.ts")).accountRepair(call)));
  account
    .command("escrow")
    .description("print the secret of the account in shares, of which a quorum recovers it")
    .option("--quorum <number>", "how many shares recover it", "2")
    .option("--shares <number>", "how many shares", "3")
    .option("--qr", "show each as a QR code too")
    .action((flags: EscrowFlags) => run(async (call) => (await import("./account-escrow.ts")).accountEscrow(call, flags)));
  account
    .command("recover [shares...]")
    .description("make this machine an administrator of the account whose shares these are")
    .option("--account <address>", "address of the account, where there is no record")
    .option("--record <uri>", "code of the recovery record, printed with the shares; alone it tells what is needed")
    .option("--file <file>", "file that holds the shares, one on each line (- is stdin)")
    .option("--name <name>", "name of this machine")
    .option("--verify", "only tell whether the shares are good, and of which account")
    .action((shares: readonly string[], flags: RecoverFlags) =>
      run(async (call) => (await import("./account-recover.ts")).accountRecover(call, shares, flags)),
    );
  account
    .command("purge [shares...]")
    .description("take the secret of the account off this machine, once shares of it were tried")
    .option("--file <file>", "file that holds the shares, one on each line (- is stdin)")
    .option("--yes", "do not ask before")
    .action((shares: readonly string[], flags: PurgeFlags) =>
      run(async (call) => (await import("./account-purge.ts")).accountPurge(call, shares, flags)),
    );
  account
    .command("delete <address>")
    .description("end the account: its service forgets it, this machine erases its keys and copies")
    .option("--yes", "do not ask for the address once more")
    .action((address: string, flags: { yes?: boolean }) =>
      run(async (call) => (await import("./account-delete.ts")).accountDelete(call, address, flags)),
    );
  account
    .command("connect <uri>")
    .description("connect a device that speaks to services itself, by its printed code")
    .option("--role <roles>", roleText, collect)
    .option("--share <stores>", shareText, collect)
    .option("--name <name>", "name that the device gets")
    .action((uri: string, flags: { role?: string[]; share?: string[] }) => run(async (call) => (await load()).accountConnect(call, uri, flags)));
}

function addDevice(device: Command, run: Run): void {
  addJoin(device, run);
  addAdmit(device, run);
  addUse(device, run);
}

function addJoin(device: Command, run: Run): void {
  const load = () => import("./device/join.ts");
  const request = (name: string, what: string): Command =>
    device
      .command(`${name} [target]`)
      .description(what)
      .option("--pin-file <file>", "file that holds the PIN or its URI (- is stdin), so that it stands in no list of processes")
      .option("--pin <code>", "PIN of the account")
      .option("--name <name>", "name that this machine proposes")
      .option("--anew", "ask once more although a request is open: its service may have lost it")
      .action((target: string | undefined, flags: RequestFlags) => run(async (call) => (await load()).deviceRequest(call, target, flags)));
  request("request", "ask to make this machine a device of an account (address, or URI with a PIN)");
  request("join", "the same, with the URI of 'account pin'");
  device
    .command("complete")
    .description("fetch the answer to the request and join")
    .option("--wait <time>", "how long to wait for it: 90s, 5m")
    .action((flags: { wait?: string }) => run(async (call) => (await load()).deviceComplete(call, flags)));
  device
    .command("install <file>")
    .description("make a blank machine the device of a maker's file (.medk)")
    .action((file: string) => run(async (call) => (await load()).deviceInstall(call, file)));
}

function addAdmit(device: Command, run: Run): void {
  const load = () => import("./device/admit.ts");
  device
    .command("pending")
    .description("what waits to be connected")
    .action(() => run(async (call) => (await load()).devicePending(call)));
  device
    .command("accept [code] [name]")
    .description("connect what waits: four characters of an offer's code, sixteen of a machine's witness; or all that a bridge offers")
    .option("--role <roles>", roleText, collect)
    .option("--share <stores>", shareText, collect)
    .option("--place <place>", "where the device stands")
    .option("--bridge <name>", "instead of a code: all devices that this bridge offers, after a question")
    .option("--yes", "with --bridge: do not ask")
    .action((code: string | undefined, name: string | undefined, flags: AcceptFlags) =>
      run(async (call) => (await load()).deviceAccept(call, code, name, flags)),
    );
  device
    .command("connect <code> [name]")
    .description("connect a device by its printed code, or a PNG picture of it, as far as 'admin split' lets this machine")
    .option("--place <place>", "where the device stands")
    .option("--pick <number>", "which of several codes in the picture")
    .option("--wait <time>", "how long it may take (default 180s)")
    .action((code: string, name: string | undefined, flags: ConnectFlags) =>
      run(async (call) => (await import("./device/connect.ts")).deviceConnect(call, code, name, flags)),
    );
  device
    .command("reject <code>")
    .description("refuse what waits")
    .action((code: string) => run(async (call) => (await load()).deviceReject(call, code)));
  device
    .command("window <time>")
    .description("accept devices that hubs offer, for so long (10m), without asking; 'close' ends it")
    .option("--class <class>", "only these classes, for example light", collect)
    .action((time: string, flags: { class?: string[] }) => run(async (call) => (await load()).deviceWindow(call, time, flags)));
}

function addUse(device: Command, run: Run): void {
  const edit = () => import("./device/edit.ts");
  device
    .command("list")
    .description("devices with state and its age")
    .action(() => run(async (call) => (await import("./device/list.ts")).deviceList(call)));
  device
    .command("say <words...>")
    .description('tell or ask devices in words: "turn off the kitchen light"')
    .option("--wait <time>", "how long to wait for the device (default 60s); also the life of the command")
    .option("--place <place>", "where you are")
    .option("--hub <socket>", "through the local door of a hub on this machine; without Internet that of MESH_HUB_SOCKET is found by itself")
    .option("--language <tag>", 'of the sentence, as in "de"', "en")
    .option("--now", "of a question: ask the device itself, which signs its answer")
    .action((words: string[], flags: SayFlags) => run(async (call) => (await import("./device/say.ts")).deviceSay(call, words.join(" "), flags)));
  device
    .command("name <device> [name]")
    .description("name a device and put it into a place")
    .option("--alias <name>", "another name; an empty one removes them", collect)
    .option("--place <place>", "where it stands")
    .action((text: string, name: string | undefined, flags: { alias?: string[]; place?: string }) =>
      run(async (call) => (await edit()).deviceName(call, text, name, flags)),
    );
  addDeviceGroupCommands(device.command("group").description('devices under one name: "the reading lamps"'), run);
  device
    .command("auth <device>")
    .description("change the roles of a machine; the keys that they grant follow")
    .option("--role <roles>", roleText, collect)
    .option("--share <stores>", shareText, collect)
    .option("--yes", "do not ask before it becomes an administrator")
    .action((text: string, flags: { role?: string[]; share?: string[]; yes?: boolean }) =>
      run(async (call) => (await import("./device/auth.ts")).deviceAuth(call, text, flags)),
    );
  device
    .command("delete <device>")
    .description("remove a device from the account; the service refuses it at once")
    .option("--yes", "do not ask")
    .option("--evidence <file>", "of a hub: write there what 'mesh-hub removed' takes, where its service does not tell it")
    .option("--wait <time>", "of a hub: how long to wait until its devices have met the next one (10m)")
    .action((text: string, flags: DeleteFlags) => run(async (call) => (await import("./device/delete.ts")).deviceDelete(call, text, flags)));
  device
    .command("release <device>")
    .description("let a device go to a new owner, under a new code")
    .option("--yes", "do not ask")
    .action((text: string, flags: { yes?: boolean }) => run(async (call) => (await edit()).deviceRelease(call, text, flags)));
  addMakerCommands(device, run);
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
