/**
 * PNG pictures (ISO/IEC 15948) as far as codes need them: reads every colour type and depth into RGBA, writes 1-bit grey.
 * Left out: interlaced pictures (Adam7), colour profiles, animation. Chunks that are not needed are passed over.
 */
import { crc32, deflateSync, inflateSync } from "node:zlib";
import { concat, equalBytes, readUint, uintBytes, utf8 } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";

/** A picture: 4 octets per pixel, rows from the top. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A photo of a phone; more would only cost memory. */
const mostPixels = 64_000_000;

/** Samples per pixel by colour type: grey, RGB, palette, grey + alpha, RGBA. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depthsOf: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly palette: Uint8Array;
  readonly data: Uint8Array;
}

/** True when the octets begin as a PNG does. */
export function isPng(octets: Uint8Array): boolean {
  return octets.length >= signature.length && equalBytes(octets.subarray(0, signature.length), signature);
}

function damaged(why: string, cause?: unknown): MeshError {
  return new MeshError("ERR_ENCODING", `the PNG picture is damaged: ${why}`, { cause });
}

/** Reads a PNG. Errors: ERR_ENCODING when it is none, damaged or interlaced, ERR_TOO_LARGE above 64 million pixels. */
export function decodePng(octets: Uint8Array): Picture {
  const parts = readChunks(octets);
  const { width, height, depth, colour } = parts;
  const samples = samplesOf[colour] ?? 1;
  const stride = Math.ceil((width * samples * depth) / 8);
  const rows = unfilter({ data: inflated(parts.data, (stride + 1) * height), stride, height, step: Math.max(1, (samples * depth) >> 3) });
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const row = rows.subarray(y * stride, (y + 1) * stride);
    for (let x = 0; x < width; x++) paint(rgba, (y * width + x) * 4, row, x, parts);
  }
  return { width, height, rgba };
}

function readChunks(octets: Uint8Array): PngParts {
  if (!isPng(octets)) throw new MeshError("ERR_ENCODING", "the file is not a PNG picture");
  let header: Uint8Array | undefined;
  let palette: Uint8Array = new Uint8Array();
  const data: Uint8Array[] = [];
  for (let at = signature.length; ; ) {
    if (at + 12 > octets.length) throw damaged("it ends too early");
    const length = readUint(octets, at, 4);
    const end = at + 12 + length;
    if (end > octets.length) throw damaged("it ends too early");
    const name = String.fromCharCode(...octets.subarray(at + 4, at + 8));
    const body = octets.subarray(at + 8, end - 4);
    if (crc32(octets.subarray(at + 4, end - 4)) !== readUint(octets, end - 4, 4)) throw damaged(`check sum of ${JSON.stringify(name)}`);
    if (name === "IHDR") header = body;
    else if (name === "PLTE") palette = body;
    else if (name === "IDAT") data.push(body);
    else if (name === "IEND") break;
    at = end;
  }
  if (header?.length !== 13) throw damaged("no header");
  const width = readUint(header, 0, 4);
  const height = readUint(header, 4, 4);
  const [depth = 0, colour = -1, compression, filter, interlace] = header.subarray(8);
  if (width === 0 || height === 0 || compression !== 0 || filter !== 0 || !depthsOf[colour]?.includes(depth)) throw damaged("its header");
  if (interlace !== 0) throw new MeshError("ERR_ENCODING", "the PNG picture is interlaced", { hint: "save it again without interlacing" });
  if (width * height > mostPixels) throw new MeshError("ERR_TOO_LARGE", `picture of ${width} x ${height} pixels`);
  return { width, height, depth, colour, palette, data: concat(...data) };
}

function inflated(data: Uint8Array, length: number): Uint8Array {
  let octets: Uint8Array;
  try {
    octets = inflateSync(data, { maxOutputLength: length });
  } catch (cause) {
    throw damaged("its pixels", cause);
  }
  if (octets.length !== length) throw damaged("pixels are missing");
  return octets;
}

/** Undoes the row filters; `step` is the distance in octets to the pixel on the left. */
function unfilter(options: { readonly data: Uint8Array; readonly stride: number; readonly height: number; readonly step: number }): Uint8Array {
  const { data, stride, height, step } = options;
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)] ?? 0;
    if (filter > 4) throw damaged(`row filter ${filter}`);
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    for (let x = 0; x < stride; x++) {
      const left = x >= step ? (rows[to + x - step] ?? 0) : 0;
      const up = y > 0 ? (rows[to + x - stride] ?? 0) : 0;
      const upLeft = y > 0 && x >= step ? (rows[to + x - stride - step] ?? 0) : 0;
      rows[to + x] = (data[from + x] ?? 0) + predict({ filter, left, up, upLeft });
    }
  }
  return rows;
}

function predict({ filter, left, up, upLeft }: { filter: number; left: number; up: number; upLeft: number }): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const estimate = left + up - upLeft;
      const [toLeft, toUp, toUpLeft] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - upLeft)];
      if (toLeft <= toUp && toLeft <= toUpLeft) return left;
      return toUp <= toUpLeft ? up : upLeft;
    }
    default:
      return 0;
  }
}

function paint(rgba: Uint8Array, at: number, row: Uint8Array, x: number, { depth, colour, palette }: PngParts): void {
  const samples = samplesOf[colour] ?? 1;
  const sample = (index: number): number => {
    const i = x * samples + index;
    if (depth === 16) return row[i * 2] ?? 0;
    if (depth === 8) return row[i] ?? 0;
    const bit = i * depth;
    return ((row[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  const first = colour === 0 && depth < 8 ? Math.round((sample(0) * 255) / ((1 << depth) - 1)) : sample(0);
  if (colour === 3) {
    for (let i = 0; i < 3; i++) rgba[at + i] = palette[first * 3 + i] ?? 0;
  } else {
    for (let i = 0; i < 3; i++) rgba[at + i] = samples >= 3 ? sample(i) : first;
  }
  rgba[at + 3] = 255;
  // What is transparent is shown on white paper, where a code is black.
  if (colour === 4 || colour === 6) blend(rgba, at, sample(samples - 1));
}

function blend(rgba: Uint8Array, at: number, alpha: number): void {
  for (let i = 0; i < 3; i++) rgba[at + i] = Math.round(((rgba[at + i] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
}

/** Writes black (true) and white dots as a 1-bit grey PNG. */
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
  return concat(signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", new Uint8Array()));
}

function chunk(name: string, body: Uint8Array): Uint8Array {
  const named = concat(utf8(name), body);
  return concat(uintBytes(body.length, 4), named, uintBytes(crc32(named), 4));
}
