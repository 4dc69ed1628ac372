/**
 * UDF URIs (udf-13 §6): names `udf:X`, and locators `udf://domain/X` whose content is fetched from the domain. A locator of an E type
 * is an EARL, a bearer token: it is never logged, and a resolver learns its identifier only (`resolutionPaths`).
 * `mcu://` codes are in connect-uri.ts. Left out: the discovery of the service `mmm-udf`.
 */
import { MeshError } from "../base/errors.ts";
import { locator, parseUdf, type Udf, udfType } from "./udf.ts";

/** A parsed UDF URI. */
export type UdfUri =
  | { readonly form: "name"; readonly udf: Udf }
  | {
      readonly form: "locator";
      /** DNS name, lower case. */
      readonly domain: string;
      readonly udf: Udf;
      /** Without its question mark. */
      readonly query?: string;
      /** Without its hash sign. */
      readonly fragment?: string;
    };

const maxLength = 2048;
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
/** The last label begins with a letter: an address in digits is no DNS name. */
const domainForm = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`);
const form = /^udf:(?:\/\/([^/?#]*)\/)?([^/?#]+)(?:\?([^#]*))?(?:#(.*))?$/i;

function refused(why: string): MeshError {
  return new MeshError("ERR_ENCODING", `not a udf uri: ${why}`);
}

/** Reads either form. Throws ERR_ENCODING: no user, port or address is allowed, nor a query or fragment on a name. */
export function parseUdfUri(text: string): UdfUri {
  if (text.length > maxLength) throw refused(`${text.length} characters`);
  const [, authority, path, query, fragment] = form.exec(text.trim()) ?? [];
  if (path === undefined) throw refused("its form is udf:X or udf://domain/X");
  const udf = parseUdf(path);
  if (authority === undefined) {
    if (query !== undefined || fragment !== undefined) throw refused("a name has no query and no fragment");
    return { form: "name", udf };
  }
  const domain = authority.toLowerCase();
  if (!/^[\x21-\x7e]+$/.test(authority) || !domainForm.test(domain)) throw refused("its authority is not a domain name");
  return { form: "locator", domain, udf, ...(query !== undefined && { query }), ...(fragment !== undefined && { fragment }) };
}

/** Writes a name, or with a domain a locator. Throws ERR_ENCODING. */
export function formatUdfUri(parts: { readonly udf: string; readonly domain?: string }): string {
  const text = parseUdf(parts.udf).text;
  const uri = parts.domain === undefined ? `udf:${text}` : `udf://${parts.domain.toLowerCase()}/${text}`;
  parseUdfUri(uri);
  return uri;
}

/**
 * Paths under which the service of a locator's domain holds the content of an EARL key, in the order to try them. The draft names
 * both directories. Throws ERR_KEY for other types; of a shared key, recover it first and take its E type.
 */
export function resolutionPaths(keyText: string): readonly [string, string] {
  const { type, text } = parseUdf(keyText);
  if (type !== udfType.encryption && type !== udfType.encryptionSign) throw new MeshError("ERR_KEY", `type ${type} is not an encryption key`);
  const id = locator(text);
  return [`/.well-known/srv/mmm-udf/${id}`, `/.well-known/mmm-udf/${id}`];
}
