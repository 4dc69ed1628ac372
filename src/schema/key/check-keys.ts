/**
 * Which keys an object may hold: the curve that fits each member's use, a fingerprint that is the key's own, and no key for two uses.
 * schema-08 §1.10 and §4; extensions §1. Checked where an object is verified, so that whoever seals to a key, or adds to it, can.
 */
import { MeshError } from "../../base/errors.ts";
import type { Curve, PublicKey } from "../../crypto/index.ts";
import { isSigned } from "../../crypto/index.ts";
import type { KeyData } from "./key-data.ts";
import { publicKeyOf } from "./key-data.ts";

/** What a member's keys are for. */
export interface KeyUse {
  readonly curves: readonly Curve[];
  /** Other keys are added to it, for which an X key needs its sign. */
  readonly isAdded?: boolean;
  /** A list has to hold a key of this curve. */
  readonly least?: Curve;
  /** The member that may hold the same key. */
  readonly same?: string;
}

/** The uses of an object's keys by member. */
export type KeyUses = Readonly<Record<string, KeyUse>>;

/** Uses of keys that full-size devices and accounts have. */
export const uses448 = { sign: { curves: ["Ed448"] }, agree: { curves: ["X448"], isAdded: true } } as const satisfies KeyUses;
/** Those of constrained devices: shares are points of Ed25519, whatever they are for. */
export const uses25519 = { sign: { curves: ["Ed25519"] }, point: { curves: ["Ed25519"] }, link: { curves: ["X25519"] } } as const satisfies KeyUses;

/**
 * Checks every key of an object; `path` names the object in errors.
 * Errors: ERR_KEY with the member's path, for a key that cannot be used, is not fit for its use, or stands in two places.
 */
export function checkKeys(path: string, holder: object, uses: KeyUses): void {
  const members = holder as Readonly<Record<string, KeyData | readonly KeyData[] | undefined>>;
  const places = new Map<string, string>();
  for (const [member, use] of Object.entries(uses)) {
    const held = members[member];
    const list = held === undefined ? [] : Array.isArray(held) ? (held as readonly KeyData[]) : [held as KeyData];
    const keys = list.map((data, at) => {
      const place = list === held ? `${path}.${member}[${at}]` : `${path}.${member}`;
      const key = usableKey(place, data, use);
      const before = places.get(key.udf);
      if (before !== undefined && before !== use.same) throw new MeshError("ERR_KEY", `${place}: key ${key.udf} stands in ${before}, too`);
      places.set(key.udf, member);
      return key;
    });
    const { least } = use;
    if (least !== undefined && !keys.some(({ curve }) => curve === least)) throw new MeshError("ERR_KEY", `${path}.${member}: no key of ${least}`);
  }
}

function usableKey(place: string, data: KeyData, { curves, isAdded = false }: KeyUse): PublicKey {
  let key: PublicKey;
  try {
    key = publicKeyOf(data);
  } catch (cause) {
    if (!(cause instanceof MeshError)) throw cause;
    throw new MeshError("ERR_KEY", `${place}: ${cause.message}`, { cause });
  }
  if (!curves.includes(key.curve)) throw new MeshError("ERR_KEY", `${place}: expected a key of ${curves.join(" or ")}, found ${key.curve}`);
  if (isAdded && !isSigned(key)) throw new MeshError("ERR_KEY", `${place}: key ${key.udf} lacks its sign`);
  return key;
}
