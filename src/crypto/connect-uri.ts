/**
 * The printed or shown code of a device, contact or PIN: `mcu://user@host/CODE` (schema-08 §9.2, protocol-09 §9.1.1), with our
 * `?udf=ACCOUNT` (docs/extensions.md §8). Type A is a PIN, type E an EARL key. Upper case is accepted throughout, as QR writers like it.
 */
import { MeshError } from "../base/errors.ts";
import { parseUdf, type Udf, udfType } from "./udf.ts";

/** A parsed code. */
export interface ConnectUri {
  /** Account address, lower case. */
  readonly account: string;
  /** Canonical text of the PIN or key. */
  readonly code: string;
  readonly kind: "pin" | "earl";
  /** Octets of the PIN or key. */
  readonly key: Uint8Array;
  /** Fingerprint of the account that the code belongs to. */
  readonly udf?: string;
}

const maxLength = 512;
/** Addresses are ASCII: letters that merely fold to others would make two spellings of one account. */
const form = /^mcu:\/\/([a-z0-9!$%&*+=^_`{|}~.-]{1,64})@([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)\/([^/?#]+)(?:\?([^#]*))?$/i;
/** Shortest key that a whole code can carry: a shorter one was cut off. */
const minKeyLength = { pin: 10, earl: 15 } as const;

function damaged(why: string, cause?: unknown): MeshError {
  return new MeshError("ERR_CODE_DAMAGED", `code is damaged: ${why}`, { cause });
}

function readUdf(text: string, what: string): Udf {
  try {
    return parseUdf(text);
  } catch (cause) {
    throw damaged(what, cause);
  }
}

function kindOf(type: number): "pin" | "earl" {
  if (type === udfType.authenticator) return "pin";
  if (type === udfType.encryption || type === udfType.encryptionSign) return "earl";
  throw new MeshError("ERR_CODE_KIND", `code of type ${type} is neither a PIN nor a device key`);
}

/** The code in a text that is one, also between brackets or quotation marks; undefined when it is something else. */
export function unwrapConnectUri(text: string): string | undefined {
  const bare = text.trim().replace(/^(?:[<"'`(\u00ab\u2018\u201c]|\s)+|(?:[>"'`)\u00bb\u2019\u201d]|\s)+$/g, "");
  return /^mcu:/i.test(bare) ? bare : undefined;
}

/** Reads a code. Throws ERR_CODE_KIND when it is something else, ERR_CODE_DAMAGED when it is one with parts missing or changed. */
export function parseConnectUri(text: string): ConnectUri {
  const trimmed = unwrapConnectUri(text);
  if (trimmed === undefined) throw new MeshError("ERR_CODE_KIND", "text is not a mesh code");
  if (trimmed.length > maxLength) throw damaged(`${trimmed.length} characters`);
  const [, user, host, path, query] = form.exec(trimmed) ?? [];
  if (user === undefined || host === undefined || path === undefined) throw damaged("its form is mcu://user@host/CODE");
  const { type, data, text: code } = readUdf(path, "a character of the key");
  // Base32 leaves room for a character that carries no whole octet.
  if (path.replaceAll("-", "").length > Math.ceil(((data.length + 1) * 8) / 5)) throw damaged("it has a character too many");
  const kind = kindOf(type);
  if (data.length < minKeyLength[kind]) throw damaged("the key is cut off");
  const named = new URLSearchParams(query ?? "").get("udf");
  const udf = named === null ? undefined : readUdf(named, "the account fingerprint").text;
  return { account: `${user}@${host}`.toLowerCase(), code, kind, key: data, ...(udf !== undefined && { udf }) };
}

/** Writes a code. Throws as parseConnectUri does when the parts do not make one. */
export function formatConnectUri(parts: { account: string; code: string; udf?: string }): string {
  const query = parts.udf === undefined ? "" : `?udf=${parts.udf}`;
  const text = `mcu://${parts.account}/${parts.code}${query}`;
  parseConnectUri(text);
  return text;
}
