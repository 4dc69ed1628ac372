/** Changes one value in the text of a hub.config.json; comments and all else stay as they were written. */
import { isDeepStrictEqual } from "node:util";
import { MeshError } from "../base/errors.ts";
import { blankComments, parseCommentedJson } from "./commented-json.ts";

/** A value in an object of the text, by its first octet and the one behind its last. */
interface Member {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The text with a value at a dotted key: in the place of the one that stands there, of a line that is commented out, or else as the first of its group.
 * @param path as the schema has it @param name the file, for messages
 * Errors: ERR_CONFIG for a text that is none, and where a group of the key is no object.
 */
export function setValue(text: string, path: string, value: unknown, name: string): string {
  const names = path.split(".");
  const wanted = withValue(parseCommentedJson(text, name), names, value);
  for (const candidate of candidates(text, names, JSON.stringify(value)))
    if (wanted !== undefined && isDeepStrictEqual(parsed(candidate, name), wanted)) return candidate;
  throw new MeshError("ERR_CONFIG", `${name}: ${path} cannot be changed where it stands`, { hint: "write it with an editor" });
}

/** Ways to write it, the nicest first; what does not say what it should is passed over. */
function* candidates(text: string, names: readonly string[], value: string): Generator<string> {
  const plain = blankComments(text);
  let open = plain.indexOf("{");
  for (const [depth, name] of names.entries()) {
    const members = membersOf(plain, open);
    const found = members.find((member) => member.name === name);
    const rest = names.slice(depth + 1);
    if (found && rest.length === 0) yield text.slice(0, found.start) + value + text.slice(found.end);
    if (found && plain[found.start] === "{") {
      open = found.start;
      continue;
    }
    const close = endOf(plain, open);
    const line = `"${name}": ${rest.reduceRight((inner, group) => `{ "${group}": ${inner} }`, value)}`;
    if (rest.length === 0) yield uncommented(text, { open, close, name, line });
    const indent = "  ".repeat(depth);
    const behind = members.length > 0 ? "," : plain.slice(open + 1, close - 1).includes("\n") ? "" : `\n${indent}`;
    yield `${text.slice(0, open + 1)}\n${indent}  ${line}${behind}${text.slice(open + 1)}`;
    return;
  }
}

/** The first line of the group that has this key in a comment, as hub.config.json shows what is not set, with the key in force. */
function uncommented(
  text: string,
  { open, close, name, line }: { readonly open: number; readonly close: number; readonly name: string; readonly line: string },
): string {
  const group = text.slice(open, close);
  const comment = new RegExp(`^([ \\t]*)//[ \\t]*"${name}":.*$`, "m");
  return text.slice(0, open) + group.replace(comment, (_, indent: string) => `${indent}${line},`) + text.slice(close);
}

/** The members of the object that begins there, in a text without comments. */
function membersOf(plain: string, open: number): Member[] {
  const members: Member[] = [];
  const key = /[\s,]*"((?:[^"\\\n]|\\.)*)"\s*:\s*/y;
  key.lastIndex = open + 1;
  for (let found = key.exec(plain); found; found = key.exec(plain)) {
    const start = key.lastIndex;
    const end = endOf(plain, start);
    members.push({ name: JSON.parse(`"${found[1]}"`) as string, start, end });
    key.lastIndex = end;
  }
  return members;
}

/** Where a value ends that begins there. */
function endOf(plain: string, start: number): number {
  const token = /"(?:[^"\\\n]|\\.)*"|[{}[\]]|[^\s"{}[\],:]+|[,:\s]/y;
  token.lastIndex = start;
  let depth = 0;
  for (let found = token.exec(plain); found; found = token.exec(plain)) {
    if (/[{[]/.test(found[0][0] ?? "")) depth += 1;
    else if (/[}\]]/.test(found[0][0] ?? "")) depth -= 1;
    if (depth === 0) return token.lastIndex;
  }
  return plain.length;
}

/** A copy of a tree with a value at a path; undefined where what stands on the way to it is no object. */
function withValue(tree: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const group = tree === undefined ? {} : tree;
  if (typeof group !== "object" || group === null || Array.isArray(group)) return undefined;
  const inner = Object.hasOwn(group, name) ? (group as { readonly [name: string]: unknown })[name] : undefined;
  const changed = withValue(inner, rest, value);
  return changed === undefined ? undefined : { ...group, [name]: changed };
}

function parsed(text: string, name: string): unknown {
  try {
    return parseCommentedJson(text, name);
  } catch {
    return undefined;
  }
}
