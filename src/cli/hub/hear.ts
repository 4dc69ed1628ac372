/** `hear`: gives the hub a clip of speech. What is longer or of another kind is made fit here, so that little goes over. */
import type { HearRequest } from "../../api/index.ts";
import { readAtMost } from "../../base/bounded-file.ts";
import { encodeBase64url } from "../../codec/index.ts";
import { readWav, writeWav } from "../../speech/sound/clip.ts";
import type { Invocation } from "./invocation.ts";
import { tellSaid } from "./talk.ts";

/** Octets of a WAV file: fifteen seconds of two channels at 48 kHz, and a header. */
const mostOctets = 3_000_000;

/** Says what was heard, and what became of it. @returns the exit status, as `say` */
export async function hear({ output, hub }: Invocation, file: string, context: Omit<HearRequest, "clip">): Promise<number> {
  const clip = readWav(await readAtMost(file, mostOctets));
  const { heard, said } = await hub().hear({ ...context, clip: encodeBase64url(writeWav(clip)) });
  if (heard !== undefined) output.say(`heard: ${heard}`);
  return tellSaid(output, { ...said, ...(heard === undefined ? {} : { heard }) });
}
