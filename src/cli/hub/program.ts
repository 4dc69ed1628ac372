/** The commands of mesh-hub and their options. Bodies are loaded when they are needed; every failure ends in `error:` and `hint:`. */
import { Command, InvalidArgumentError } from "commander";
import { MeshError } from "../../base/errors.ts";
import { refuseEmpty } from "../term/empty.ts";
import { fail } from "../term/failure.ts";
import { dressProgram, tellUsage } from "../term/usage.ts";
import type { SoundFlags } from "./aloud.ts";
import type { AuditFlags } from "./audit.ts";
import type { AclFlags } from "./broker-acl.ts";
import type { ListenFlags } from "./hear.ts";
import type { InitFlags } from "./init.ts";
import type { CommonFlags, HubSurroundings, Invocation } from "./invocation.ts";
import { invocationOf } from "./invocation.ts";
import type { InstallFlags, UninstallFlags } from "./machine.ts";
import type { PairFlags } from "./matter.ts";
import type { UpdateFlags } from "./update.ts";
import type { OpenFlags, TokenFlags } from "./web.ts";

/** Where something is said. */
interface ContextFlags {
  readonly place?: string;
  readonly home?: string;
  readonly conversation?: string;
}

/** Runs mesh-hub with the arguments after the program's name. @returns the exit status */
export async function runHubProgram(argv: readonly string[], surroundings: HubSurroundings): Promise<number> {
  let status = 0;
  const program = new Command("mesh-hub")
    .description("Home hub of the Mathematical Mesh: connects devices by their printed code and keeps them under their owner's keys")
    .showSuggestionAfterError();

  /** A command with the options that all have; `body` gives an exit status or nothing. */
  const command = (parent: Command, usage: string, about: string): Command =>
    parent
      .command(usage)
      .description(about)
      .option("--config <file>", "the configuration (default: ./hub.config.json, then /etc/mesh-hub/hub.config.json)")
      .option("--state-dir <directory>", "where keys, stores and journals live")
      .option("--set <key=value>", "a key of the configuration, as in mqtt.port=1884; may be repeated", (text, all: readonly string[] = []) => [
        ...all,
        text,
      ])
      .option("--json", "print JSON")
      .option("--verbose", "tell more on stderr");
  const body =
    <A extends unknown[]>(task: (invocation: Invocation, ...args: A) => Promise<number | undefined> | number | undefined | Promise<void> | void) =>
    async (...args: unknown[]): Promise<void> => {
      const own = args.at(-1) as Command;
      const invocation = invocationOf(surroundings, own.opts<CommonFlags>());
      try {
        refuseEmpty(own);
        status = (await task(invocation, ...(args.slice(0, -1) as A))) ?? 0;
      } catch (error) {
        status = fail(invocation.output, error);
      }
    };

  command(program, "run", "run the hub in the foreground").action(body(({ load }) => surroundings.actions.run(load())));
  command(program, "init", "write the configuration and connect this hub to its owner's account")
    .option("--pin-file <file>", "file that holds it (- is stdin), so that it stands in no list of processes")
    .option("--pin <uri>", "PIN of the owner, as 'meshman account pin --role hub' shows it")
    .option("--account <address>", "the owner's address; then compare the witness instead of giving a PIN")
    .option("--service <url>", "address of the owner's Mesh service")
    .option("--name <name>", "name of this hub")
    .option("--wait <seconds>", "how long to wait for the owner", wholeNumber, 600)
    .action(body(async (invocation, flags: InitFlags) => (await import("./init.ts")).init(invocation, flags)));
  command(program, "onboard [code]", "connect a device by its code: the URI, a PNG picture of it, or what a scanner reads")
    .option("--name <name>", "what to call it, as in 'kitchen light'")
    .option("--place <name>", "where it is, as in kitchen")
    .option("--pick <number>", "which code, when the picture shows several", wholeNumber)
    .option("--scan", "read codes from a USB scanner, one device after the other, until Ctrl-C")
    .option("--keyboard <path>", "with --scan: the hidraw path of a scanner that acts as a keyboard")
    .action(body(async (invocation, code: string | undefined, flags: OnboardFlags) => onboardBy(invocation, code, flags)));
  command(program, "devices", "list the devices and what they report").action(
    body(async (invocation) => (await import("./talk.ts")).devices(invocation)),
  );
  const context = ({ place, home, conversation = surroundings.shell }: ContextFlags) => ({
    ...(conversation === undefined ? {} : { conversation }),
    ...(place === undefined ? {} : { place }),
    ...(home === undefined ? {} : { home }),
  });
  /** A command that says something somewhere. */
  const saying = (usage: string, about: string): Command =>
    command(program, usage, about)
      .option("--place <key>", "key of the place where it is said")
      .option("--home <key>", "key of the house in use")
      .option("--conversation <name>", 'in which "it", "there" and an answer have a meaning; that of this shell when absent')
      .option("--speak", "say the answer aloud, by this machine's voice and sound card")
      .option("--device <name>", "the sound card, as ALSA names it");
  saying("say <words...>", "do what the words say, as in: say turn on the kitchen light")
    .option("--language <tag>", "the language of the words, as in de; that of the house when absent")
    .action(
      body(async (invocation, words: string[], flags: ContextFlags & SoundFlags & { readonly language?: string }) => {
        const { language } = flags;
        const said = { ...context(flags), ...(language === undefined ? {} : { language }) };
        return (await import("./talk.ts")).say(invocation, words.join(" "), said, flags);
      }),
    );
  saying("hear <file>", "do what a clip of speech says: a WAV file of one sentence, at most 15 s").action(
    body(async (invocation, file: string, flags: ContextFlags & SoundFlags) =>
      (await import("./hear.ts")).hear(invocation, file, context(flags), flags),
    ),
  );
  saying("listen", "do what is said now to this machine's microphone, until there is a pause")
    .option("--hub", "to the hub's own microphone (speech.microphone), which whoever runs this needs no right to")
    .action(body(async (invocation, flags: ContextFlags & ListenFlags) => (await import("./hear.ts")).listen(invocation, context(flags), flags)));
  command(program, "automations", "timers, schedules and rules: what waits for its time, and what came of it")
    .option("--delete <key>", "delete the one of this key")
    .option("--resume <key>", "let the one of this key go on, which was stopped because it set itself off")
    .action(
      body(async (invocation, { delete: remove, resume }: { delete?: string; resume?: string }) =>
        (await import("./talk.ts")).automations(invocation, {
          ...(remove === undefined ? {} : { remove }),
          ...(resume === undefined ? {} : { resume }),
        }),
      ),
    );
  command(program, "scenes", "several orders under one name, and what each of them does").action(
    body(async (invocation) => (await import("./talk.ts")).scenes(invocation)),
  );
  command(program, "status", "how the hub is").action(body(async (invocation) => (await import("./talk.ts")).status(invocation)));
  command(program, "audit", "who gave which order, and what came of it")
    .option("--since <time>", "from then on: 2h, 3d, 2026-12-24")
    .option("--device <device>", "of one device, by name")
    .option("--verify", "whether the list is the one that was written; exit status 77 when it is not")
    .action(body(async (invocation, flags: AuditFlags) => (await import("./audit.ts")).audit(invocation, flags)));
  command(program, "alarm", "what the service was caught at, and files that were damaged; it stays until you have cleared it")
    .option("--clear", "you have looked into it: all of it counts as seen")
    .action(body(async (invocation, { clear = false }: { clear?: boolean }) => (await import("./talk.ts")).alarm(invocation, { clear })));
  command(
    program,
    "removed <file>",
    "this hub was removed: take the owner's word, from 'meshman device delete --evidence'; it stops and erases its keys",
  ).action(body(async (invocation, file: string) => (await import("./talk.ts")).removed(invocation, file)));
  command(program, "update <device> <file>", "give a device another program, from a file of its maker; hub and device check who has signed it")
    .option("--signer <key>", "the maker's key, where the device does not say who signs its programs (64 hexadecimal digits)")
    .action(
      body(async (invocation, name: string, file: string, flags: UpdateFlags) => (await import("./update.ts")).update(invocation, name, file, flags)),
    );
  command(program, "open", "print a link that opens the page of this hub, once and within a minute")
    .option("--name <name>", "who is to use it, as the log names them")
    .option("--no-qr", "without the code for a phone")
    .action(body(async (invocation, flags: OpenFlags) => (await import("./web.ts")).open(invocation, flags)));
  const token = program.command("token").description("tokens of programs that use the hub over the web");
  command(token, "add <name>", "make one that reads; its secret is shown this once")
    .option("--command", "it also gives commands that do no harm")
    .option("--risky", "it also gives commands that open, heat or alarm")
    .option("--manage", "it also connects devices and clears alarms")
    .option("--place <name>", "only in this place; may be repeated", several)
    .option("--class <class>", "only devices of this class; may be repeated", several)
    .option("--device <name>", "only this device; may be repeated", several)
    .option("--days <days>", "how long it is good; until you end it otherwise", wholeNumber)
    .action(body(async (invocation, name: string, flags: TokenFlags) => (await import("./web.ts")).tokenAdd(invocation, name, flags)));
  command(token, "list", "tokens, and pages that are signed in").action(body(async (invocation) => (await import("./web.ts")).tokenList(invocation)));
  command(token, "delete <name>", "end a token by its name, or a page by its id: it is refused at once").action(
    body(async (invocation, name: string) => (await import("./web.ts")).tokenDelete(invocation, name)),
  );
  const ha = program.command("ha").description("Home Assistant: its login, and the devices that it sees");
  command(ha, "connect", "make its login at the hub's broker, in the place of any before; the password is shown this once").action(
    body(async (invocation) => (await import("./home-assistant.ts")).connect(invocation)),
  );
  command(ha, "disconnect", "end its login; it sees nothing any more").action(
    body(async (invocation) => (await import("./home-assistant.ts")).disconnect(invocation)),
  );
  command(ha, "devices", "the devices, and which of them it sees").action(
    body(async (invocation) => (await import("./home-assistant.ts")).devices(invocation)),
  );
  command(ha, "allow <devices...>", "let it see devices, and order what does no harm").action(
    body(async (invocation, names: string[]) => (await import("./home-assistant.ts")).share(invocation, names, true)),
  );
  command(ha, "deny <devices...>", "take devices away from it").action(
    body(async (invocation, names: string[]) => (await import("./home-assistant.ts")).share(invocation, names, false)),
  );
  const matter = program
    .command("matter")
    .description("the house for ecosystems that speak Matter: which devices go out, and who may add the bridge");
  command(matter, "status", "how the bridge is, and which ecosystems have added it").action(
    body(async (invocation) => (await import("./matter.ts")).status(invocation)),
  );
  command(matter, "pair", "print a code by which an ecosystem adds the bridge within fifteen minutes; it is shown this once")
    .option("--no-qr", "without the picture")
    .action(body(async (invocation, flags: PairFlags) => (await import("./matter.ts")).pair(invocation, flags)));
  command(matter, "disconnect", "take the bridge out of every ecosystem").action(
    body(async (invocation) => (await import("./matter.ts")).disconnect(invocation)),
  );
  command(matter, "devices", "the devices, what they are to Matter, and which of them go out").action(
    body(async (invocation) => (await import("./matter.ts")).devices(invocation)),
  );
  command(matter, "allow <devices...>", "let devices go out, to be seen and told what does no harm").action(
    body(async (invocation, names: string[]) => (await import("./matter.ts")).share(invocation, names, true)),
  );
  command(matter, "deny <devices...>", "let devices go out no more").action(
    body(async (invocation, names: string[]) => (await import("./matter.ts")).share(invocation, names, false)),
  );
  command(matter, "serve <socket> <directory>", "be the bridge of a hub, as mesh-hub-matter.service does, until the hub goes").action(
    body(async (invocation, socket: string, directory: string) => (await import("./beside.ts")).bridge(invocation, socket, directory)),
  );
  command(program, "doctor", "check this machine, its network and the configuration").action(
    body(async (invocation) => (await import("./machine.ts")).doctor(invocation)),
  );
  const config = program.command("config").description("the configuration");
  command(config, "check [file]", "tell what is wrong with it").action(
    body(async (invocation, file?: string) => (await import("./machine.ts")).configCheck(invocation, file)),
  );
  command(config, "show", "show what counts")
    .option("--origin", "and where each value comes from")
    .action(
      body(async (invocation, { origin }: { origin?: boolean }) =>
        (await import("./machine.ts")).configShow(invocation, { origin: origin === true }),
      ),
    );
  command(program, "radio <socket>", "drive the Bluetooth adapter for a hub, as mesh-hub-radio.service does, until the hub goes").action(
    body(async (invocation, socket: string) => (await import("./beside.ts")).radio(invocation, socket)),
  );
  command(program, "scanner <socket>", "read code scanners for a hub, as mesh-hub-scanner.service does, until the hub goes").action(
    body(async (invocation, socket: string) => (await import("./beside.ts")).scanner(invocation, socket)),
  );
  const broker = program.command("broker").description("a broker of the house that is used instead of the hub's own (mqtt.external)");
  command(broker, "acl", "write what a Mosquitto has to allow the hub and its devices, and nobody else")
    .option("--user <name>", "the hub's name at the broker (default: mqtt.external.username, then mesh-hub)")
    .option("--out <file>", "write it there instead of to stdout")
    .action(body(async (invocation, flags: AclFlags) => (await import("./broker-acl.ts")).writeAcl(invocation, flags)));
  command(program, "install", "install and start the systemd service (with sudo)")
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
    .action(body(async (invocation, flags: InstallFlags) => (await import("./machine.ts")).install(invocation, flags)));
  command(program, "uninstall", "remove the systemd service (with sudo); state and configuration stay")
    .option("--service", "the Mesh service instead of the hub")
    .option("--owner", "the owner's part of a household in one box, when another machine administers the account")
    .option("--purge", "also remove state, configuration and user")
    .option("--yes", "with --owner --purge: its keys of the account are to be erased")
    .option("--dry-run", "only say what would be done")
    .action(body(async (invocation, flags: UninstallFlags) => (await import("./machine.ts")).uninstall(invocation, flags)));
  program
    .command("owner")
    .description("meshman as the owner of a household in one box (with sudo): owner device window 10m")
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .argument("[words...]")
    .action(async (words: string[]) => {
      try {
        status = await surroundings.actions.owner(words);
      } catch (error) {
        status = fail(invocationOf(surroundings, {}).output, error);
      }
    });
  const { demo } = surroundings.actions;
  if (demo) {
    program
      .command("demo")
      .description("play the whole story on this machine, without any network")
      .allowUnknownOption()
      .allowExcessArguments()
      .helpOption(false)
      .argument("[options...]")
      .action(async (args: string[]) => {
        status = await demo(args);
      });
  }

  dressProgram(program, surroundings);
  if (argv.length === 0) {
    surroundings.stdout.write(program.helpInformation());
    return 0;
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return status;
  } catch (error) {
    return tellUsage(error, { program, args: argv, streams: surroundings, commands: "see 'mesh-hub --help' for the commands" });
  }
}

/** What `onboard` takes. */
interface OnboardFlags {
  readonly name?: string;
  readonly place?: string;
  readonly pick?: number;
  readonly scan?: boolean;
  readonly keyboard?: string;
}

/** By a code that is given, or by those that a scanner reads. */
async function onboardBy(invocation: Invocation, code: string | undefined, { scan, keyboard, ...flags }: OnboardFlags): Promise<number | undefined> {
  if (scan === true) {
    if (code !== undefined || flags.name !== undefined || flags.pick !== undefined)
      throw new MeshError("ERR_USAGE", "--scan reads the codes itself, of one device after the other", {
        hint: "leave CODE, --name and --pick out; 'meshman device name' names a device afterwards",
      });
    const { onboardScan } = await import("./onboard-scan.ts");
    return onboardScan(invocation, { ...(flags.place === undefined ? {} : { place: flags.place }), ...(keyboard === undefined ? {} : { keyboard }) });
  }
  if (code === undefined) throw new MeshError("ERR_USAGE", "a code is missing", { hint: "give its URI or a picture of it, or --scan" });
  await (await import("./talk.ts")).onboard(invocation, code, flags);
  return undefined;
}

function several(text: string, all: readonly string[] = []): readonly string[] {
  return [...all, text];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("a whole number is wanted");
  return Number(text);
}
