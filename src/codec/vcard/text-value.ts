/** Values of text: what is escaped in them, and how lists and parts are told apart. RFC 6350 §3.4, §4.1. */

/** Text as a value. Line ends become `\n`. */
export function escapeText(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replace(/\r\n|[\r\n\u0085\u2028\u2029]/g, "\\n")
    .replace(/[,;]/g, (mark) => `\\${mark}`);
}

/** The text of a value. */
export function unescapeText(value: string): string {
  return value.replace(/\\(.)/gsu, (_, code: string) => (code === "n" || code === "N" ? "\n" : code));
}

/** Parts of a value between marks that are not escaped; they keep their escapes. */
export function splitValue(value: string, mark: ";" | ","): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < value.length; at += 1) {
    if (value[at] === "\\") at += 1;
    else if (value[at] === mark) {
      parts.push(value.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, value.slice(from)];
}
