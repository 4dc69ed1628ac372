/**
 * What an account lets be signed with the service's share (docs/extensions.md, Powers). The service reads the body as whoever verifies it would: an
 * object in clear needs its tag in the entry, everything else, such as what is sealed to others, needs `Sealed`.
 */
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Datum } from "../../codec/datum.ts";
import { isObject } from "../../codec/datum.ts";
import { decodeJsonB } from "../../codec/index.ts";
import type { CapabilitySignServiced } from "../../schema/index.ts";

/** ERR_NOT_AUTHORIZED names what may not be signed; ERR_TOO_LARGE for what cannot be looked through. */
export function requireSignable({ MessageTypes, Sealed }: CapabilitySignServiced, body: Uint8Array): void {
  const value = clearValue(body);
  const refusal = (what: string): MeshError =>
    new MeshError("ERR_NOT_AUTHORIZED", `this power does not sign ${what}`, { hint: "ask an administrator of the account for one that does" });
  if (value === undefined) {
    if (Sealed !== true) throw refusal("what the service cannot read");
    return;
  }
  const names = isObject(value) ? Object.keys(value) : [];
  const [tag] = names;
  if (tag === undefined || names.length !== 1) throw refusal("what is no object of the Mesh");
  if (!MessageTypes.includes(tag)) throw refusal(JSON.stringify(tag.slice(0, 64)));
}

/** The body as JSON or JSON-B; undefined when it is neither. */
function clearValue(body: Uint8Array): Datum | undefined {
  try {
    return decodeJsonB(body);
  } catch (error) {
    if (isMeshError(error, "ERR_ENCODING")) return undefined;
    throw error;
  }
}
