/** Writes black and white dots as a 1-bit grey PNG. */
import { crc32, deflateSync } from "node:zlib";
import { concat, uintBytes, utf8 } from "../../base/bytes.ts";
import { pngSignature } from "./png.ts";

/** A PNG of rows of dots; true is black. */
export function encodePng(dots: readonly (readonly boolean[])[]): Uint8Array {
  const height = dots.length;
  const width = dots[0]?.length ?? 0;
  const stride = Math.ceil(width / 8);
  const rows = new Uint8Array((stride + 1) * height);
  dots.forEach((row, y) => {
    row.forEach((black, x) => {
      if (!black) rows[y * (stride + 1) + 1 + (x >> 3)] = (rows[y * (stride + 1) + 1 + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
    });
  });
  const header = concat(uintBytes(width, 4), uintBytes(height, 4), Uint8Array.of(1, 0, 0, 0, 0));
  return concat(pngSignature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", new Uint8Array()));
}

function chunk(name: string, body: Uint8Array): Uint8Array {
  const named = concat(utf8(name), body);
  return concat(uintBytes(body.length, 4), named, uintBytes(crc32(named), 4));
}
