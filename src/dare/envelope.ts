/**
 * DARE envelopes as arrays `[header, body]` or `[header, body, trailer]` (dare-12 §3, §5), in JSON, JSON-B or the mixture that the
 * reference writes. Header and trailer octets are kept as received and written as they are: MACs and journals refer to them.
 * Nothing here verifies or decrypts.
 */
import { MeshError } from "../base/errors.ts";
import type { Datum, Field } from "../codec/index.ts";
import { binary, decodeJsonB, Encoded, encodeJson, encodeJsonB, isJsonText, isObject, spanOf } from "../codec/index.ts";
import { DareHeader, DareTrailer } from "./header.ts";

/** An envelope, with the octets it was received or written in. */
export interface DareEnvelope {
  readonly header: DareHeader;
  readonly headerOctets: Uint8Array;
  /** The body as carried: ciphertext when `header.enc` says so. */
  readonly body: Uint8Array;
  readonly trailer?: DareTrailer;
  readonly trailerOctets?: Uint8Array;
}

/** Codec field of an envelope, for use in other objects. */
export const envelope: Field<DareEnvelope> = {
  decode: (value, path) => {
    if (!Array.isArray(value) || value.length < 2 || value.length > 3) {
      throw new MeshError("ERR_SCHEMA", `${path}: expected an envelope of two or three parts`, { detail: { path } });
    }
    const [header = null, body = null, trailer] = value as readonly Datum[];
    return {
      header: DareHeader.decode(header, `${path}.header`),
      headerOctets: octetsOf(header),
      body: binary.decode(body, `${path}.body`),
      ...(trailer === undefined ? {} : { trailer: DareTrailer.decode(trailer, `${path}.trailer`), trailerOctets: octetsOf(trailer) }),
    };
  },
  encode: (value) => parts(value),
};

/** JSON octets of an envelope. */
export function encodeEnvelope(value: DareEnvelope): Uint8Array {
  return encodeJson(parts(value));
}

/** JSON-B octets of an envelope: the body is a data item instead of base64url text. */
export function encodeEnvelopeB(value: DareEnvelope): Uint8Array {
  return encodeJsonB(parts(value));
}

/**
 * Reads an envelope in JSON or JSON-B, bare or as `{"DareEnvelope":[...]}`. `lenient` accepts the line breaks that foreign writers
 * leave inside strings. ERR_ENCODING or ERR_SCHEMA for anything else.
 */
export function parseEnvelope(octets: Uint8Array, options: { readonly lenient?: boolean } = {}): DareEnvelope {
  const value = decodeJsonB(octets, options);
  const bare = isObject(value) && Object.keys(value).length === 1 ? value.DareEnvelope : undefined;
  return envelope.decode(bare ?? value, "DareEnvelope");
}

function parts(value: DareEnvelope): Datum {
  const head = [new Encoded(value.headerOctets), value.body];
  const { trailerOctets } = value;
  return trailerOctets === undefined || trailerOctets.length === 0 ? head : [...head, new Encoded(trailerOctets)];
}

/** The octets as received. A header with binary items cannot stand in JSON text and is written anew, which no signature notices. */
function octetsOf(value: Datum): Uint8Array {
  const span = isObject(value) ? spanOf(value) : undefined;
  return span !== undefined && isJsonText(span) ? span : encodeJson(value);
}
