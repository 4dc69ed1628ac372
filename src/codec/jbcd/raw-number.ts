/**
 * Numbers of JSON-D that binary64 may not hold (jsonbcd-20 table 4): binary128, the extended format of Intel with 80 bits, and the three
 * decimal formats, of which no draft says how they are encoded. Told apart by name and width; what the octets mean is for the caller.
 */
import { Encoded } from "../datum.ts";
import { tags } from "./tags.ts";

/** Name and octets of each format, by tag. */
export const wideFormats = {
  [tags.binary128]: { name: "binary128", width: 16 },
  [tags.extended80]: { name: "intel80", width: 10 },
  [tags.decimal32]: { name: "decimal32", width: 4 },
  [tags.decimal64]: { name: "decimal64", width: 8 },
  [tags.decimal128]: { name: "decimal128", width: 16 },
} as const;

/** Tag of a format. */
export type WideTag = keyof typeof wideFormats;

/** True for a tag of the table. */
export function isWideTag(tag: number): tag is WideTag {
  return Object.hasOwn(wideFormats, tag);
}

/** A number as it came, of which nothing but the format is known. JSON-B writes it as it came; JSON text cannot hold it. */
export class RawNumber extends Encoded {
  readonly tag: WideTag;

  /** `octets` are those of the tag and of the number. */
  constructor(tag: WideTag, octets: Uint8Array) {
    super(octets);
    this.tag = tag;
  }

  get name(): (typeof wideFormats)[WideTag]["name"] {
    return wideFormats[this.tag].name;
  }

  /** The number without its tag, in network order. */
  get value(): Uint8Array {
    return this.octets.subarray(1);
  }
}
