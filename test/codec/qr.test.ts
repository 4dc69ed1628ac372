/** QR codes in PNG pictures: what we write we read, what others write we read, and damage is told. */
import { crc32, deflateSync } from "node:zlib";
import encodeQR from "qr";
import { concat, uintBytes, utf8 } from "../../src/base/bytes.ts";
import { qrForSvg, qrForTerminal, readQrPng, writeQrPng } from "../../src/codec/qr/index.ts";
import { decodePng, isPng } from "../../src/codec/qr/png.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { pngChunk } from "./photograph.ts";

const uri = "mcu://maker@example.com/EB2T-7BXM-JGRB-WNPE-ZFXQ-O4TH-BE?udf=MDLQ-FNSD-FOTN-5FOK-ZOQF-CSMF-O6XA";

function png(options: {
  dots: boolean[][];
  colour: number;
  depth: number;
  filter: number;
  interlace?: number;
  palette?: Uint8Array;
  transparency?: Uint8Array;
}): Uint8Array {
  const { dots, colour, depth, filter, interlace = 0, palette, transparency } = options;
  const samples = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour] ?? 1;
  const step = Math.max(1, (samples * depth) >> 3);
  const rows: Uint8Array[] = [];
  let above = new Uint8Array();
  for (const dotRow of dots) {
    const row = new Uint8Array(Math.ceil((dotRow.length * samples * depth) / 8));
    dotRow.forEach((black, x) => {
      for (let s = 0; s < samples; s++) {
        const isAlpha = (colour === 4 || colour === 6) && s === samples - 1;
        const value = colour === 3 ? Number(black) : isAlpha ? 255 : black ? 0 : 255;
        const i = x * samples + s;
        if (depth === 16) row.set([value, 0], i * 2);
        else if (depth === 8) row[i] = value;
        else row[(i * depth) >> 3] = (row[(i * depth) >> 3] ?? 0) | ((value & ((1 << depth) - 1)) << (8 - depth - ((i * depth) & 7)));
      }
    });
    const filtered = row.map((octet, x) => {
      const [left, up, upLeft] = [row[x - step] ?? 0, above[x] ?? 0, x >= step ? (above[x - step] ?? 0) : 0];
      const p = left + up - upLeft;
      const nearest = [left, up, upLeft].reduce((best, value) => (Math.abs(p - value) < Math.abs(p - best) ? value : best), left);
      return octet - ([0, left, up, (left + up) >> 1, nearest][filter] ?? 0);
    });
    rows.push(Uint8Array.of(filter), filtered);
    above = row;
  }
  const width = dots[0]?.length ?? 0;
  return concat(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk("IHDR", concat(uintBytes(width, 4), uintBytes(dots.length, 4), Uint8Array.of(depth, colour, 0, 0, interlace))),
    pngChunk("tEXt", utf8("a chunk that nobody needs")),
    ...(palette ? [pngChunk("PLTE", palette)] : []),
    ...(transparency ? [pngChunk("tRNS", transparency)] : []),
    pngChunk("IDAT", deflateSync(concat(...rows))),
    pngChunk("IEND", new Uint8Array()),
  );
}

const dots = encodeQR(uri, "raw", { border: 4, scale: 4 });

describe("qr codes", (it) => {
  it("reads what it writes", async () => {
    const picture = writeQrPng(uri);
    assert.ok(isPng(picture));
    assert.equal(await readQrPng(picture), [uri]);
    assert.ok(qrForTerminal(uri).length > 500);
    assert.match(qrForSvg(uri), /^<\?xml|^<svg/);
  });

  it("reads every colour type, depth and filter", async () => {
    for (const [colour, depth] of [
      [0, 1],
      [0, 2],
      [0, 4],
      [0, 8],
      [0, 16],
      [2, 8],
      [2, 16],
      [3, 1],
      [3, 8],
      [4, 8],
      [6, 8],
      [6, 16],
    ] as const) {
      for (let filter = 0; filter <= 4; filter++) {
        const palette = colour === 3 ? { palette: Uint8Array.of(255, 255, 255, 0, 0, 0) } : {};
        assert.equal(await readQrPng(png({ dots, colour, depth, filter, ...palette })), [uri], `colour ${colour}, depth ${depth}, filter ${filter}`);
      }
    }
  });

  it("shows transparent parts as white paper", async () => {
    const white = await decodePng(png({ dots: [[false]], colour: 6, depth: 8, filter: 0 }));
    assert.equal([...white.grey], [255]);
    // What is left of a black code when black is the colour that is transparent: nothing.
    for (const [colour, depth, transparency] of [
      [0, 1, [0, 0]],
      [0, 4, [0, 0]],
      [0, 8, [0, 0]],
      [0, 16, [0, 0]],
      [2, 8, [0, 0, 0, 0, 0, 0]],
      [2, 16, [0, 0, 0, 0, 0, 0]],
      [3, 1, [255, 0]],
      [3, 8, [255, 0]],
    ] as const) {
      const palette = colour === 3 ? { palette: Uint8Array.of(255, 255, 255, 0, 0, 0) } : {};
      const given = { dots: [[true, false, true]], colour, depth, filter: 0, ...palette };
      assert.equal([...(await decodePng(png(given))).grey], [0, 255, 0], `colour ${colour}, depth ${depth}`);
      const seen = await decodePng(png({ ...given, transparency: Uint8Array.from(transparency) }));
      assert.equal([...seen.grey], [255, 255, 255], `colour ${colour}, depth ${depth}`);
    }
  });

  it("tells what is wrong with a picture", async () => {
    const good = writeQrPng(uri);
    await throwsMesh(() => readQrPng(utf8("hello")), "ERR_ENCODING");
    await throwsMesh(() => readQrPng(good.subarray(0, good.length - 20)), "ERR_ENCODING");
    await throwsMesh(() => readQrPng(png({ dots, colour: 0, depth: 8, filter: 0, interlace: 1 })), "ERR_ENCODING");
    const flipped = good.slice();
    flipped[60] = (flipped[60] ?? 0) ^ 1;
    await throwsMesh(() => readQrPng(flipped), "ERR_ENCODING");
    const blank = Array.from({ length: 80 }, () => Array.from({ length: 80 }, () => false));
    await throwsMesh(() => readQrPng(png({ dots: blank, colour: 0, depth: 8, filter: 0 })), "ERR_CODE_DAMAGED");
    const huge = concat(good.subarray(0, 16), uintBytes(100_000, 4), uintBytes(100_000, 4), good.subarray(24, 29));
    const error = await throwsMesh(() => readQrPng(concat(huge, uintBytes(crc32(huge.subarray(12)), 4), good.subarray(33))), "ERR_TOO_LARGE");
    assert.match(error.message, /100000 x 100000 pixels; at most 64 million/);
  });
});
