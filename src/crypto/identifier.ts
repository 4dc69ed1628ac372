/** Identifiers derived from a MessageId (schema-08 §6.2): of its envelope, and of the message that answers it. */
import { contentDigestUdf, parseUdf, udfContentType, udfType } from "./udf.ts";

function derived(messageId: string, contentType: string): string {
  const { type, data } = parseUdf(messageId);
  // A connection witness is a MessageId without a type octet of its own: one in 256 begins with this one and takes SHA-3.
  return contentDigestUdf({ contentType, data, sha3: type === udfType.digestSha3 });
}

/** EnvelopeId of a message. Throws ERR_ENCODING. */
export function envelopeId(messageId: string): string {
  return derived(messageId, udfContentType.envelopeId);
}

/** MessageId of the answer to a message. Throws ERR_ENCODING. */
export function responseId(messageId: string): string {
  return derived(messageId, udfContentType.responseId);
}
