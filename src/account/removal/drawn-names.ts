/**
 * Which keys count as drawn. Only what an administrator has named in the entry for escrow may take the place of another key: whoever was an administrator
 * can have given others any key, by their activations or sealed beside the names, and what was named before it went is held by it. extensions §5
 */
import type { CatalogedEscrow, CatalogLabel, HeldKey } from "../../schema/index.ts";
import { escrowCatalog, isCatalog, isReplaceable } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { MemberKeys } from "../context/member-keys.ts";
import { mostKeysAhead } from "../store/epoch-keys.ts";
import { heldByOthers } from "./held.ts";

/** Key of the one entry of its kind. */
export const escrowKey = "escrow";

/** Names that count: fifty administrators can be removed between the first of them and the last. */
const mostNames = 1024;

/** The names of the keys that were drawn, of more than count the newest: an administrator that writes any number of them keeps none of its keys by it. */
export function drawnNames(context: AccountContext): readonly HeldKey[] {
  return namesIn(context.get(escrowCatalog, escrowKey));
}

/** The same in an entry. */
export function namesIn(escrow: CatalogedEscrow | undefined): readonly HeldKey[] {
  return escrow?.Keys.slice(-mostNames) ?? [];
}

/** What decides about keys. */
export interface KeyRules {
  /** True when a key was drawn to take the place of the one in force, and nobody has it who is not to have it. */
  mayTake(key: HeldKey): boolean;
  /** True when a key is later than the one in force, and nobody has drawn it: it is handed to nobody. */
  isPlanted(key: HeldKey): boolean;
  /** True when a key is later than the one in force, and will never be in force: nobody loses anything with it. */
  isDead(key: HeldKey): boolean;
}

/** What the rules follow from. */
export interface KeyFacts {
  /** Names of keys that were drawn. */
  readonly names: readonly HeldKey[];
  /** Keys of those who are not to have them any more. */
  readonly held: () => readonly HeldKey[];
  /** KeyEpoch of the key in force. */
  readonly inForce: (resource: string) => number;
}

/** The rules of this moment, by what the catalogs say. */
export function keyRules(context: AccountContext): KeyRules {
  return rulesOf({
    names: drawnNames(context),
    held: () => heldByOthers(context),
    inForce: (resource) => numberInForce(context, resource),
  });
}

/** The rules that follow from what is so. */
export function rulesOf(facts: KeyFacts): KeyRules {
  const names = new Set(facts.names.map(nameOf));
  const isLater = ({ Resource, KeyEpoch }: HeldKey): boolean => KeyEpoch > facts.inForce(Resource);
  const isDrawn = (key: HeldKey): boolean => names.has(nameOf(key)) && key.KeyEpoch - facts.inForce(key.Resource) <= mostKeysAhead;
  let held: ReadonlySet<string> | undefined;
  const isHeld = ({ Udf }: HeldKey): boolean => {
    held ??= new Set(facts.held().map((key) => key.Udf));
    return held.has(Udf);
  };
  const isPlanted = (key: HeldKey): boolean => isLater(key) && !isDrawn(key);
  return {
    mayTake: (key) => isLater(key) && isDrawn(key) && !isHeld(key),
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
