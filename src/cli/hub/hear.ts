/** `hear` and `listen`: give the hub a clip of speech. What is of another kind is made fit here, so that little goes over. */

import { resolve } from "node:path";
import type { HearRequest, HearResult } from "../../api/index.ts";
import { fileError } from "../../base/atomic-file.ts";
import { readAtMost } from "../../base/bounded-file.ts";
import { MeshError } from "../../base/errors.ts";
import { encodeBase64url } from "../../codec/index.ts";
import type { Clip } from "../../speech/sound/clip.ts";
import { readWav, writeWav } from "../../speech/sound/clip.ts";
import { recordClip } from "../../speech/sound/sound-card.ts";
import { deviceOf, type SoundFlags, sayAloud } from "./aloud.ts";
import type { Invocation } from "./invocation.ts";
import { tellSaid } from "./talk.ts";

/** Octets of a WAV file: fifteen seconds of two channels at 48 kHz, and a header. */
const mostOctets = 3_000_000;

/** So long nobody asks what is the matter. */
const patienceMs = 1500;

/** Says what was heard, and what became of it. @returns the exit status, as `say` */
export async function hear(call: Invocation, file: string, context: Omit<HearRequest, "clip">, flags: SoundFlags = {}): Promise<number> {
  const octets = await readAtMost(resolve(call.surroundings.cwd, file), mostOctets).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw fileError(error, `cannot read ${file}`);
    throw new MeshError("ERR_NOT_FOUND", `there is no file ${file}`, { hint: "give a WAV file of one sentence", cause: error });
  });
  return give(call, readWav(octets), { context, flags });
}

/** What `listen` takes. */
export interface ListenFlags extends SoundFlags {
  /** By the hub's own microphone. */
  readonly hub?: boolean;
}

/** The same with what is said now, until there is a pause. */
export async function listen(call: Invocation, context: Omit<HearRequest, "clip">, flags: ListenFlags): Promise<number> {
  const { output, ports, hub } = call;
  output.say("speak now");
  if (flags.hub === true) return tell(call, await hub().listen(context), { context, flags });
  return give(call, await recordClip({ clock: ports.clock, ...deviceOf(flags) }), { context, flags });
}

/** In which conversation, and how. */
interface Said {
  readonly context: Omit<HearRequest, "clip">;
  readonly flags: SoundFlags;
}

async function give(call: Invocation, clip: Clip, { context, flags }: Said): Promise<number> {
  const hub = call.hub();
  const answered = new AbortController();
  const heard = hub.hear({ ...context, clip: encodeBase64url(writeWav(clip)) }).finally(() => answered.abort());
  void tellOfStart(call, answered.signal);
  return tell(call, await heard, { context, flags });
}

/** Who waits for long is told so, where it is because the recogniser starts. */
async function tellOfStart({ output, ports, hub }: Invocation, answered: AbortSignal): Promise<void> {
  try {
    await ports.clock.sleep(patienceMs, answered);
    const speech = (await hub().status()).media.find(({ name }) => name === "speech");
    if (answered.aborted || speech === undefined || speech.state === "up") return;
    output.say(`the recogniser is not ready yet: ${speech.detail ?? "it starts"}`);
  } catch {
    // There is an answer, or none: that is told.
  }
}

async function tell(call: Invocation, { heard, why, said }: HearResult, { context, flags }: Said): Promise<number> {
  const { output } = call;
  if (heard !== undefined) output.say(`heard: ${heard}${why === undefined ? "" : ` (asked back: ${why})`}`);
  const status = tellSaid(call, { ...said, ...(heard === undefined ? {} : { heard }), ...(why === undefined ? {} : { why }) }, context);
  if (flags.speak === true) await sayAloud(call, said.text, flags);
  return status;
}
