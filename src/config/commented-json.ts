/** JSON with comments: `//` to the end of the line, block comments, and a comma behind the last member, so that lines can be commented out and in. Nothing else is added. */
import { MeshError } from "../base/errors.ts";

/**
 * Value of a commented JSON text.
 * @param name the file, for messages
 * Errors: ERR_CONFIG with line and column.
 */
export function parseCommentedJson(text: string, name: string): unknown {
  const plain = blankComments(text.replace(/^\uFEFF/, ""));
  let value: unknown;
  try {
    value = JSON.parse(plain);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MeshError("ERR_CONFIG", `${name}${placeOf(reason, plain)}: ${reason}`, { cause });
  }
  refuseTwins(plain, name);
  return value;
}

/** JSON takes the last of two members of one name, and nobody sees that the first does nothing. Errors: ERR_CONFIG with both lines. */
function refuseTwins(text: string, name: string): void {
  const open: Map<string, number>[] = [];
  let line = 1;
  for (const [token] of text.matchAll(/"(?:[^"\\\n]|\\.)*"(?:\s*:)?|[{}[\]]|\n/g)) {
    if (token === "{" || token === "[") open.push(new Map());
    else if (token === "}" || token === "]") open.pop();
    else if (token.endsWith(":")) {
      const key = JSON.parse(token.slice(0, -1).trimEnd()) as string;
      const first = open.at(-1)?.get(key);
      if (first !== undefined) throw new MeshError("ERR_CONFIG", `${name}:${line}: ${JSON.stringify(key)} stands here again, first in line ${first}`);
      open.at(-1)?.set(key, line);
    }
    line += token.split("\n").length - 1;
  }
}

/** Blanks of the same length in place of comments and last commas, so that positions stay right. */
export function blankComments(text: string): string {
  const token = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const withoutComments = text.replace(token, (part) => (part.startsWith("/") ? part.replace(/[^\n]/g, " ") : part));
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
