/**
 * Finds the codes of a picture. The decoder takes at most 4096 pixels a side, looks for finders in black and white of its own making, and knows no
 * mirror; so it is shown one view after the other, the likely ones first, until a code is found that is wanted.
 */
import { decodeQRBatch } from "qr/decode.js";
import type { Clock } from "../../base/clock.ts";
import type { Picture } from "./picture.ts";
import { cropped, localContrast, mirrored, mostContrast, reduced, turned } from "./picture.ts";

/** Longest side that the decoder takes. */
const longestSide = 4096;

/** Side of the parts that are searched one by one, and how far they overlap: a code that is larger is seen in the whole. */
const partSide = 2048;
const overlap = 512;

/** Sides of the squares whose darkest and lightest count as black and white, for pale codes beside black or on white: good is twice a module. */
const squares: readonly number[] = [12, 6, 24];

/** What the decoder may spend on second attempts at one view. */
const retryMs = 500;

/** Longest side of the pictures that are turned and levelled, which costs more than the search itself. */
const handySide = 2048;

/** How long to search. The view under way is finished, and the first one is always looked at. */
export interface SearchBound {
  readonly clock: Clock;
  readonly milliseconds: number;
}

/** What a search brought. */
export interface FoundCodes {
  /** Texts of the first view that shows a wanted one and of the views before it; each once. */
  readonly texts: readonly string[];
  /** True when the time was over before every view had been looked at. */
  readonly isCut: boolean;
}

/** Searches a picture until a code is found that is wanted, or the time is over. */
export async function findCodes(picture: Picture, isWanted: (text: string) => boolean, bound?: SearchBound): Promise<FoundCodes> {
  const found = new Set<string>();
  const end = bound && bound.clock.monotonic() + bound.milliseconds;
  for (const view of viewsOf(picture)) {
    for (const text of await decode(view)) found.add(text);
    if ([...found].some(isWanted)) break;
    if (bound === undefined || end === undefined) continue;
    if (bound.clock.monotonic() >= end) return { texts: [...found], isCut: true };
    // A view is computed without a pause: whoever shows progress gets a turn.
    await bound.clock.sleep(0);
  }
  return { texts: [...found], isCut: false };
}

function* viewsOf(picture: Picture): Iterable<Picture> {
  const side = Math.max(picture.width, picture.height);
  const factor = Math.ceil(side / longestSide);
  const whole = factor > 1 ? reduced(picture, factor) : picture;
  yield whole;
  const clear = mostContrast(whole);
  yield clear;
  yield mirrored(clear);
  // Noise and the grid of a screen go away in the mean of neighbours.
  for (const smaller of [2, 4]) if (Math.min(whole.width, whole.height) / smaller >= 64) yield reduced(clear, smaller);
  if (factor > 1) yield* partsOf(picture);
  const handy = side > handySide ? reduced(picture, Math.ceil(side / handySide)) : picture;
  yield turned(mostContrast(handy));
  for (const square of squares) {
    const level = localContrast(handy, square);
    yield level;
    yield mirrored(level);
    yield turned(level);
  }
  if (factor > 1) for (const part of partsOf(picture)) yield mirrored(part);
}

/** Parts at full resolution, each with its own contrast: for small codes in large pictures. */
function* partsOf(picture: Picture): Iterable<Picture> {
  const { width, height } = picture;
  for (const y of startsOf(height)) {
    for (const x of startsOf(width)) {
      yield mostContrast(cropped(picture, { x, y, width: Math.min(partSide, width - x), height: Math.min(partSide, height - y) }));
    }
  }
}

function startsOf(length: number): readonly number[] {
  const starts = [0];
  for (let at = partSide - overlap; at + overlap < length; at += partSide - overlap) starts.push(at);
  return starts;
}

async function decode({ width, height, grey }: Picture): Promise<readonly string[]> {
  const [results = []] = await decodeQRBatch([{ width, height, data: grey }], {
    format: "I420",
    timeLimit: retryMs,
    maxSize: { width, height },
  });
  return results.filter((result) => typeof result === "string");
}
