/** Case of ASCII letters alone: what other letters fold to (the Kelvin sign to k) would give one address or domain two spellings. */

/** Text with A to Z in lower case and everything else as it was. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
