/**
 * Tag octets of JSON-B, JSON-C and JSON-D (jsonbcd-21 §3-§7). Where a tag stands for four, the next three have longer length
 * fields: 1, 2, 4, 8 octets by the low two bits. Tags that are absent here are refused.
 */
export const tags = {
  stringTerminal: 0x80,
  stringChunk: 0x84,
  dataTerminal: 0x88,
  dataChunk: 0x8c,
  binary16: 0x90,
  binary32: 0x91,
  binary64: 0x92,
  binary128: 0x94,
  extended80: 0x95,
  decimal32: 0x96,
  decimal64: 0x97,
  decimal128: 0x98,
  positive: 0xa0,
  positive128: 0xa4,
  /** Bignum of the draft's example and the reference; read only. */
  positiveBignumOther: 0xa5,
  positiveBignum: 0xa7,
  negative: 0xa8,
  negative128: 0xac,
  /** As positiveBignumOther. */
  negativeBignumOther: 0xad,
  negativeBignum: 0xaf,
  true: 0xb0,
  false: 0xb1,
  null: 0xb2,
  /** Member name of the reference, in no draft; read only. */
  memberName: 0xb4,
  useCode: 0xc0,
  defineCode: 0xc4,
  defineAndUseCode: 0xc8,
  insertDictionary: 0xd0,
  /** "Record": a frame read forwards. */
  uframe: 0xf0,
  /** "Frame": its tag and length stand reversed at the end again. */
  bframe: 0xf4,
} as const;

/** Octets in the length field that follows a tag with four widths. */
export function lengthWidth(tag: number): 1 | 2 | 4 | 8 {
  return (1 << (tag & 3)) as 1 | 2 | 4 | 8;
}

/** First tag of the four that a tag belongs to. */
export function tagFamily(tag: number): number {
  return tag & 0xfc;
}
