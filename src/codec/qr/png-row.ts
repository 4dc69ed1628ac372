/** Rows of a PNG: undoing their filters (§9) and reading their samples as grey over white paper (§11.2.1, tRNS §11.3.1). */

/** What the rows of a picture hold. */
export interface RowFormat {
  readonly width: number;
  /** Bits per sample. */
  readonly depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colour: number;
  readonly palette: Uint8Array | undefined;
  /** The body of tRNS: alphas of the palette, or the one colour that is transparent. */
  readonly transparency: Uint8Array | undefined;
}

const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const paper = 255;

/** Octets of a row, and from a pixel to the one on its left. */
export function rowLayout({ width, depth, colour }: RowFormat): { readonly stride: number; readonly step: number } {
  const bits = (samplesOf[colour] ?? 1) * depth;
  return { stride: Math.ceil((width * bits) / 8), step: Math.max(1, bits >> 3) };
}

/** Undoes the filter of a row in place; `above` is the row before it, undone. */
export function unfilter(filter: number, row: Uint8Array, above: Uint8Array, step: number): void {
  const length = row.length;
  const first = Math.min(step, length);
  // One loop for each filter: this runs for every octet of a photograph.
  switch (filter) {
    case 1:
      for (let x = step; x < length; x++) row[x] = at(row, x) + at(row, x - step);
      return;
    case 2:
      for (let x = 0; x < length; x++) row[x] = at(row, x) + at(above, x);
      return;
    case 3:
      for (let x = 0; x < first; x++) row[x] = at(row, x) + (at(above, x) >> 1);
      for (let x = step; x < length; x++) row[x] = at(row, x) + ((at(row, x - step) + at(above, x)) >> 1);
      return;
    case 4:
      for (let x = 0; x < first; x++) row[x] = at(row, x) + at(above, x);
      for (let x = step; x < length; x++) row[x] = at(row, x) + paeth(at(row, x - step), at(above, x), at(above, x - step));
      return;
    default:
  }
}

function at(octets: Uint8Array, index: number): number {
  return octets[index] as number;
}

function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

/** How a row's samples become grey, one octet per pixel. */
export function greyReader(format: RowFormat): (row: Uint8Array, grey: Uint8Array) => void {
  const { colour, depth } = format;
  if (depth <= 8 && (colour === 0 || colour === 3)) return byTable(greyTable(format), depth);
  const size = depth >> 3;
  const samples = samplesOf[colour] ?? 1;
  const hasAlpha = colour === 4 || colour === 6;
  const isColour = colour === 2 || colour === 6;
  const hidden = hasAlpha ? undefined : hiddenColour(format);
  return (row, grey) => {
    for (let x = 0, i = 0; x < grey.length; x++, i += samples * size) {
      const value = isColour ? greyOf(at(row, i), at(row, i + size), at(row, i + 2 * size)) : at(row, i);
      if (hasAlpha) grey[x] = onPaper(value, at(row, i + (samples - 1) * size));
      else grey[x] = hidden?.every((octet, k) => at(row, i + k) === octet) ? paper : value;
    }
  };
}

function byTable(table: Uint8Array, depth: number): (row: Uint8Array, grey: Uint8Array) => void {
  const mask = (1 << depth) - 1;
  return (row, grey) => {
    for (let x = 0, bit = 0; x < grey.length; x++, bit += depth) grey[x] = at(table, (at(row, bit >> 3) >> (8 - depth - (bit & 7))) & mask);
  };
}

/** Grey of each sample value of a picture with one sample per pixel. */
function greyTable({ colour, depth, palette = new Uint8Array(), transparency = new Uint8Array() }: RowFormat): Uint8Array {
  const most = (1 << depth) - 1;
  const hidden = transparency.length >= 2 ? at(transparency, 0) * 256 + at(transparency, 1) : undefined;
  return Uint8Array.from({ length: most + 1 }, (_, value) => {
    if (colour === 0) return value === hidden ? paper : Math.round((value * 255) / most);
    const [red = 0, green = 0, blue = 0] = palette.subarray(value * 3, value * 3 + 3);
    return onPaper(greyOf(red, green, blue), transparency[value] ?? 255);
  });
}

/** The samples of the one colour that is transparent, as a row writes them. */
function hiddenColour({ colour, depth, transparency }: RowFormat): readonly number[] | undefined {
  const samples = samplesOf[colour] ?? 1;
  if (transparency === undefined || transparency.length < samples * 2) return undefined;
  return [...transparency.subarray(0, samples * 2)].filter((_, i) => depth === 16 || i % 2 === 1);
}

/** Rec. 601 luma in 8 bits. */
function greyOf(red: number, green: number, blue: number): number {
  return (red * 77 + green * 150 + blue * 29) >> 8;
}

function onPaper(value: number, alpha: number): number {
  return Math.round((value * alpha + paper * (255 - alpha)) / 255);
}
