/** The commands of mesh-hub for the machine that it runs on: doctor, configuration, services, and the owner of a household in one box. */
import type { Command } from "commander";
import type { AclFlags } from "./broker-acl.ts";
import type { CommandMaker } from "./command-maker.ts";
import type { InstallFlags, UninstallFlags } from "./machine.ts";

/** Adds the commands. */
export function addMachineCommands(program: Command, make: CommandMaker): void {
  const load = () => import("./machine.ts");
  const beside = () => import("./beside.ts");
  make
    .command(program, "doctor", "check this machine, its network and the configuration")
    .action(make.body(async (invocation) => (await load()).doctor(invocation)));
  const config = program.command("config").description("the configuration");
  make
    .command(config, "check [file]", "tell what is wrong with it")
    .action(make.body(async (invocation, file?: string) => (await load()).configCheck(invocation, file)));
  make
    .command(config, "set <key> <value>", "write one value into the file, as in: config set speech.recogniser local; lists by commas")
    .action(make.body(async (invocation, key: string, value: string) => (await import("./config-set.ts")).configSet(invocation, key, value)));
  make
    .command(config, "show", "show what counts")
    .option("--origin", "and where each value comes from")
    .action(make.body(async (invocation, { origin }: { origin?: boolean }) => (await load()).configShow(invocation, { origin: origin === true })));
  make
    .command(program, "radio <socket>", "drive the Bluetooth adapter for a hub, as mesh-hub-radio.service does, until the hub goes")
    .action(make.body(async (invocation, socket: string) => (await beside()).radio(invocation, socket)));
  make
    .command(program, "scanner <socket>", "read code scanners for a hub, as mesh-hub-scanner.service does, until the hub goes")
    .action(make.body(async (invocation, socket: string) => (await beside()).scanner(invocation, socket)));
  const broker = program.command("broker").description("a broker of the house that is used instead of the hub's own (mqtt.external)");
  make
    .command(broker, "acl", "write what a Mosquitto has to allow the hub and its devices, and nobody else")
    .option("--user <name>", "the hub's name at the broker (default: mqtt.external.username, then mesh-hub)")
    .option("--out <file>", "write it there instead of to stdout")
    .action(make.body(async (invocation, flags: AclFlags) => (await import("./broker-acl.ts")).writeAcl(invocation, flags)));
  make
    .command(program, "install", "install and start the systemd service (with sudo)")
    .option("--service", "the Mesh service instead of the hub")
    .option("--ble", "and a small service with the right to the Bluetooth adapter, which the hub has not")
    .option("--scanner", "and one that reads code scanners for the hub, with a udev rule for them")
    .option("--matter", "and the bridge for ecosystems that speak Matter, under a user that cannot reach the hub")
    .option("--serial", "and the right to serial lines, for devices at them")
    .option("--mic", "and the right to sound cards, for a microphone of the hub's own")
    .option("--with-owner", "a household in one box: a Mesh service and the owner's part beside the hub; whoever takes the machine has the account")
    .option("--account <address>", "with --with-owner: address of the account that is made (default: owner@ this machine's name)")
    .option("--no-start", "start it at the next boot only")
    .option("--dry-run", "only say what would be done")
    .action(make.body(async (invocation, flags: InstallFlags) => (await load()).install(invocation, flags)));
  make
    .command(program, "uninstall", "remove the systemd service (with sudo); state and configuration stay")
    .option("--service", "the Mesh service instead of the hub")
    .option("--owner", "the owner's part of a household in one box, when another machine administers the account")
    .option("--purge", "also remove state, configuration and user")
    .option("--yes", "with --owner --purge: its keys of the account are to be erased")
    .option("--dry-run", "only say what would be done")
    .action(make.body(async (invocation, flags: UninstallFlags) => (await load()).uninstall(invocation, flags)));
  const { owner, demo } = make.surroundings.actions;
  make.handedOn(program, "owner [words...]", "meshman as the owner of a household in one box (with sudo): owner device window 10m", owner);
  if (demo) make.handedOn(program, "demo [options...]", "play the whole story on this machine, without any network", demo);
}
