/** `dare encode`: a file, stdin, or the files of a directory, each as an envelope. dare-12 §3. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileError } from "../../../base/atomic-file.ts";
import { makeDirectory } from "../../../base/directory.ts";
import { MeshError } from "../../../base/errors.ts";
import { sealStream } from "../../../dare/index.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import { contentTypeOf } from "../hash/content-type.ts";
import type { Invocation } from "../surroundings.ts";
import { isDirectory } from "./path.ts";
import { demandPipe, writeResult } from "./result.ts";
import type { Sealing, SealingFlags } from "./sealing.ts";
import { sealingOf } from "./sealing.ts";

/** What `dare encode` takes. */
export interface EncodeFlags extends SealingFlags {
  readonly cty?: string;
  readonly hash: boolean;
  readonly sub?: boolean;
  readonly force?: boolean;
}

/** One envelope that was made. */
interface Encoded {
  readonly source: string;
  readonly file: string;
  readonly bytes: number;
}

const ending = ".dare";

/** `dare encode IN [OUT]`. Without OUT the envelope stands beside its file, as IN.dare. */
export async function dareEncode(call: Invocation, input: string, out: string | undefined, flags: EncodeFlags): Promise<void> {
  const { output } = call;
  const isTree = input !== "-" && (await isDirectory(input));
  if (flags.sub && !isTree) throw new MeshError("ERR_USAGE", `${input} is no directory`, { hint: "leave --sub out" });
  if (isTree && out === "-")
    throw new MeshError("ERR_USAGE", "several files make no one stream", { hint: "name a directory, or use 'meshman dare archive'" });
  const target = out ?? (input === "-" ? "-" : isTree ? input : `${input}${ending}`);
  if (target === "-") demandPipe(output);
  const sealing = await sealingOf(call, flags);
  const made: Encoded[] = [];
  if (isTree)
    for await (const source of filesBelow(call, input, flags.sub ?? false))
      made.push(await encodeBelow(call, { source, input, target, sealing, flags }));
  else made.push(await encodeOne(call, { source: input, file: target, sealing, flags }));
  if (target !== "-") {
    report(output, isTree ? { files: made } : { ...made[0] }, () => {
      for (const { file, bytes } of made) {
        output.line(`File: ${file}`);
        output.line(`Bytes: ${bytes}`);
      }
    });
  }
  if (isTree && made.length === 0) output.say(`${input} has no files${flags.sub ? "" : "; --sub goes into its directories"}`);
  if (sealing.names.length > 0) output.say(`only ${sealing.names.join(", ")} can open ${isTree ? "them" : "it"}`);
  else
    output.say(
      `${isTree ? "they are" : "it is"} in clear: whoever has ${isTree ? "them" : "it"} reads ${isTree ? "them" : "it"}; '--encrypt ADDRESS' seals for somebody`,
    );
  if (target === "-") return;
  const first = made[0]?.file ?? "FILE";
  const opens = sealing.names.length > 0 ? `'meshman dare decode ${first} OUT' on a machine that can open it; ` : "";
  output.say(`next: ${opens}'meshman dare verify ${first}' tells what anybody can see of it`);
}

interface Encoding {
  readonly source: string;
  readonly file: string;
  readonly sealing: Sealing;
  readonly flags: EncodeFlags;
}

async function encodeOne(call: Invocation, { source, file, sealing, flags }: Encoding): Promise<Encoded> {
  const content = await contentOf(call, source);
  const cty = flags.cty ?? contentTypeOf(source);
  const meta = { ...(cty !== undefined && { cty }), ...(content.path !== undefined && { Filename: basename(content.path) }) };
  const isSealed = sealing.recipients !== undefined || sealing.symmetricKey !== undefined;
  const octets = sealStream({
    ...sealing,
    // The name of a file that only some may read is for them as well.
    ...(isSealed ? { cloakedMeta: meta } : { contentMeta: meta }),
    digest: flags.hash,
    plaintext: content.read("encoding"),
    random: call.ports.random,
  });
  const bytes = await writeResult(call.output, { file, replace: flags.force ?? false, mode: 0o666 }, octets);
  return { source, file, bytes };
}

async function encodeBelow(
  call: Invocation,
  { source, input, target, sealing, flags }: Omit<Encoding, "file"> & { readonly input: string; readonly target: string },
): Promise<Encoded> {
  const file = `${join(target, relative(input, source))}${ending}`;
  await makeDirectory(resolve(dirname(file)));
  return encodeOne(call, { source, file, sealing, flags });
}

/** Regular files of a directory, in order of their names; links and special files are told and left out, envelopes are not encoded again. */
async function* filesBelow(call: Invocation, directory: string, isDeep: boolean): AsyncGenerator<string, void, undefined> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) =>
    Promise.reject(fileError(error, `cannot read ${directory}`)),
  );
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isFile()) {
      if (!entry.name.endsWith(ending) && !entry.name.endsWith(".part")) yield path;
    } else if (entry.isDirectory()) {
      if (isDeep) yield* filesBelow(call, path, isDeep);
    } else call.output.say(`warning: ${path} is a link or a special file, and was left out`);
  }
}
