/** The commands of `meshman device`: how devices and machines get into the account, what is done with them, and how they leave it. */
import type { Command } from "commander";
import { several } from "../../term/several.ts";
import { type Run, roleText, shareText } from "../declare.ts";
import type { AcceptFlags } from "./admit.ts";
import type { ConnectFlags } from "./connect.ts";
import type { DeleteFlags } from "./delete.ts";
import { addDeviceGroupCommands } from "./group-commands.ts";
import type { RequestFlags } from "./join.ts";
import { addMakerCommands } from "./maker-commands.ts";
import type { SayFlags } from "./say.ts";

/** Adds the commands. */
export function addDeviceCommands(device: Command, run: Run): void {
  addJoin(device, run);
  addAdmit(device, run);
  addUse(device, run);
}

function addJoin(device: Command, run: Run): void {
  const load = () => import("./join.ts");
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
  const load = () => import("./admit.ts");
  device
    .command("pending")
    .description("what waits to be connected")
    .action(() => run(async (call) => (await load()).devicePending(call)));
  device
    .command("accept [code] [name]")
    .description("connect what waits: four characters of an offer's code, sixteen of a machine's witness; or all that a bridge offers")
    .option("--role <roles>", roleText, several)
    .option("--share <stores>", shareText, several)
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
      run(async (call) => (await import("./connect.ts")).deviceConnect(call, code, name, flags)),
    );
  device
    .command("reject <code>")
    .description("refuse what waits")
    .action((code: string) => run(async (call) => (await load()).deviceReject(call, code)));
  device
    .command("window <time>")
    .description("accept devices that hubs offer, for so long (10m), without asking; 'close' ends it")
    .option("--class <class>", "only these classes, for example light", several)
    .action((time: string, flags: { class?: string[] }) => run(async (call) => (await load()).deviceWindow(call, time, flags)));
}

function addUse(device: Command, run: Run): void {
  const edit = () => import("./edit.ts");
  device
    .command("list")
    .description("devices with state and its age")
    .action(() => run(async (call) => (await import("./list.ts")).deviceList(call)));
  device
    .command("say <words...>")
    .description('tell or ask devices in words: "turn off the kitchen light"')
    .option("--wait <time>", "how long to wait for the device (default 60s); also the life of the command")
    .option("--place <place>", "where you are")
    .option("--hub <socket>", "through the local door of a hub on this machine; without Internet that of MESH_HUB_SOCKET is found by itself")
    .option("--language <tag>", 'of the sentence, as in "de"', "en")
    .option("--now", "of a question: ask the device itself, which signs its answer")
    .action((words: string[], flags: SayFlags) => run(async (call) => (await import("./say.ts")).deviceSay(call, words.join(" "), flags)));
  device
    .command("name <device> [name]")
    .description("name a device and put it into a place")
    .option("--alias <name>", "another name; an empty one removes them", several)
    .option("--place <place>", "where it stands")
    .action((text: string, name: string | undefined, flags: { alias?: string[]; place?: string }) =>
      run(async (call) => (await edit()).deviceName(call, text, name, flags)),
    );
  addDeviceGroupCommands(device.command("group").description('devices under one name: "the reading lamps"'), run);
  device
    .command("auth <device>")
    .description("change the roles of a machine; the keys that they grant follow")
    .option("--role <roles>", roleText, several)
    .option("--share <stores>", shareText, several)
    .option("--yes", "do not ask before it becomes an administrator")
    .action((text: string, flags: { role?: string[]; share?: string[]; yes?: boolean }) =>
      run(async (call) => (await import("./auth.ts")).deviceAuth(call, text, flags)),
    );
  device
    .command("delete <device>")
    .description("remove a device from the account; the service refuses it at once")
    .option("--yes", "do not ask")
    .option("--evidence <file>", "of a hub: write there what 'mesh-hub removed' takes, where its service does not tell it")
    .option("--wait <time>", "of a hub: how long to wait until its devices have met the next one (10m)")
    .action((text: string, flags: DeleteFlags) => run(async (call) => (await import("./delete.ts")).deviceDelete(call, text, flags)));
  device
    .command("release <device>")
    .description("let a device go to a new owner, under a new code")
    .option("--yes", "do not ask")
    .action((text: string, flags: { yes?: boolean }) => run(async (call) => (await edit()).deviceRelease(call, text, flags)));
  addMakerCommands(device, run);
}
