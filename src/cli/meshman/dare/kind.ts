/** What a DARE file is: an envelope, or a sequence, which begins with a frame. jsonbcd-21 §7. */
import { MeshError } from "../../../base/errors.ts";
import type { Content } from "../../term/content.ts";

/** First octets of frames. */
const frameTags = { least: 0xf4, most: 0xf7 } as const;

/** True for a sequence; false for what can be read once, too, of which an envelope is expected. */
export async function isSequence(content: Content): Promise<boolean> {
  if (content.path === undefined) return false;
  for await (const piece of content.read("reading")) {
    const [first = 0] = piece;
    return first >= frameTags.least && first <= frameTags.most;
  }
  return false;
}

/** Demands an envelope. Errors: ERR_SCHEMA, which names what opens a sequence. */
export async function refuseSequence(content: Content): Promise<void> {
  if (!(await isSequence(content))) return;
  throw new MeshError("ERR_SCHEMA", `${content.name} is a sequence of entries, not an envelope`, {
    hint: "see 'meshman dare dir', 'meshman dare list' and 'meshman dare extract'",
  });
}
