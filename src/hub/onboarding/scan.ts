/**
 * Step scan: what was scanned, typed or photographed becomes the key of a device code. docs/design.md §4. Pictures are read by the command that
 * was given them: the hub opens no path that a client names.
 */
import { MeshError } from "../../base/errors.ts";
import { hailKey, linkKey, parseConnectUri, publicationId, unwrapConnectUri } from "../../crypto/index.ts";

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

/** Reads the URI of a device code. Errors: ERR_CODE_KIND, ERR_CODE_DAMAGED. */
export function parseDeviceCode(uri: string): ScannedCode {
  const { account, kind, key } = parseConnectUri(uri);
  if (kind === "pin") {
    throw new MeshError("ERR_CODE_KIND", "the code is a PIN that connects a computer to an account, not a device's", {
      hint: "use it with 'meshman device request' on the computer it was made for",
    });
  }
  if (key.length !== keyLength) throw new MeshError("ERR_CODE_KIND", `the code has a key of ${key.length} octets, a device's has ${keyLength}`);
  return { uri: unwrapConnectUri(uri) ?? uri, account, publicationId: publicationId(key), key, hailKey: hailKey(key), linkKey: linkKey(key) };
}
