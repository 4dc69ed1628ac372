/** `dare archive`: the files of a directory as an archive. dare-12 §7. */
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileError } from "../../../base/atomic-file.ts";
import { isMeshError, MeshError } from "../../../base/errors.ts";
import { visible } from "../../../base/visible.ts";
import { ArchiveFile, appendIndexRecord, archiveContentType, archivePath, maxPositions } from "../../../dare/index.ts";
import { report } from "../../term/output.ts";
import { Transfer } from "../../term/transfer.ts";
import type { Invocation } from "../surroundings.ts";
import { makeSequence } from "./archive-file.ts";
import { isDirectory } from "./path.ts";
import type { SealingFlags } from "./sealing.ts";
import { sealingOf } from "./sealing.ts";
import type { TypeFlags } from "./type-flags.ts";
import { containerTypeOf } from "./type-flags.ts";

/** What `dare archive` takes. */
export interface ArchiveFlags extends SealingFlags {
  readonly out?: string;
  readonly index: boolean;
  readonly force?: boolean;
}

/** `dare archive DIRECTORY`: into DIRECTORY.dare unless --out says where. */
export async function dareArchive(call: Invocation, directory: string, flags: ArchiveFlags & TypeFlags): Promise<void> {
  const { output, ports, signal } = call;
  if (!(await isDirectory(directory)))
    throw new MeshError("ERR_USAGE", `${directory} is no directory`, { hint: "use 'meshman dare encode' for a file" });
  const file = flags.out ?? `${resolve(directory)}.dare`;
  const containerType = containerTypeOf(flags);
  const sealing = await sealingOf(call, flags);
  const transfer = new Transfer({ output, clock: ports.clock, doing: "archiving", name: directory });
  const made = { file, replace: flags.force ?? false, containerType, contentType: archiveContentType, sealing };
  const count = await makeSequence(call, made, async (catalog) => {
    const archive = ArchiveFile.over(catalog);
    let files = 0;
    try {
      for await (const path of pathsBelow(call, directory, "")) {
        signal.throwIfAborted();
        if (resolve(directory, path) === resolve(file)) continue;
        transfer.moved(await archive.addFile(join(directory, path), path, { sync: false }));
        files++;
      }
    } finally {
      transfer.end();
    }
    const { sequence } = catalog.entries;
    if (flags.index && sequence.count <= maxPositions) await appendIndexRecord({ file: sequence, random: ports.random });
    return files;
  });
  report(output, { file, files: count, type: containerType }, () => {
    output.line(`File: ${file}`);
    output.line(`Files: ${count}`);
  });
  if (sealing.names.length > 0) output.say(`only ${sealing.names.join(", ")} can open them; their names are for everybody to see`);
  output.say(`next: 'meshman dare dir ${file}', 'meshman dare extract ${file} DIRECTORY'`);
}

/** False for what archivePath refuses, and what no other system could take out. */
function isNameOfEntry(path: string): boolean {
  try {
    return archivePath(path) !== "";
  } catch (error) {
    if (isMeshError(error, "ERR_NAME")) return false;
    throw error;
  }
}

/** Relative paths of regular files, in order; links, special files, names that no archive takes and unfinished files are left out, all but the last with a word. */
async function* pathsBelow(call: Invocation, root: string, below: string): AsyncGenerator<string, void, undefined> {
  const directory = join(root, below);
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) =>
    Promise.reject(fileError(error, `cannot read ${directory}`)),
  );
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* pathsBelow(call, root, path);
    else if (!entry.isFile()) call.output.say(`warning: ${visible(path)} is a link or a special file, and was left out`);
    else if (!isNameOfEntry(path)) call.output.say(`warning: ${visible(path)} has a name that no archive takes, and was left out: rename it`);
    else if (!/\.\d+-\d+\.part(\.|$)/.test(entry.name)) yield path;
  }
}
