/** `dare extract`: one entry of an archive, or all of them below a directory, after the whole archive was verified. dare-12 §7: names are hostile. */
import { lstat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { makeDirectory } from "../../../base/directory.ts";
import { MeshError, verificationError } from "../../../base/errors.ts";
import type { LiveEntry, SequenceFrame } from "../../../dare/index.ts";
import { archivePath, liveEntries, writeBelow } from "../../../dare/index.ts";
import { contentOf } from "../../term/content.ts";
import type { Output } from "../../term/output.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { numberOf } from "../values.ts";
import { coveredText } from "./covered.ts";
import type { Opening, OpeningFlags } from "./opening.ts";
import { openingOf } from "./opening.ts";
import { demandPipe, writeResult } from "./result.ts";
import type { ReadSequence } from "./sequence-file.ts";
import { signaturesOf, withSequence } from "./sequence-file.ts";

/** What `dare extract` takes. */
export interface ExtractFlags extends OpeningFlags {
  readonly record?: string;
  readonly file?: string;
  readonly force?: boolean;
  readonly legacy?: boolean;
}

/** `dare extract ARCHIVE [OUT]`: with --file or --record one entry into a file or stdout (-), else all of them into the directory OUT. */
export async function dareExtract(call: Invocation, archive: string, out: string | undefined, flags: ExtractFlags): Promise<void> {
  const { output } = call;
  const isOne = flags.file !== undefined || flags.record !== undefined;
  if (flags.file !== undefined && flags.record !== undefined) throw new MeshError("ERR_USAGE", "--file and --record both name an entry");
  if (!isOne && out === undefined)
    throw new MeshError("ERR_USAGE", "where to write is not said", { hint: "name a directory, or an entry by --file" });
  if (out === "-" && isOne) demandPipe(output);
  const opening = await openingOf(call, flags);
  const content = await contentOf(call, archive);
  await withSequence(call, { content, opening, legacy: flags.legacy ?? false }, async (sequence) => {
    await sequence.reader.verify();
    const open = async (frame: SequenceFrame): Promise<Uint8Array> => {
      demandSigner(frame, opening);
      return (await sequence.opener.open(frame)).payload;
    };
    if (!isOne) return extractAll(call, { sequence, directory: out ?? ".", open, force: flags.force ?? false, signer: flags.signedBy });
    const index = await indexOf(sequence, flags);
    const payload = await open((await sequence.reader.read(index)).frame);
    const file = out ?? basename(archivePath(flags.file ?? String(index)));
    await writeResult(output, { file, replace: flags.force ?? false }, only(payload));
    if (file !== "-") report(output, { file, record: index, bytes: payload.length }, () => output.line(`File: ${file}`));
    tellCover(output, flags.signedBy);
  });
}

function tellCover(output: Output, signer: string | undefined): void {
  if (signer !== undefined) output.say(`signed by ${signer}; ${coveredText.sequence}`);
}

async function* only(octets: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield octets;
}

/** A known key's signature that does not hold ends it; with --signed-by there has to be that one. */
function demandSigner(frame: SequenceFrame, { known, signedBy }: Opening): void {
  signaturesOf(frame, known);
  if (signedBy && !signaturesOf(frame, signedBy).some(({ isVerified }) => isVerified)) throw verificationError(`frame ${frame.index}`);
}

async function indexOf({ reader, frames }: ReadSequence, { file, record }: ExtractFlags): Promise<number> {
  if (record !== undefined) return numberOf(record, { name: "--record", least: 1, most: (await reader.last()).frame.index });
  const found = (await liveEntries(frames("looking"))).find(({ id }) => id === file);
  if (!found) throw new MeshError("ERR_NOT_FOUND", `there is no ${JSON.stringify(file)} in the archive`, { hint: "see 'meshman dare dir'" });
  return found.index;
}

interface ExtractAll {
  readonly sequence: ReadSequence;
  readonly directory: string;
  readonly open: (frame: SequenceFrame) => Promise<Uint8Array>;
  readonly force: boolean;
  /** Who was asked to have signed. */
  readonly signer: string | undefined;
}

/** Every name is judged before the first file is written. */
async function extractAll({ output, signal }: Invocation, { sequence, directory, open, force, signer }: ExtractAll): Promise<void> {
  const root = resolve(directory);
  const live = await liveEntries(sequence.frames("reading"));
  await judgeNames(live, { root, force });
  const wanted = new Map(live.map((entry) => [entry.index, entry]));
  await makeDirectory(root);
  const written: string[] = [];
  const folded = new Map<string, string>();
  for await (const frame of sequence.frames("extracting")) {
    const entry = wanted.get(frame.index);
    if (!entry) continue;
    signal.throwIfAborted();
    const path = archivePath(entry.id);
    await demandApart(folded, { root, path });
    await writeBelow({ directory: root, path, content: await open(frame), modified: entry.modified });
    written.push(path);
  }
  report(output, { directory, files: written }, () => {
    for (const path of written) output.line(path);
  });
  tellCover(output, signer);
}

async function judgeNames(live: readonly LiveEntry[], { root, force }: { readonly root: string; readonly force: boolean }): Promise<void> {
  for (const { id } of live) {
    const path = archivePath(id);
    if (!force && (await exists(join(root, path)))) {
      throw new MeshError("ERR_EXISTS", `${join(root, path)} exists already`, { hint: "name another directory, or --force to replace it" });
    }
  }
}

/** Two names that differ in case or composition may be one file here: the second would replace the first. Errors: ERR_NAME. */
async function demandApart(folded: Map<string, string>, { root, path }: { readonly root: string; readonly path: string }): Promise<void> {
  const form = path.normalize("NFC").toLowerCase();
  const before = folded.get(form);
  if (before !== undefined && (await exists(join(root, path)))) {
    throw new MeshError("ERR_NAME", `${JSON.stringify(before)} and ${JSON.stringify(path)} are one name here`, {
      hint: "take them out one by one with --file",
    });
  }
  folded.set(form, path);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
