/**
 * What a contact is pinned to: the ProfileSignature of its account, with the way in which the fingerprint came here. The pin stands in
 * Anchors of our own copy; what a contact says of itself there counts for nothing. extensions §10.
 */
import { MeshError } from "../../base/errors.ts";
import type { AnyContact, CatalogedContact, Contact } from "../../schema/index.ts";

/** Ways in which a fingerprint comes to an account, by the word in Anchor.Validation. */
export const ways = {
  Self: "your own",
  Exchanged: "exchanged by PIN or QR code",
  Manual: "entered by hand",
  StaticCode: "static code",
  File: "from a file, not verified",
  FirstUse: "first use, not verified",
} as const;

/** The word of a way. */
export type Way = keyof typeof ways;

/** What a contact is pinned to. */
export interface Pin {
  readonly udf: string;
  readonly way: Way;
}

const unverified: readonly Way[] = ["FirstUse", "File"];

/** True when more than the service's or a file's word stands behind the fingerprint. */
export function isVerified(way: Way): boolean {
  return !unverified.includes(way);
}

/** The pin of a contact; undefined when it has no account in the Mesh. */
export function pinOf(contact: Contact): Pin | undefined {
  const anchor = contact.Anchors?.[0];
  if (anchor?.Udf === undefined) return undefined;
  const way = Object.keys(ways).find((word): word is Way => word === anchor.Validation);
  return { udf: anchor.Udf, way: way ?? "FirstUse" };
}

/** Of two ways the one that says more. */
export function strongerWay(before: Way | undefined, after: Way): Way {
  return before !== undefined && isVerified(before) ? before : after;
}

/** The contact of an entry, whatever kind it is of; undefined when that is not known here. */
export function contactIn({ Contact: held }: CatalogedContact): AnyContact | undefined {
  return held && held.unknown === undefined ? held.value : undefined;
}

/**
 * Demands that a fingerprint is the one that a contact is pinned to.
 * Errors: ERR_VERIFICATION with both fingerprints and the way out.
 */
export function demandPin(pin: Pin | undefined, found: { readonly udf: string; readonly address: string }): void {
  if (pin === undefined || pin.udf === found.udf) return;
  throw new MeshError(
    "ERR_VERIFICATION",
    `${found.address} is another account than before: your contact has ${pin.udf} (${ways[pin.way]}), this one is ${found.udf}`,
    {
      hint: `ask the person by another way which fingerprint is theirs; if it is the new one: 'meshman contact delete ${found.address}', then exchange contacts again`,
      detail: { address: found.address, pinned: pin.udf, way: pin.way, found: found.udf },
    },
  );
}
