/**
 * Which keys count as drawn. Only what an administrator has named in the entry for escrow may take the place of another key: whoever was an administrator
 * can have given others any key, by their activations or sealed beside the names, and what was named before it went is held by it. extensions §5
 */
import type { CatalogLabel, HeldKey } from "../../schema/index.ts";
import { escrowCatalog, isCatalog, isReplaceable } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { MemberKeys } from "../context/member-keys.ts";
import { heldByOthers } from "./held.ts";

/** Key of the one entry of its kind. */
export const escrowKey = "escrow";

/** The names of all keys that were ever drawn. */
export function drawnNames(context: AccountContext): readonly HeldKey[] {
  return context.get(escrowCatalog, escrowKey)?.Keys ?? [];
}

/** What decides about keys, by what the catalogs say now. */
export interface KeyRules {
  /** True when a key was drawn to take the place of the one in force, and nobody has it who is not to have it. */
  mayTake(key: HeldKey): boolean;
  /** True when a key is later than the one in force, and nobody has drawn it: it is handed to nobody. */
  isPlanted(key: HeldKey): boolean;
  /** True when a key is later than the one in force, and will never be in force: nobody loses anything with it. */
  isDead(key: HeldKey): boolean;
}

/** The rules of this moment. */
export function keyRules(context: AccountContext): KeyRules {
  const names = new Set(drawnNames(context).map(nameOf));
  const isLater = ({ Resource, KeyEpoch }: HeldKey): boolean => KeyEpoch > numberInForce(context, Resource);
  let held: ReadonlySet<string> | undefined;
  const isHeld = ({ Udf }: HeldKey): boolean => {
    held ??= new Set(heldByOthers(context).map((key) => key.Udf));
    return held.has(Udf);
  };
  const isPlanted = (key: HeldKey): boolean => isLater(key) && !names.has(nameOf(key));
  return {
    mayTake: (key) => isLater(key) && names.has(nameOf(key)) && !isHeld(key),
    isPlanted,
    isDead: (key) => isPlanted(key) || (isLater(key) && isHeld(key)),
  };
}

function nameOf({ Resource, KeyEpoch, Udf }: HeldKey): string {
  return `${Resource} ${KeyEpoch} ${Udf}`;
}

/** KeyEpoch of the key in force; 0 where this device has none. */
export function numberInForce(context: AccountContext, resource: string): number {
  if (isCatalog(resource)) return context.keys.storeKeys.has(resource) ? context.keyEpochOf(resource) : 0;
  if (!isReplaceable(resource)) return 0;
  const { Udf } = context.profile[resource];
  return context.keys.members.get(resource)?.find(({ key }) => key.public.udf === Udf)?.keyEpoch ?? 0;
}

/** Without the keys that nobody has drawn. */
export function withoutPlanted(context: AccountContext): Pick<AccountContext["keys"], "storeKeys" | "members"> {
  const { isPlanted } = keyRules(context);
  const left = <
    L extends CatalogLabel | string,
    K extends { readonly key: { readonly public: { readonly udf: string } }; readonly keyEpoch: number },
  >(
    all: ReadonlyMap<L, readonly K[]>,
  ): ReadonlyMap<L, readonly K[]> =>
    new Map(
      [...all].map(([Resource, keys]) => [
        Resource,
        keys.filter(({ key, keyEpoch: KeyEpoch }) => !isPlanted({ Resource, KeyEpoch, Udf: key.public.udf })),
      ]),
    );
  const { storeKeys, members } = context.keys;
  return { storeKeys: left(storeKeys), members: left(members) satisfies MemberKeys };
}
