/** Pictures of codes as cameras make them: turned, small, pale, mirrored, several in one, on a ground of any grey, with noise. */
import { crc32, deflateSync } from "node:zlib";
import encodeQR from "qr";
import { concat, uintBytes, utf8 } from "../../src/base/bytes.ts";
import type { Picture } from "../../src/codec/qr/picture.ts";

/** A code in a picture. */
export interface Sticker {
  readonly text: string;
  /** Centre, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Edge of a module, in pixels. */
  readonly module: number;
  readonly degrees?: number;
  readonly isMirrored?: boolean;
  readonly dark?: number;
  readonly light?: number;
}

/** A picture of stickers; `noise` is added to each pixel, from a fixed sequence. */
export function photograph(
  size: { readonly width: number; readonly height: number },
  stickers: readonly Sticker[],
  options: { readonly ground?: number; readonly noise?: number } = {},
): Picture {
  const { ground = 200, noise = 0 } = options;
  const grey = new Uint8Array(size.width * size.height).fill(ground);
  for (const sticker of stickers) paste({ ...size, grey }, sticker);
  let seed = 1;
  if (noise > 0) {
    for (let i = 0; i < grey.length; i++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      grey[i] = Math.max(0, Math.min(255, (grey[i] ?? 0) + ((seed >>> 16) % (2 * noise + 1)) - noise));
    }
  }
  return { ...size, grey };
}

function paste({ width, height, grey }: Picture, sticker: Sticker): void {
  const { text, x, y, module, degrees = 0, isMirrored = false, dark = 0, light = 255 } = sticker;
  const dots = encodeQR(text, "raw", { border: 4 });
  const half = (dots.length * module) / 2;
  const reach = Math.ceil(half * Math.SQRT2);
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  for (let py = Math.max(0, Math.floor(y - reach)); py < Math.min(height, y + reach); py++) {
    for (let px = Math.max(0, Math.floor(x - reach)); px < Math.min(width, x + reach); px++) {
      const [dx, dy] = [px + 0.5 - x, py + 0.5 - y];
      const u = (cos * dx + sin * dy) * (isMirrored ? -1 : 1);
      const dot = dots[Math.floor((half - sin * dx + cos * dy) / module)]?.[Math.floor((half + u) / module)];
      if (dot !== undefined) grey[py * width + px] = dot ? dark : light;
    }
  }
}

/** The picture as an 8-bit grey PNG. */
export function pngOf({ width, height, grey }: Picture): Uint8Array {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(grey.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = concat(uintBytes(width, 4), uintBytes(height, 4), Uint8Array.of(8, 0, 0, 0, 0));
  return concat(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk("IHDR", header),
    pngChunk("IDAT", deflateSync(rows, { level: 1 })),
    pngChunk("IEND", new Uint8Array()),
  );
}

/** A chunk of a PNG, with its check sum. */
export function pngChunk(name: string, body: Uint8Array): Uint8Array {
  const named = concat(utf8(name), body);
  return concat(uintBytes(body.length, 4), named, uintBytes(crc32(named), 4));
}
