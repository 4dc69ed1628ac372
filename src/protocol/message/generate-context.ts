/** What the two proofs of a joint key are bound to: both sides make it alike. docs/extensions.md, Powers. */
import { utf8 } from "../../base/bytes.ts";

/** Context of provePossession and jointKey for one OperationGenerate. */
export function generateContext(input: { readonly accountUdf: string; readonly keyId: string; readonly shareId: string }): Uint8Array {
  return utf8(["mmm/hub/operate/generate", input.accountUdf, input.keyId, input.shareId].join("\0"));
}
