/** `dare dir`: the files of an archive. */
import { liveEntries } from "../../../dare/index.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import type { Invocation } from "../surroundings.ts";
import { withSequence } from "./sequence-file.ts";

export async function dareDir(call: Invocation, file: string, flags: { readonly legacy?: boolean }): Promise<void> {
  const { output } = call;
  const content = await contentOf(call, file);
  const found = await withSequence(call, { content, ...flags }, ({ frames }) => liveEntries(frames("reading")));
  report(output, { file, entries: found }, () =>
    printTable(
      output,
      ["record", "octets", "modified", "name"],
      found.map(({ index, length, modified, id }) => [String(index), String(length), modified ?? "", id]),
    ),
  );
  if (found.length === 0) output.say("no files are in it");
}
