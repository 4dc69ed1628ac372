/** What a passkey signs of a change that is asked for: the whole request, so that its signature is good for no other change, hub, time or person. */
import { concat, utf8 } from "../../base/bytes.ts";
import { encodeObject } from "../../codec/index.ts";
import { sha512 } from "../../crypto/index.ts";
import { RequestEdit } from "./house-message.ts";

const label = concat(utf8("mmm/hub/edit"), Uint8Array.of(0));

/** SHA-512 of the request without its assertion, under a label of its own. */
export function editChallenge({ Assertion: _, ...request }: RequestEdit): Uint8Array {
  return sha512(concat(label, encodeObject(RequestEdit, request)));
}
