/**
 * The value tree that both encodings share: JSON text writes octets as base64url strings, JSON-B writes them as data items.
 * `Encoded` carries octets that are already JSON and go out as they are (dare-12: what was signed or MACed is never written anew).
 */

/** Octets that are already encoded as one JSON value. */
export class Encoded {
  readonly octets: Uint8Array;
  constructor(octets: Uint8Array) {
    this.octets = octets;
  }
}

/** A member list. Objects made by our decoders have no prototype. */
export interface DatumObject {
  [name: string]: Datum | undefined;
}

/** Any value that JSON or JSON-B can carry. */
export type Datum = null | boolean | number | bigint | string | Uint8Array | Encoded | readonly Datum[] | DatumObject;

/** True for an object with members (not null, array, octets or encoded octets). */
export function isObject(value: Datum | undefined): value is DatumObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Encoded);
}
