/**
 * PNG pictures (ISO/IEC 15948) read as grey: every colour type and depth, transparency laid over white paper, where a code is black.
 * Rows are worked on as they come out of the inflater, so that a picture costs one octet per pixel and a bomb ends where the picture ends.
 * Left out: interlaced pictures (Adam7), colour profiles, animation. Chunks that are not needed are passed over.
 */
import { crc32, createInflate } from "node:zlib";
import { equalBytes, joinBytes, latin1, readUint } from "../../base/bytes.ts";
import { MeshError } from "../../base/errors.ts";
import type { Picture } from "./picture.ts";
import { mostPixels } from "./picture.ts";
import type { RowFormat } from "./png-row.ts";
import { greyReader, rowLayout, unfilter } from "./png-row.ts";

/** The first octets of every PNG. */
export const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Depths that each colour type may have: grey, RGB, palette, grey + alpha, RGBA. */
const depthsOf: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

interface PngParts extends RowFormat {
  readonly height: number;
  readonly data: Uint8Array;
}

/** True when the octets begin as a PNG does. */
export function isPng(octets: Uint8Array): boolean {
  return octets.length >= pngSignature.length && equalBytes(octets.subarray(0, pngSignature.length), pngSignature);
}

function damaged(why: string, cause?: unknown): MeshError {
  return new MeshError("ERR_ENCODING", `the PNG picture is damaged: ${why}`, { cause });
}

/** Reads a PNG. Errors: ERR_ENCODING when it is none, damaged or interlaced, ERR_TOO_LARGE above `mostPixels`. */
export async function decodePng(octets: Uint8Array): Promise<Picture> {
  const parts = readChunks(octets);
  const { width, height } = parts;
  const { stride, step } = rowLayout(parts);
  const readGrey = greyReader(parts);
  const grey = new Uint8Array(width * height);
  let y = 0;
  let above = new Uint8Array(stride);
  for await (const line of linesOf(parts.data, stride + 1)) {
    if (y === height) throw damaged("more pixels than its header tells");
    const filter = line[0] ?? 0;
    if (filter > 4) throw damaged(`row filter ${filter}`);
    const row = line.subarray(1);
    unfilter(filter, row, above, step);
    readGrey(row, grey.subarray(y * width, (y + 1) * width));
    above = row;
    y += 1;
  }
  if (y < height) throw damaged("pixels are missing");
  return { width, height, grey };
}

/** The inflated octets in lines of a fixed length. Errors: ERR_ENCODING when they cannot be inflated or end within a line. */
async function* linesOf(data: Uint8Array, length: number): AsyncIterable<Uint8Array<ArrayBuffer>> {
  const inflate = createInflate();
  inflate.end(data);
  let line = new Uint8Array(length);
  let filled = 0;
  try {
    for await (const part of inflate as AsyncIterable<Buffer>) {
      for (let at = 0; at < part.length; ) {
        const taken = Math.min(length - filled, part.length - at);
        line.set(part.subarray(at, at + taken), filled);
        filled += taken;
        at += taken;
        if (filled < length) continue;
        yield line;
        line = new Uint8Array(length);
        filled = 0;
      }
    }
  } catch (cause) {
    throw cause instanceof MeshError ? cause : damaged("its pixels", cause);
  }
  if (filled > 0) throw damaged("pixels are missing");
}

function readChunks(octets: Uint8Array): PngParts {
  if (!isPng(octets)) throw new MeshError("ERR_ENCODING", "the file is not a PNG picture");
  const found = new Map<string, Uint8Array>();
  const data: Uint8Array[] = [];
  for (let at = pngSignature.length; ; ) {
    if (at + 12 > octets.length) throw damaged("it ends too early");
    const length = readUint(octets, at, 4);
    const end = at + 12 + length;
    if (end > octets.length) throw damaged("it ends too early");
    const name = latin1(octets.subarray(at + 4, at + 8));
    const body = octets.subarray(at + 8, end - 4);
    if (crc32(octets.subarray(at + 4, end - 4)) !== readUint(octets, end - 4, 4)) throw damaged(`check sum of ${JSON.stringify(name)}`);
    if (name === "IDAT") data.push(body);
    else if (name === "IEND") break;
    else found.set(name, body);
    at = end;
  }
  return { ...readHeader(found.get("IHDR")), palette: found.get("PLTE"), transparency: found.get("tRNS"), data: joinBytes(data) };
}

function readHeader(header: Uint8Array | undefined): Pick<PngParts, "width" | "height" | "depth" | "colour"> {
  if (header?.length !== 13) throw damaged("no header");
  const width = readUint(header, 0, 4);
  const height = readUint(header, 4, 4);
  const [depth = 0, colour = -1, compression, filter, interlace] = header.subarray(8);
  if (width === 0 || height === 0 || compression !== 0 || filter !== 0 || !depthsOf[colour]?.includes(depth)) throw damaged("its header");
  if (interlace !== 0) throw new MeshError("ERR_ENCODING", "the PNG picture is interlaced", { hint: "save it again without interlacing" });
  if (width * height > mostPixels) {
    throw new MeshError("ERR_TOO_LARGE", `the picture has ${width} x ${height} pixels; at most ${mostPixels / 1_000_000} million are read`, {
      hint: "cut out the code, or take the picture with a lower resolution",
    });
  }
  return { width, height, depth, colour };
}
