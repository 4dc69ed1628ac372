/** `dare create`: an empty sequence. */
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { makeSequence } from "./archive-file.ts";
import type { SealingFlags } from "./sealing.ts";
import { sealingOf } from "./sealing.ts";
import type { TypeFlags } from "./type-flags.ts";
import { containerTypeOf, contentTypeOfUse } from "./type-flags.ts";

export async function dareCreate(call: Invocation, file: string, flags: SealingFlags & TypeFlags & { readonly force?: boolean }): Promise<void> {
  const { output } = call;
  const containerType = containerTypeOf(flags);
  const contentType = contentTypeOfUse(flags);
  const sealing = await sealingOf(call, flags);
  await makeSequence(call, { file, replace: flags.force ?? false, containerType, contentType, sealing }, async () => undefined);
  report(output, { file, type: containerType, contentType }, () => output.line(`File: ${file}`));
  output.say(`next: 'meshman dare append ${file} FILE' or 'meshman dare log ${file} TEXT'`);
}
