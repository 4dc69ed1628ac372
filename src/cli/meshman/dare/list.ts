/** `dare list`: every record of a sequence, as it stands there. */
import { writeFileAtomic } from "../../../base/atomic-file.ts";
import { utf8 } from "../../../base/bytes.ts";
import { visible } from "../../../base/visible.ts";
import { eitherMember, frameMeta, isEncrypted } from "../../../dare/index.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import type { Invocation } from "../surroundings.ts";
import { withSequence } from "./sequence-file.ts";

/** One record. */
interface Row {
  readonly record: number;
  readonly event: string;
  readonly octets: number;
  readonly encrypted: boolean;
  readonly signatures: number;
  readonly name: string;
}

/** `dare list IN [OUT]`: on stdout, or as a file with tabs. */
export async function dareList(call: Invocation, file: string, out: string | undefined, flags: { readonly legacy?: boolean }): Promise<void> {
  const { output } = call;
  const content = await contentOf(call, file);
  const rows = await withSequence(call, { content, ...flags }, async ({ frames }) => {
    const found: Row[] = [];
    for await (const frame of frames("reading")) {
      const { index, body, header, isMeta } = frame;
      const { UniqueId, Event, cty } = frameMeta(frame);
      const event = index === 0 ? "Sequence" : isMeta ? "Index" : (Event ?? "Entry");
      const signatures = eitherMember(frame, "signatures")?.length ?? 0;
      found.push({
        record: index,
        event,
        octets: body.length,
        encrypted: isEncrypted(header),
        signatures,
        name: UniqueId ?? header.EnvelopeId ?? cty ?? "",
      });
    }
    return found;
  });
  const cells = rows.map(({ record, event, octets, encrypted, signatures, name }) => [
    String(record),
    event,
    String(octets),
    encrypted ? "encrypted" : "clear",
    signatures > 0 ? "signed" : "unsigned",
    name,
  ]);
  if (out !== undefined) {
    await writeFileAtomic(out, utf8(cells.map((row) => `${row.map((cell) => visible(cell)).join("\t")}\n`).join("")));
    return report(output, { file: out, records: rows.length }, () => output.line(`File: ${out}`));
  }
  report(output, { file, records: rows }, () => printTable(output, ["record", "event", "octets", "body", "signature", "name"], cells));
}
