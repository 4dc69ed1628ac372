/** QR codes: text to picture, terminal or SVG, and a PNG picture back to text. What the text means is for the caller. */
import encodeQR from "qr";
import { MeshError } from "../../base/errors.ts";
import type { SearchBound } from "./find-codes.ts";
import { findCodes } from "./find-codes.ts";
import { decodePng } from "./png.ts";
import { encodePng } from "./png-write.ts";

/** Border in modules, as the standard wants it. */
const border = 4;

/**
 * The texts of the QR codes in a PNG picture: all that are found when the search ends, which it does with the first view of the picture that
 * shows one that is wanted, or when its time is over.
 * Errors: ERR_ENCODING when the file is no PNG, ERR_TOO_LARGE, ERR_CODE_DAMAGED when no code can be read in it.
 */
export async function readQrPng(png: Uint8Array, isWanted: (text: string) => boolean = () => true, bound?: SearchBound): Promise<readonly string[]> {
  const picture = await decodePng(png);
  const { texts, isCut } = await findCodes(picture, isWanted, bound);
  if (texts.length > 0) return texts;
  const size = `the picture of ${picture.width} x ${picture.height} pixels`;
  if (isCut) {
    throw new MeshError("ERR_CODE_DAMAGED", `no QR code was found in ${size} in ${(bound?.milliseconds ?? 0) / 1000} s`, {
      hint: "photograph the code closer, so that it fills the picture, or type the code that is printed below it",
    });
  }
  throw new MeshError("ERR_CODE_DAMAGED", `no QR code can be read in ${size}`);
}

/** A PNG picture of a code; `scale` is the edge of a module in pixels. */
export function writeQrPng(text: string, scale = 8): Uint8Array {
  return encodePng(encodeQR(text, "raw", { ecc: "medium", border, scale }));
}

/** A code for a terminal, two rows a line in half blocks, black on white by one colour setting a line, so that it reads on any ground. */
export function qrForTerminal(text: string): string {
  const rows = encodeQR(text, "raw", { ecc: "low", border: 2 });
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const [top = [], bottom = []] = [rows[y], rows[y + 1]];
    lines.push(`\u001b[30;107m${top.map((dark, x) => halfBlock(dark, bottom[x] ?? false)).join("")}\u001b[0m`);
  }
  return lines.join("\n");
}

function halfBlock(top: boolean, bottom: boolean): string {
  if (top) return bottom ? "█" : "▀";
  return bottom ? "▄" : " ";
}

/** A code as an SVG document. */
export function qrForSvg(text: string): string {
  return encodeQR(text, "svg", { ecc: "medium", border });
}
