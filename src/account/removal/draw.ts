/** Draws the keys that take the place of those that somebody holds who is not to have them any more, once: keys that an administrator has drawn since are taken. */
import type { Curve } from "../../crypto/index.ts";
import { generatePrivateKey } from "../../crypto/index.ts";
import type { CatalogLabel, ReplaceableMember } from "../../schema/index.ts";
import { accessCatalog, isCatalog, isReplaceable } from "../../schema/index.ts";
import type { Authority } from "../connect/grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { authorityOf } from "../context/administrator.ts";
import type { StoreKey } from "../context/keyring.ts";
import { drawnNames, keyRules, numberInForce } from "./drawn-names.ts";
import type { DrawnKey } from "./escrow.ts";
import { drawnKeys, escrowed, keysOf, namesOf } from "./escrow.ts";
import { heldByOthers } from "./held.ts";

/** What is to be replaced. */
export interface Wanted {
  readonly stores: ReadonlyMap<CatalogLabel, number>;
  readonly members: readonly ReplaceableMember[];
}

const curves: Readonly<Record<ReplaceableMember, Curve>> = {
  AdministratorSignature: "Ed448",
  AdministratorSignature25519: "Ed25519",
  AdministratorEncryption: "X448",
  AccountEncryption: "X448",
  AccountAuthentication: "X448",
  AccountSignature: "Ed448",
};

/**
 * What there is to hand out, with a key for everything that is wanted. Errors: ERR_CONFLICT when another administrator drew at the same moment; those
 * of the service.
 */
export async function drawKeys(context: AccountContext, wanted: Wanted): Promise<Authority> {
  const { mayTake } = keyRules(context);
  let drawn = drawnKeys(context);
  const known = namesOf([...drawn, ...keysOf(authorityOf(context))]);
  const held = new Set(heldByOthers(context).map(({ Udf }) => Udf));
  const isUsed = usedNumbers(context);
  const fresh: DrawnKey[] = [];
  for (const resource of [...wanted.stores.keys(), ...wanted.members]) {
    if (known.some((key) => key.Resource === resource && mayTake(key))) continue;
    let keyEpoch = numberInForce(context, resource) + 1;
    while (isUsed(resource, keyEpoch)) keyEpoch += 1;
    fresh.push({ resource, keyEpoch, key: generatePrivateKey(isReplaceable(resource) ? curves[resource] : "X448", context.ports.random) });
  }
  if (fresh.length > 0) {
    await context.transact({ catalogs: [escrowed(context, fresh)] });
    drawn = [...drawnKeys(context), ...fresh];
  }
  return withKeys(
    authorityOf(context),
    drawn.filter(({ key }) => !held.has(key.public.udf)),
  );
}

/** Two keys have no number in common. The next free one is taken and not the one after the highest, which anybody may have named who was an administrator. */
function usedNumbers(context: AccountContext): (resource: string, keyEpoch: number) => boolean {
  const given = context.list(accessCatalog).flatMap(({ value }) => value.Capability.value.Activation?.Keys ?? []);
  const used = new Set(
    [...drawnNames(context), ...namesOf(keysOf(context.keys)), ...given].map(({ Resource, KeyEpoch }) => `${Resource} ${KeyEpoch}`),
  );
  return (resource, keyEpoch) => used.has(`${resource} ${keyEpoch}`);
}

/** What there is to hand out, with keys that this device was not given by its activation. */
function withKeys(authority: Authority, keys: readonly DrawnKey[]): Authority {
  const storeKeys = new Map(authority.storeKeys);
  const members = new Map(authority.members);
  for (const { resource, key, keyEpoch } of keys) {
    if (isCatalog(resource)) storeKeys.set(resource, added(storeKeys.get(resource), { key, keyEpoch }));
    else if (isReplaceable(resource)) members.set(resource, added(members.get(resource), { key, keyEpoch }));
  }
  return { ...authority, storeKeys, members };
}

/** Newest first. */
function added(keys: readonly StoreKey[] = [], one: StoreKey): readonly StoreKey[] {
  if (keys.some(({ key }) => key.public.udf === one.key.public.udf)) return keys;
  return [...keys, one].sort((a, b) => b.keyEpoch - a.keyEpoch);
}
