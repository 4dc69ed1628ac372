/** Finds the codes of devices in a photo or in what a camera sees. The decoder is loaded when it is needed first. */
import type { FoundCodes } from "../../codec/qr/find-codes.ts";

/** Octets of a file and pixels of a side beyond which it is not looked at, or made smaller. */
export const mostMegabytes = 40;
const longestPhoto = 4096;
const longestFrame = 1024;
/** How long a photo is searched; the views of a camera are many, so each is looked at once. */
const photoMs = 15_000;

const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};

/** True for the code of a device. */
export function isDeviceCode(text: string): boolean {
  return /^mcu:/i.test(text);
}

/** Texts of the codes of a photo; undefined when it is no picture. */
export async function codesOfPhoto(file: Blob): Promise<readonly string[] | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined);
  if (!bitmap) return undefined;
  const found = await search(bitmap, { width: bitmap.width, height: bitmap.height, longest: longestPhoto, milliseconds: photoMs });
  bitmap.close();
  return found.texts;
}

/** Texts of the codes that the camera sees now. */
export async function codesOfFrame(video: HTMLVideoElement): Promise<readonly string[]> {
  const { videoWidth: width, videoHeight: height } = video;
  if (width === 0 || height === 0) return [];
  return (await search(video, { width, height, longest: longestFrame, milliseconds: 0 })).texts;
}

async function search(
  source: CanvasImageSource,
  size: { readonly width: number; readonly height: number; readonly longest: number; readonly milliseconds: number },
): Promise<FoundCodes> {
  const factor = Math.min(1, size.longest / Math.max(size.width, size.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(size.width * factor));
  canvas.height = Math.max(1, Math.round(size.height * factor));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return { texts: [], isCut: false };
  // What is transparent counts as paper.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  const grey = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    grey[i] = ((data[at] ?? 0) * 77 + (data[at + 1] ?? 0) * 150 + (data[at + 2] ?? 0) * 29) >> 8;
  }
  const { findCodes } = await import("../../codec/qr/find-codes.ts");
  return findCodes({ width, height, grey }, isDeviceCode, { clock, milliseconds: size.milliseconds });
}
