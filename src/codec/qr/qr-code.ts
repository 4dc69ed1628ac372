/** QR codes: text to picture, terminal or SVG, and a PNG picture back to text. What the text means is for the caller. */
import encodeQR from "qr";
import decodeQR from "qr/decode.js";
import { MeshError } from "../../base/errors.ts";
import { decodePng, encodePng } from "./png.ts";

/** How long the search for a code in a picture may take. */
const searchMs = 4000;

/** Border in modules, as the standard wants it. */
const border = 4;

/**
 * The text of the QR code in a PNG picture.
 * Errors: ERR_ENCODING when the file is no PNG, ERR_TOO_LARGE, ERR_CODE_DAMAGED when no code can be read in it.
 */
export function readQrPng(png: Uint8Array): string {
  const { width, height, rgba } = decodePng(png);
  try {
    return decodeQR({ width, height, data: rgba }, { format: "RGBA", timeLimit: searchMs });
  } catch (cause) {
    throw new MeshError("ERR_CODE_DAMAGED", `no QR code can be read in the picture of ${width} x ${height} pixels`, { cause });
  }
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
