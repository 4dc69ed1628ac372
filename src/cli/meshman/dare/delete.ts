/** `dare delete`: takes a file out of an archive; its content stays in the file until 'dare copy' leaves it behind. */
import { MeshError } from "../../../base/errors.ts";
import { report } from "../../term/output.ts";
import type { KeyFlags } from "../key/given.ts";
import type { Invocation } from "../surroundings.ts";
import { appendTo } from "./archive-file.ts";
import { sealingOf } from "./sealing.ts";

export async function dareDelete(
  call: Invocation,
  archive: string,
  name: string | undefined,
  flags: KeyFlags & { readonly file?: string },
): Promise<void> {
  const { output } = call;
  const id = name ?? flags.file;
  if (id === undefined) throw new MeshError("ERR_USAGE", "which file is not said", { hint: "see 'meshman dare dir'" });
  const sealing = await sealingOf(call, flags);
  await appendTo(call, { file: archive, sealing }, (opened) => opened.remove(id));
  report(output, { file: archive, id, deleted: true }, () => output.line(id));
  output.say(`next: 'meshman dare copy ${archive} OUT' makes an archive without what it held`);
}
