/** `dare decode`: the content of an envelope, given out only when all of it was verified. dare-12 §5. */
import { MeshError } from "../../../base/errors.ts";
import type { StreamContent } from "../../../dare/index.ts";
import { openStream, openToFile } from "../../../dare/index.ts";
import type { Content } from "../../term/content.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { coveredText } from "./covered.ts";
import { naming, refuseSequence } from "./kind.ts";
import type { Opening, OpeningFlags } from "./opening.ts";
import { openingOf } from "./opening.ts";
import { demandPipe } from "./result.ts";
import { spooled } from "./spool.ts";

/** What `dare decode` takes. */
export interface DecodeFlags extends OpeningFlags {
  readonly force?: boolean;
}

const ending = ".dare";

/** `dare decode IN [OUT]`. Without OUT the file stands beside its envelope, without its `.dare`. */
export async function dareDecode(call: Invocation, input: string, out: string | undefined, flags: DecodeFlags): Promise<void> {
  const { output } = call;
  const target = out ?? targetOf(input);
  if (target === "-") demandPipe(output);
  const opening = await openingOf(call, flags);
  const content = await contentOf(call, input);
  await refuseSequence(content);
  const options = { ...opening, lenient: true };
  if (target !== "-") {
    const replace = flags.force ?? false;
    const opened = await naming(content, () => openToFile({ ...options, source: content.read("decoding"), path: target, replace }));
    report(output, { file: target, bytes: opened.bodyLength, signers: signersOf(opened, opening) }, () => output.line(`File: ${target}`));
    tellSigners(call, opened, opening);
    const isShared = opening.sharer !== undefined && (opened.header.recipients ?? []).some(({ epk }) => epk !== undefined);
    if (isShared) {
      output.say("it was opened together with the service");
      output.say(
        `next: if this machine is lost, 'meshman device delete ${JSON.stringify(opening.sharer)}' on an administration device: then neither it nor a copy opens it`,
      );
    }
    return;
  }
  const opened = await naming(content, () => toStdout(call, content, options));
  tellSigners(call, opened, opening);
}

function targetOf(input: string): string {
  if (input === "-") return "-";
  if (input.length > ending.length && input.endsWith(ending)) return input.slice(0, -ending.length);
  throw new MeshError("ERR_USAGE", `where to write is not given, and ${input} does not end in ${ending}`, { hint: "name a file, or - for stdout" });
}

/** A source that cannot be read twice is kept on the disk, as it came, until it was verified. */
async function toStdout(call: Invocation, content: Content, options: Opening & { readonly lenient: boolean }): Promise<StreamContent> {
  const give = async (source: () => AsyncIterable<Uint8Array>): Promise<StreamContent> => {
    const { plaintext, ...opened } = await openStream({ ...options, source });
    for await (const piece of plaintext) await call.output.octets(piece);
    return opened;
  };
  let reading = 0;
  const read = (): AsyncIterable<Uint8Array> => content.read(reading++ === 0 ? "verifying" : "decoding");
  return content.path === undefined ? spooled(content.read("reading"), give) : give(read);
}

/** Who signed, for programs. */
export function signersOf({ signatures }: StreamContent, { nameOf }: Opening): readonly Readonly<Record<string, unknown>>[] {
  return signatures.map(({ kid, isVerified }) => ({ kid, verified: isVerified, name: nameOf(kid) }));
}

function tellSigners({ output }: Invocation, { signatures }: StreamContent, { nameOf }: Opening): void {
  const verified = signatures.filter(({ isVerified }) => isVerified);
  for (const { kid } of verified) output.say(`signed by ${nameOf(kid) ?? kid}`);
  if (verified.length > 0) output.say(coveredText.envelope);
  else
    output.say(
      signatures.length === 0
        ? "nobody signed it"
        : `signed by keys that are not known here: ${signatures.map(({ kid }) => kid.slice(0, 64)).join(", ")}`,
    );
}
