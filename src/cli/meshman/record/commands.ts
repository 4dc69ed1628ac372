/** The commands of `meshman password`, `network`, `bookmark` and `calendar` with their arguments. */
import type { Command } from "commander";
import type { Run } from "../declare.ts";
import type { AppointmentFlags } from "./calendar.ts";
import type { NetworkFlags, NetworkImportFlags } from "./network.ts";
import type { PasswordFlags } from "./secret.ts";

const passwordFile = "file that holds the password (- is stdin), so that it stands in no list of processes";

/** Adds the commands. */
export function addRecordCommands(program: Command, run: Run): void {
  addPasswords(program.command("password").description("passwords that your devices share"), run);
  addNetworks(program.command("network").description("Wi-Fi networks of the house: hubs bring devices into them"), run);
  addBookmarks(program.command("bookmark").description("addresses that you want to find again"), run);
  addCalendar(program.command("calendar").description("what is to be done, and when"), run);
}

function addPasswords(password: Command, run: Run): void {
  const load = () => import("./password.ts");
  password
    .command("add <site> <user> [password]")
    .description("keep a password; one that is there for the site is replaced")
    .option("--password-file <file>", passwordFile)
    .action((site: string, user: string, secret: string | undefined, flags: PasswordFlags) =>
      run(async (call) => (await load()).passwordAdd(call, { site, user, secret }, flags)),
    );
  password
    .command("get <site>")
    .description("print a password")
    .action((site: string) => run(async (call) => (await load()).passwordGet(call, site)));
  password
    .command("list")
    .description("sites and users, without passwords")
    .action(() => run(async (call) => (await load()).passwordList(call)));
  password
    .command("delete <site>")
    .description("forget a password")
    .action((site: string) => run(async (call) => (await load()).passwordDelete(call, site)));
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function addNetworks(network: Command, run: Run): void {
  const load = () => import("./network.ts");
  network
    .command("add <ssid> [password]")
    .description("keep a Wi-Fi network; one of that name is replaced")
    .option("--password-file <file>", passwordFile)
    .option("--place <name>", "only for devices of this place and what is in it; may be repeated", several)
    .action((ssid: string, secret: string | undefined, flags: NetworkFlags) =>
      run(async (call) => (await load()).networkAdd(call, { ssid, secret }, flags)),
    );
  network
    .command("import [file]")
    .description("take networks from a keyfile of NetworkManager or a wpa_supplicant.conf (- is a pipe), or from this machine")
    .option("--machine", "instead of a file: the Wi-Fi network that this machine is in, as its NetworkManager keeps it")
    .option("--ssid <name>", "with --machine: not the one that it is in, but this one that it knows; may be repeated", several)
    .action((file: string | undefined, flags: NetworkImportFlags) => run(async (call) => (await load()).networkImport(call, file, flags)));
  network
    .command("get <ssid>")
    .description("print a network with its password")
    .action((ssid: string) => run(async (call) => (await load()).networkGet(call, ssid)));
  network
    .command("list")
    .description("names of networks, and the places that they are for")
    .action(() => run(async (call) => (await load()).networkList(call)));
  network
    .command("delete <ssid>")
    .description("forget a network")
    .action((ssid: string) => run(async (call) => (await load()).networkDelete(call, ssid)));
}

function addBookmarks(bookmark: Command, run: Run): void {
  const load = () => import("./bookmark.ts");
  bookmark
    .command("add <uri> <title>")
    .description("keep an address")
    .option("--path <path>", "name that it is found by (default: the title)")
    .action((uri: string, title: string, flags: { path?: string }) => run(async (call) => (await load()).bookmarkAdd(call, { uri, title }, flags)));
  bookmark
    .command("get <path>")
    .description("print one")
    .action((path: string) => run(async (call) => (await load()).bookmarkGet(call, path)));
  bookmark
    .command("list")
    .description("all of them")
    .action(() => run(async (call) => (await load()).bookmarkList(call)));
  bookmark
    .command("delete <path>")
    .description("forget one")
    .action((path: string) => run(async (call) => (await load()).bookmarkDelete(call, path)));
}

function addCalendar(calendar: Command, run: Run): void {
  const load = () => import("./calendar.ts");
  calendar
    .command("add <title>")
    .description("keep something to do, or to attend")
    .option("--start <time>", "when it begins: 2026-12-24T18:00, with Z or an offset where it is not the time of this machine")
    .option("--finish <time>", "when it ends")
    .option("--location <where>", "where it is")
    .action((title: string, flags: AppointmentFlags) => run(async (call) => (await load()).calendarAdd(call, title, flags)));
  calendar
    .command("get <id>")
    .description("print one")
    .action((id: string) => run(async (call) => (await load()).calendarGet(call, id)));
  calendar
    .command("list")
    .description("all of them, by time")
    .action(() => run(async (call) => (await load()).calendarList(call)));
  calendar
    .command("delete <id>")
    .description("forget one")
    .action((id: string) => run(async (call) => (await load()).calendarDelete(call, id)));
}
