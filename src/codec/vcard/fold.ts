/** Lines of a vCard: unfolded when read, folded at 75 octets when written. RFC 6350 §3.2. A fold may stand inside a character, so octets are joined, not text. */
import { concat, fromUtf8, joinBytes, utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";

/** An unfolded line and where it begins in the file, from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

const [lf, cr, space, tab] = [0x0a, 0x0d, 0x20, 0x09];
const widest = 75;

/**
 * The lines of a file, without empty ones; ends are CRLF or LF.
 * @param most octets of one unfolded line
 * Errors: ERR_TOO_LARGE, ERR_ENCODING for what is no UTF-8.
 */
export function* unfold(octets: Uint8Array, most: number): Generator<Line, void, undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let first = 1;
  let number = 0;
  const start = hasMark(octets) ? 3 : 0;
  for (let from = start; from < octets.length; ) {
    number += 1;
    const found = octets.indexOf(lf, from);
    const end = found < 0 ? octets.length : found;
    const line = octets.subarray(from, end > from && octets[end - 1] === cr ? end - 1 : end);
    from = end + 1;
    const isFolded = line[0] === space || line[0] === tab;
    if (!isFolded) {
      if (length > 0) yield { number: first, text: textOf(parts, first) };
      parts = [];
      length = 0;
      first = number;
    }
    const content = isFolded ? line.subarray(1) : line;
    length += content.length;
    if (length > most) throw new MeshError("ERR_TOO_LARGE", `line ${first} of the card has more than ${most} octets`);
    parts.push(content);
  }
  if (length > 0) yield { number: first, text: textOf(parts, first) };
}

function hasMark(octets: Uint8Array): boolean {
  return octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf;
}

function textOf(parts: readonly Uint8Array[], number: number): string {
  try {
    return fromUtf8(joinBytes(parts));
  } catch (cause) {
    throw new MeshError("ERR_ENCODING", `line ${number} of the card is no UTF-8`, {
      hint: "export the card as vCard 4, which is UTF-8 throughout",
      cause,
    });
  }
}

/** A line as it stands in a file, with its end. Characters that would end it are left out: no value can begin a line of its own. */
export function fold(text: string): Uint8Array {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const octets = utf8(text.replace(/[\x00-\x08\x0a-\x1f\x7f]/g, ""));
  const parts: Uint8Array[] = [];
  for (let from = 0; from < octets.length; ) {
    const room = from === 0 ? widest : widest - 1;
    let to = Math.min(from + room, octets.length);
    // Not inside a character: readers that join text instead of octets are common.
    while (to < octets.length && ((octets[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    parts.push(from === 0 ? octets.subarray(0, to) : concat(utf8(" "), octets.subarray(from, to)), utf8("\r\n"));
    from = to;
  }
  return joinBytes(parts);
}
