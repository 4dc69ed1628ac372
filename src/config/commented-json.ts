/** JSON with comments: `//` to the end of the line, and a comma behind the last member, so that lines can be commented out and in. Nothing else is added. */
import { MeshError } from "../base/errors.ts";

/**
 * Value of a commented JSON text.
 * @param name the file, for messages
 * Errors: ERR_CONFIG with line and column.
 */
export function parseCommentedJson(text: string, name: string): unknown {
  const plain = blankComments(text.replace(/^\uFEFF/, ""));
  try {
    return JSON.parse(plain);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MeshError("ERR_CONFIG", `${name}${placeOf(reason, plain)}: ${reason}`, { cause });
  }
}

/** Blanks of the same length in place of comments and last commas, so that positions stay right. */
function blankComments(text: string): string {
  const withoutComments = text.replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*/g, (part) => (part.startsWith("/") ? " ".repeat(part.length) : part));
  return withoutComments.replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (part) => (part === "," ? " " : part));
}

/** `:line:column`, where the engine's message tells a position. */
function placeOf(reason: string, text: string): string {
  const found = /at position (\d+)/.exec(reason)?.[1];
  const end = found === undefined ? (/end of JSON/.test(reason) ? text.length : undefined) : Number(found);
  if (end === undefined) return "";
  const lines = text.slice(0, end).split("\n");
  return `:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}
