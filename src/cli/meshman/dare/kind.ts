/** What a DARE file is: an envelope, or a sequence, which begins with a frame. jsonbcd-21 §7. */
import { asMeshError, MeshError } from "../../../base/errors.ts";
import { isAboutContent } from "../../../dare/index.ts";
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

/** Runs what reads content: what is wrong with the content is said with its name. Errors: those of the task. */
export async function naming<T>({ name }: Content, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    const { code, message, hint, detail } = asMeshError(error);
    throw new MeshError(code, message.includes(name) ? message : `${name}: ${message}`, { hint, detail, cause: error });
  }
}
