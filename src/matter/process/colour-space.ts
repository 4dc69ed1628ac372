/** Colours as the house has them (hue and saturation, at full brightness) and as CIE 1931 has them (x and y), by the primaries and white of sRGB. */

/** A colour by where it stands in the diagram of CIE 1931. */
export interface Chromaticity {
  readonly x: number;
  readonly y: number;
}

/** Where a colour stands. @param hue degrees @param saturation percent */
export function xyOf(hue: number, saturation: number): Chromaticity {
  const [red, green, blue] = rgbOf(hue, saturation).map(linear) as [number, number, number];
  const x = 0.4124 * red + 0.3576 * green + 0.1805 * blue;
  const y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const z = 0.0193 * red + 0.1192 * green + 0.9505 * blue;
  const sum = x + y + z;
  return { x: x / sum, y: y / sum };
}

/** The colour that stands somewhere; what no screen can show is the nearest at the edge. */
export function hueOf({ x, y }: Chromaticity): { readonly hue: number; readonly saturation: number } {
  const height = Math.max(y, 0.0001);
  const [big, deep] = [x / height, (1 - x - height) / height];
  const parts = [3.2406 * big - 1.5372 - 0.4986 * deep, -0.9689 * big + 1.8758 + 0.0415 * deep, 0.0557 * big - 0.204 + 1.057 * deep];
  const most = Math.max(...parts, 0.0001);
  const [red, green, blue] = parts.map((part) => curved(Math.max(0, part) / most)) as [number, number, number];
  const top = Math.max(red, green, blue);
  const spread = top - Math.min(red, green, blue);
  if (spread === 0) return { hue: 0, saturation: 0 };
  const sixth = top === red ? (green - blue) / spread : top === green ? 2 + (blue - red) / spread : 4 + (red - green) / spread;
  return { hue: (sixth * 60 + 360) % 360, saturation: (spread / top) * 100 };
}

function rgbOf(hue: number, saturation: number): readonly [number, number, number] {
  const part = (offset: number): number => {
    const at = (offset + hue / 60) % 6;
    return 1 - (saturation / 100) * Math.max(0, Math.min(at, 4 - at, 1));
  };
  return [part(5), part(3), part(1)];
}

const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const curved = (part: number): number => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055);
