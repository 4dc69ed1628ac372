/** `dare log`: a line of text at the end of a log. */

import { joinBytes, utf8 } from "../../../base/bytes.ts";
import { dateTime } from "../../../base/clock.ts";
import { MeshError } from "../../../base/errors.ts";
import { maxArchiveEntry } from "../../../dare/index.ts";
import { contentOf } from "../../term/content.ts";
import { report } from "../../term/output.ts";
import type { Invocation } from "../surroundings.ts";
import { appendTo } from "./archive-file.ts";
import type { SealingFlags } from "./sealing.ts";
import { sealingOf } from "./sealing.ts";

/** `dare log LOG TEXT`; "-" reads the text from stdin. */
export async function dareLog(call: Invocation, file: string, entry: string, flags: SealingFlags): Promise<void> {
  const { output, ports } = call;
  const payload = entry === "-" ? await textOf(call) : utf8(entry);
  const sealing = await sealingOf(call, flags);
  const record = await appendTo(call, { file, sealing }, (archive) =>
    archive.catalog.entries.append([{ payload, contentMeta: { cty: "text/plain", Created: dateTime(ports.clock.now()) } }]),
  );
  report(output, { file, record }, () => output.line(String(record)));
}

async function textOf(call: Invocation): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of (await contentOf(call, "-")).read("reading")) {
    length += piece.length;
    if (length > maxArchiveEntry) throw new MeshError("ERR_TOO_LARGE", `an entry has at most ${maxArchiveEntry} octets`);
    pieces.push(piece.slice());
  }
  return joinBytes(pieces);
}
