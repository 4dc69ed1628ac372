/** `dare index`: a record at the end of an archive that tells readers where its entries begin. dare-12 §4. */
import { appendIndexRecord } from "../../../dare/index.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { appendTo } from "./archive-file.ts";
import type { SealingFlags } from "./sealing.ts";
import { sealingOf } from "./sealing.ts";

export async function dareIndex(call: Invocation, file: string, flags: SealingFlags): Promise<void> {
  const { output, ports } = call;
  const sealing = await sealingOf(call, flags);
  const record = await appendTo(call, { file, sealing }, ({ catalog }) =>
    appendIndexRecord({ file: catalog.entries.sequence, random: ports.random }),
  );
  report(output, { file, record }, () => output.line(String(record)));
}
