/**
 * Octets being read, with the limits that hostile input must not pass, and the record of where each object and array came from.
 * Both decoders (json.ts, jbcd/decode.ts) read from a Source, so both obey the same limits and give spans.
 */
import { MeshError } from "../base/errors.ts";
import type { Datum } from "./datum.ts";

/** What a decoder accepts. */
export interface DecodeOptions {
  /** Drop CR and LF, with the blanks that follow them, inside string literals: for foreign data only. Default false. */
  readonly lenient?: boolean;
  /** Objects and arrays inside one another. Default 64. */
  readonly maxDepth?: number;
  /** Octets of input. Default 16 MiB. */
  readonly maxOctets?: number;
  /** Values and member names in all. Bounds memory, since an empty object of two octets costs some hundreds. Default 262144. */
  readonly maxItems?: number;
}

/** Nesting that readers accept and writers make. */
export const defaultMaxDepth = 64;

/** The state of one decoding. */
export interface Source {
  readonly octets: Uint8Array;
  readonly lenient: boolean;
  readonly maxDepth: number;
  readonly maxOctets: number;
  readonly maxItems: number;
  at: number;
  items: number;
}

/** Starts reading; ERR_TOO_LARGE when the octets are more than the limit. */
export function openSource(octets: Uint8Array, options: DecodeOptions = {}): Source {
  const { lenient = false, maxDepth = defaultMaxDepth, maxOctets = 0x1000000, maxItems = 0x40000 } = options;
  if (octets.length > maxOctets) throw new MeshError("ERR_TOO_LARGE", `${octets.length} octets, the limit is ${maxOctets}`);
  // A plain view: slices of a Node Buffer would be views on the caller's memory, not copies.
  const plain = new Uint8Array(octets.buffer, octets.byteOffset, octets.byteLength);
  return { octets: plain, lenient, maxDepth, maxOctets, maxItems, at: 0, items: 0 };
}

/** Refuses the input, naming the place. The message never quotes the content, which may be secret. */
export function refuse(source: Source, reason: string, at = source.at): never {
  throw new MeshError("ERR_ENCODING", `octet ${at}: ${reason}`, { detail: { at } });
}

/** Refuses the octet at the present place, or the end of the input. */
export function refuseHere(source: Source, expected: string): never {
  const octet = source.octets[source.at];
  const found = octet === undefined ? "the end" : `0x${octet.toString(16).padStart(2, "0")}`;
  return refuse(source, `expected ${expected}, found ${found}`);
}

/** Counts one value or name; ERR_TOO_LARGE beyond the limit. */
export function countItem(source: Source): void {
  source.items += 1;
  if (source.items > source.maxItems) throw new MeshError("ERR_TOO_LARGE", `more than ${source.maxItems} values`);
}

/** Moves past the blanks of RFC 8259 §2. */
export function skipBlanks(source: Source): void {
  const { octets } = source;
  for (;;) {
    const octet = octets[source.at];
    if (octet !== 0x20 && octet !== 0x0a && octet !== 0x0d && octet !== 0x09) return;
    source.at += 1;
  }
}

interface Span {
  readonly octets: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A constructor that gives the object it is handed, so that a subclass sets its private field on that one. */
function given(value: object): object {
  return value;
}

const Given = given as unknown as new (value: object) => object;

/** The span of an object or array, in a private field: nobody can see or forge it. A WeakMap of every container costs more than the decoding. */
class Spanned extends Given {
  readonly #span: Span;

  constructor(value: object, span: Span) {
    super(value);
    this.#span = span;
  }

  static of(value: object): Span | undefined {
    return #span in value ? value.#span : undefined;
  }
}

/** Remembers which octets an object or array was read from. */
export function keepSpan(source: Source, value: object, start: number): void {
  new Spanned(value, { octets: source.octets, start, end: source.at });
}

/**
 * The exact source octets of an object or array made by parseJson or decodeJsonB (a view on what was decoded, not a copy);
 * undefined for every other value, and for one that uses JSON-C codes, since such octets mean nothing by themselves.
 */
export function spanOf(value: Datum | undefined): Uint8Array | undefined {
  const span = typeof value === "object" && value !== null ? Spanned.of(value) : undefined;
  return span?.octets.subarray(span.start, span.end);
}
