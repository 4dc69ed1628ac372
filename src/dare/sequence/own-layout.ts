/**
 * Recognises header and trailer octets in exactly the layout that sealFrame writes, without parsing them. What matches is a subset of
 * what the strict parser accepts, with the same meaning (a test compares the two); everything else goes the long way round.
 * Verification of long files rests on it: parsing costs several times what the digests do.
 */
import { asBuffer } from "../../base/bytes.ts";
import type { FrameOctets } from "./frame-octets.ts";

/** What the octets of a frame state, digests as base64url text. */
export interface RecognisedFrame {
  readonly index: number;
  readonly payloadDigest: string;
  readonly treeDigest: string;
}

/** Canonical base64url: no bits left over. */
const octets = "(?:[\\w-]{4})*(?:[\\w-][AQgw]|[\\w-]{2}[AEIMQUYcgkosw048])?";
const digest = "[\\w-]{85}[AQgw]";
const index = "(?:0|[1-9]\\d{0,14})";
const word = "[\\w-]{1,64}";

const headerPattern = new RegExp(
  `^\\{(?:"EnvelopeId":"${word}",)?(?:"enc":"A256CBC",)?"dig":"S512"(?:,"kid":"${word}")?(?:,"Salt":"${octets}")?(?:,"cloaked":"${octets}")?` +
    `(?:,"ContentMetaData":"${octets}")?,"SequenceInfo":\\{"Index":(${index})(?:,"IsMeta":true)?(?:,"TreePosition":${index})?(?:,"IndexPosition":${index})?(?:,"ExchangePosition":${index})?\\}\\}$`,
);
const trailerPattern = new RegExp(
  `^\\{(?:"signatures":\\[\\{"alg":"S512","kid":"${word}","signature":"${octets}"(?:,"witness":"${octets}")?\\}\\],)?` +
    `"PayloadDigest":"(${digest})","TreeDigest":"(${digest})"(?:,"Mac":"${octets}")?\\}$`,
);
/** Longer ones are rare, and then parsing them is not what takes the time. */
const longest = 4096;

/** What a frame of a Merkle sequence states; undefined when it is in another layout. */
export function recogniseFrame({ headerOctets, trailerOctets }: FrameOctets): RecognisedFrame | undefined {
  if (headerOctets.length > longest || trailerOctets.length > longest) return undefined;
  const header = headerPattern.exec(asBuffer(headerOctets).toString("latin1"));
  if (header === null) return undefined;
  const trailer = trailerPattern.exec(asBuffer(trailerOctets).toString("latin1"));
  if (trailer === null) return undefined;
  const [, payloadDigest = "", treeDigest = ""] = trailer;
  return { index: Number(header[1]), payloadDigest, treeDigest };
}
