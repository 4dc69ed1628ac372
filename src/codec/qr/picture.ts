/** Grey pictures, and the ways in which a picture that cannot be read is made one that can. */

/** Rows from the top, one octet per pixel, 0 black. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly grey: Uint8Array;
}

/** The least difference of greys that counts as a pattern and is not only noise. */
const leastContrast = 25;

/** The photograph of a good phone; more would only cost memory. */
export const mostPixels = 64_000_000;

/** A picture of each `factor` x `factor` pixels as their mean. */
export function reduced({ width, height, grey }: Picture, factor: number): Picture {
  const small = { width: Math.floor(width / factor), height: Math.floor(height / factor) };
  const result = new Uint8Array(small.width * small.height);
  const sums = new Uint32Array(small.width);
  for (let y = 0; y < small.height; y++) {
    sums.fill(0);
    for (let row = y * factor; row < (y + 1) * factor; row++) {
      let i = row * width;
      for (let x = 0; x < small.width; x++) {
        let sum = 0;
        for (let k = 0; k < factor; k++) sum += grey[i++] as number;
        sums[x] = (sums[x] as number) + sum;
      }
    }
    for (let x = 0; x < small.width; x++) result[y * small.width + x] = (sums[x] as number) / (factor * factor);
  }
  return { ...small, grey: result };
}

/** A part of a picture. */
export function cropped(
  { width, grey }: Picture,
  part: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): Picture {
  const result = new Uint8Array(part.width * part.height);
  for (let y = 0; y < part.height; y++) {
    const from = (part.y + y) * width + part.x;
    result.set(grey.subarray(from, from + part.width), y * part.width);
  }
  return { width: part.width, height: part.height, grey: result };
}

/** The picture as a mirror shows it. */
export function mirrored({ width, height, grey }: Picture): Picture {
  const result = grey.slice();
  for (let y = 0; y < height; y++) result.subarray(y * width, (y + 1) * width).reverse();
  return { width, height, grey: result };
}

/** The greys between the darkest and the lightest hundredth spread over the whole range: a pale code becomes black on white. */
export function mostContrast({ width, height, grey }: Picture): Picture {
  const counts = new Uint32Array(256);
  for (const value of grey) counts[value] = (counts[value] as number) + 1;
  const few = grey.length / 100;
  let [low, high, below, above] = [0, 255, 0, 0];
  while (low < 255 && below + (counts[low] as number) <= few) below += counts[low++] as number;
  while (high > low && above + (counts[high] as number) <= few) above += counts[high--] as number;
  if (high - low < leastContrast) return { width, height, grey };
  const table = Uint8Array.from({ length: 256 }, (_, value) => spread(value, low, high));
  return { width, height, grey: grey.map((value) => table[value] as number) };
}

function spread(value: number, low: number, high: number): number {
  return Math.max(0, Math.min(255, Math.round(((value - low) * 255) / Math.max(1, high - low))));
}

/** Each square of pixels with the darkest of its neighbourhood as black and the lightest as white; where nothing differs it becomes white. */
export function localContrast({ width, height, grey }: Picture, square: number): Picture {
  const columns = Math.ceil(width / square);
  const rows = Math.ceil(height / square);
  const darkest = new Uint8Array(columns * rows).fill(255);
  const lightest = new Uint8Array(columns * rows);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const at = Math.floor(y / square) * columns + Math.floor(x / square);
      const value = grey[i] as number;
      if (value < (darkest[at] as number)) darkest[at] = value;
      if (value > (lightest[at] as number)) lightest[at] = value;
    }
  }
  const result = new Uint8Array(grey.length).fill(255);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let [low, high] = [255, 0];
      for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
          low = Math.min(low, darkest[y * columns + x] as number);
          high = Math.max(high, lightest[y * columns + x] as number);
        }
      }
      if (high - low < leastContrast) continue;
      for (let y = row * square; y < Math.min(height, (row + 1) * square); y++) {
        for (let x = column * square; x < Math.min(width, (column + 1) * square); x++)
          result[y * width + x] = spread(grey[y * width + x] as number, low, high);
      }
    }
  }
  return { width, height, grey: result };
}

/** The picture turned by an angle that makes no straight line of it straight again, on white; nothing of it is cut away. */
export function turned({ width, height, grey }: Picture): Picture {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const size = { width: Math.ceil(width * cos + height * sin), height: Math.ceil(width * sin + height * cos) };
  const result = new Uint8Array(size.width * size.height).fill(255);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const [dx, dy] = [x - size.width / 2, y - size.height / 2];
      const px = Math.round(cos * dx + sin * dy + width / 2);
      const py = Math.round(cos * dy - sin * dx + height / 2);
      if (px >= 0 && py >= 0 && px < width && py < height) result[y * size.width + x] = grey[py * width + px] as number;
    }
  }
  return { ...size, grey: result };
}

const turn = (29 * Math.PI) / 180;
