/** The code of a device as a person gives it: its text, also between the signs that mail and chats put around links, or a PNG picture of it. */
import { resolve } from "node:path";
import { fileError } from "../../base/atomic-file.ts";
import { readAtMost } from "../../base/bounded-file.ts";
import type { Clock } from "../../base/clock.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { shorten } from "../../base/shorten.ts";
import { isPng, readQrPng } from "../../codec/qr/index.ts";
import { parseConnectUri, unwrapConnectUri } from "../../crypto/index.ts";

/** A picture of a camera is far below. */
const mostOctets = 64 << 20;
/** A picture in which no code is found costs every view of it; nobody waits longer for that. */
const searchMs = 6000;
/** What is no file may be anything that was scanned or pasted. */
const mostShown = 256;

/**
 * The text of a code; pictures are read here, because the hub opens no files that others name. A code is a secret: no message repeats it.
 * @param pick which of several codes in one picture, from 1
 * Errors: ERR_NOT_FOUND, ERR_PERMISSION, ERR_CODE_KIND, ERR_CODE_DAMAGED, ERR_TOO_LARGE, ERR_AMBIGUOUS with the codes to choose from.
 */
export async function deviceCode(
  text: string,
  options: { readonly cwd: string; readonly pick: number | undefined; readonly clock: Clock },
): Promise<string> {
  const uri = unwrapConnectUri(text);
  if (uri !== undefined) return uri;
  const octets = await readAtMost(resolve(options.cwd, text), mostOctets).catch((error: NodeJS.ErrnoException) => {
    if (looksLikeCode(text)) throw partOfCode();
    if (error.code !== "ENOENT" && error.code !== "ENAMETOOLONG") throw fileError(error, `cannot read ${text}`);
    throw new MeshError("ERR_NOT_FOUND", `no file ${shorten(text, mostShown)}`, {
      hint: "give a PNG picture of the code, or its text, which starts with mcu://",
      cause: error,
    });
  });
  if (!isPng(octets)) {
    throw new MeshError("ERR_CODE_KIND", `${text} is no PNG picture: it looks like ${kindOf(octets)}`, {
      hint: "give the device's code.png, or the text of its code, which starts with mcu://",
    });
  }
  return chosen(await readQrPng(octets, isDeviceCode, { clock: options.clock, milliseconds: searchMs }), options.pick);
}

/** Groups of Base32 as codes have them: what was typed is a part of one, and no file. */
function looksLikeCode(text: string): boolean {
  return /[a-z2-7]{4}(?:-[a-z2-7]{4}){3}/i.test(text);
}

function partOfCode(): MeshError {
  return new MeshError("ERR_CODE_KIND", "the text looks like a part of a code", { hint: "give all of it, from mcu:// to its end" });
}

function isDeviceCode(text: string): boolean {
  try {
    return parseConnectUri(text).kind === "earl";
  } catch (error) {
    if (isMeshError(error)) return false;
    throw error;
  }
}

/** The device's code among those of a picture. */
function chosen(texts: readonly string[], pick: number | undefined): string {
  const codes = texts.filter(isDeviceCode);
  const one = codes[(pick ?? 1) - 1];
  if (codes.length === 0) {
    // A code that is damaged or a PIN is explained by the hub, which refuses it.
    const [only] = texts.filter((text) => unwrapConnectUri(text) !== undefined);
    if (only !== undefined) return only;
    throw new MeshError(
      "ERR_CODE_KIND",
      texts.length === 1 ? "the code in the picture is not one of a device" : `none of the ${texts.length} codes in the picture is one of a device`,
    );
  }
  if (one !== undefined && (pick !== undefined || codes.length === 1)) return one;
  const list = codes.map((code, i) => `${i + 1}: ${beginning(code)}`).join("; ");
  throw new MeshError("ERR_AMBIGUOUS", `the picture shows ${codes.length} codes of devices: ${list}`, {
    hint: "say which with --pick NUMBER, or give a picture of one of them",
    detail: { codes: codes.map(beginning) },
  });
}

/** As much of a code as tells it from the others. */
function beginning(uri: string): string {
  const { account, code } = parseConnectUri(uri);
  return `${code.slice(0, 4)} of ${account}`;
}

const otherKinds: readonly (readonly [string, readonly number[]])[] = [
  ["a JPEG picture", [0xff, 0xd8, 0xff]],
  ["a GIF picture", [0x47, 0x49, 0x46, 0x38]],
  ["a PDF document", [0x25, 0x50, 0x44, 0x46]],
  ["a WebP picture", [0x52, 0x49, 0x46, 0x46]],
];

/** What a file that is no PNG seems to be. */
function kindOf(octets: Uint8Array): string {
  const known = otherKinds.find(([, start]) => start.every((octet, i) => octets[i] === octet))?.[0];
  if (known !== undefined) return known;
  if (octets.length === 0) return "an empty file";
  const start = octets.subarray(0, 512);
  const text = Buffer.from(start).toString();
  // What is cut off at its end may be half a character.
  if (start.includes(0) || text.slice(0, -1).includes("\ufffd")) return "binary data";
  return /^mcu:/i.test(text.trim()) ? "text with a code: give that text itself" : "text";
}
