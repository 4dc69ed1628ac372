/**
 * Text that came from elsewhere (names, reports, refusals), made safe to show: what steers a terminal, breaks a line, turns its direction or is not
 * seen at all is spelled out. A joiner or selector inside a picture character stays, because there it is seen.
 */

const unseen =
  /((?<=\p{Extended_Pictographic}\uFE0F?)\u200D(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\uFE0F)|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

function spell(text: string, write: (character: string) => string): string {
  return text.replace(unseen, (character, seen: string | undefined) => seen ?? write(character));
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0");

/** One line of text for people: `\x1b`, `\u200b`. @param kept characters that stay, such as tabs between columns */
export function visible(text: string, kept = ""): string {
  return spell(text, (character) => {
    if (kept.includes(character)) return character;
    const code = character.codePointAt(0) ?? 0;
    if (code > 0xffff) return `\\u{${hex(code, 5)}}`;
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** JSON text of the same meaning whose strings hold nothing unseen; line ends between documents stay. */
export function visibleJson(json: string): string {
  return spell(json, (character) => {
    if (character === "\n") return character;
    return Array.from({ length: character.length }, (_, i) => `\\u${hex(character.charCodeAt(i), 4)}`).join("");
  });
}
