/** Pictures with printed codes: a photo with several, and what a camera sees. */
import { writeFileSync } from "node:fs";
import encodeQR from "qr";
import { encodePng } from "../../src/codec/qr/png-write.ts";

/** Rows of dots of codes side by side on paper. */
function sheet(texts: readonly string[], scale: number): boolean[][] {
  const codes = texts.map((text) => encodeQR(text, "raw", { ecc: "medium", border: 8, scale }));
  const height = Math.max(...codes.map((rows) => rows.length));
  return Array.from({ length: height }, (_, y) => codes.flatMap((rows) => rows[y] ?? Array.from({ length: rows[0]?.length ?? 0 }, () => false)));
}

/** Writes a picture of codes side by side; of none a picture of paper. */
export function writePhoto(path: string, texts: readonly string[]): string {
  writeFileSync(path, encodePng(texts.length === 0 ? Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => false)) : sheet(texts, 6)));
  return path;
}

/** Writes what Chromium takes for a camera: a few frames of grey, in the form of YUV4MPEG2. */
export function writeCamera(path: string, text: string): string {
  const [width, height] = [640, 480];
  const rows = sheet([text], 5);
  const luma = Buffer.alloc(width * height, 200);
  const [left, top] = [Math.floor((width - (rows[0]?.length ?? 0)) / 2), Math.floor((height - rows.length) / 2)];
  rows.forEach((row, y) => {
    row.forEach((black, x) => {
      luma[(top + y) * width + left + x] = black ? 30 : 220;
    });
  });
  const frame = Buffer.concat([Buffer.from("FRAME\n"), luma, Buffer.alloc((width * height) / 2, 128)]);
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), ...Array.from({ length: 5 }, () => frame)]),
  );
  return path;
}
