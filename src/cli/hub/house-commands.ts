/** The commands by which mesh-hub is told what the house shall do: connect a device, say something, look at what is there. */
import type { Command } from "commander";
import { MeshError } from "../../base/errors.ts";
import type { SoundFlags } from "./aloud.ts";
import { type CommandMaker, wholeNumber } from "./command-maker.ts";
import type { ListenFlags } from "./hear.ts";
import type { Invocation } from "./invocation.ts";

/** Where something is said. */
interface ContextFlags {
  readonly place?: string;
  readonly home?: string;
  readonly conversation?: string;
}

/** What `onboard` takes. */
interface OnboardFlags {
  readonly name?: string;
  readonly place?: string;
  readonly pick?: number;
  readonly scan?: boolean;
  readonly keyboard?: string;
}

/** Adds the commands. */
export function addHouseCommands(program: Command, make: CommandMaker): void {
  const talk = () => import("./talk.ts");
  const hear = () => import("./hear.ts");
  const context = ({ place, home, conversation = make.surroundings.shell }: ContextFlags) => ({
    ...(conversation === undefined ? {} : { conversation }),
    ...(place === undefined ? {} : { place }),
    ...(home === undefined ? {} : { home }),
  });
  make
    .command(program, "onboard [code]", "connect a device by its code: the URI, a PNG picture of it, or what a scanner reads")
    .option("--name <name>", "what to call it, as in 'kitchen light'")
    .option("--place <name>", "where it is, as in kitchen")
    .option("--pick <number>", "which code, when the picture shows several", wholeNumber)
    .option("--scan", "read codes from a USB scanner, one device after the other, until Ctrl-C")
    .option("--keyboard <path>", "with --scan: the hidraw path of a scanner that acts as a keyboard")
    .action(make.body(async (invocation, code: string | undefined, flags: OnboardFlags) => onboardBy(invocation, code, flags)));
  make
    .command(program, "devices", "list the devices and what they report")
    .action(make.body(async (invocation) => (await talk()).devices(invocation)));
  /** A command that says something somewhere. */
  const saying = (usage: string, about: string): Command =>
    make
      .command(program, usage, about)
      .option("--place <key>", "key of the place where it is said")
      .option("--home <key>", "key of the house in use")
      .option("--conversation <name>", 'in which "it", "there" and an answer have a meaning; that of this shell when absent')
      .option("--speak", "say the answer aloud, by this machine's voice and sound card")
      .option("--device <name>", "the sound card, as ALSA names it");
  saying("say <words...>", "do what the words say, as in: say turn on the kitchen light")
    .option("--language <tag>", "the language of the words, as in de; that of the house when absent")
    .action(
      make.body(async (invocation, words: string[], flags: ContextFlags & SoundFlags & { readonly language?: string }) => {
        const { language } = flags;
        const said = { ...context(flags), ...(language === undefined ? {} : { language }) };
        return (await talk()).say(invocation, words.join(" "), said, flags);
      }),
    );
  saying("hear <file>", "do what a clip of speech says: a WAV file of one sentence, at most 15 s").action(
    make.body(async (invocation, file: string, flags: ContextFlags & SoundFlags) => (await hear()).hear(invocation, file, context(flags), flags)),
  );
  saying("listen", "do what is said now to this machine's microphone, until there is a pause")
    .option("--hub", "to the hub's own microphone (speech.microphone), which whoever runs this needs no right to")
    .action(make.body(async (invocation, flags: ContextFlags & ListenFlags) => (await hear()).listen(invocation, context(flags), flags)));
  make
    .command(program, "automations", "timers, schedules and rules: what waits for its time, and what came of it")
    .option("--delete <key>", "delete the one of this key")
    .option("--resume <key>", "let the one of this key go on, which was stopped because it set itself off")
    .action(
      make.body(async (invocation, { delete: remove, resume }: { delete?: string; resume?: string }) =>
        (await talk()).automations(invocation, {
          ...(remove === undefined ? {} : { remove }),
          ...(resume === undefined ? {} : { resume }),
        }),
      ),
    );
  make
    .command(program, "scenes", "several orders under one name, and what each of them does")
    .action(make.body(async (invocation) => (await talk()).scenes(invocation)));
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
