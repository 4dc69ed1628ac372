/** Step scan: what was scanned, typed or photographed becomes the key of a device code. docs/design.md §4. */
import { resolve } from "node:path";
import { readFileIfExists } from "../../base/atomic-file.ts";
import { MeshError } from "../../base/errors.ts";
import { readQrPng } from "../../codec/qr/index.ts";
import { hailKey, linkKey, parseConnectUri, publicationId } from "../../crypto/index.ts";

/** A device code. All octets are secret. */
export interface ScannedCode {
  readonly uri: string;
  /** Account that made or released the device. */
  readonly account: string;
  readonly publicationId: string;
  /** k, 15 octets. */
  readonly key: Uint8Array;
  readonly hailKey: Uint8Array;
  readonly linkKey: Uint8Array;
}

const keyLength = 15;

/**
 * Reads a URI, or the QR code in a PNG file when the text ends in ".png".
 * Errors: ERR_CODE_KIND for another kind of code, ERR_CODE_DAMAGED, ERR_NOT_FOUND, ERR_PERMISSION or ERR_ENCODING for the file.
 */
export async function scanCode(text: string): Promise<ScannedCode> {
  const uri = /^mcu:/i.test(text.trim()) || !/\.png$/i.test(text.trim()) ? text : await readPicture(text.trim());
  return parseDeviceCode(uri);
}

/** Reads the URI of a device code. Errors: ERR_CODE_KIND, ERR_CODE_DAMAGED. */
export function parseDeviceCode(uri: string): ScannedCode {
  const { account, kind, key } = parseConnectUri(uri);
  if (kind === "pin") {
    throw new MeshError("ERR_CODE_KIND", "the code is a PIN that connects a computer to an account, not a device's", {
      hint: "use it with 'meshman device request' on the computer it was made for",
    });
  }
  if (key.length !== keyLength) throw new MeshError("ERR_CODE_KIND", `the code has a key of ${key.length} octets, a device's has ${keyLength}`);
  return { uri: uri.trim(), account, publicationId: publicationId(key), key, hailKey: hailKey(key), linkKey: linkKey(key) };
}

async function readPicture(path: string): Promise<string> {
  const octets = await readFileIfExists(resolve(path));
  if (!octets) throw new MeshError("ERR_NOT_FOUND", `no file ${path}`);
  return readQrPng(octets);
}
