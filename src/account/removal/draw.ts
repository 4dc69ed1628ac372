/** Draws the keys that take the place of those that somebody holds who is not to have them any more, once: keys that an administrator drew already are taken. */
import type { Curve } from "../../crypto/index.ts";
import { generatePrivateKey } from "../../crypto/index.ts";
import type { CatalogLabel, ReplaceableMember } from "../../schema/index.ts";
import { isCatalog, isReplaceable } from "../../schema/index.ts";
import type { Authority } from "../connect/grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { authorityOf } from "../context/administrator.ts";
import type { StoreKey } from "../context/keyring.ts";
import type { DrawnKey } from "./escrow.ts";
import { drawnKeys, drawnNames, escrowed, keysOf } from "./escrow.ts";
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
  const known = [...drawnKeys(context), ...keysOf(authorityOf(context))];
  const held = new Set(heldByOthers(context).map(({ Udf }) => Udf));
  const names = drawnNames(context);
  const fresh: DrawnKey[] = [];
  for (const resource of [...wanted.stores.keys(), ...wanted.members]) {
    const least = isCatalog(resource) ? (wanted.stores.get(resource) ?? 0) : -1;
    const isThere = known.some((key) => key.resource === resource && key.keyEpoch > least && !held.has(key.key.public.udf));
    if (isThere) continue;
    const numbers = [...known.filter((key) => key.resource === resource), ...names.filter(({ Resource }) => Resource === resource)];
    const last = numbers.reduce((highest, one) => Math.max(highest, "keyEpoch" in one ? one.keyEpoch : one.KeyEpoch), Math.max(least, 0));
    fresh.push({ resource, keyEpoch: last + 1, key: generatePrivateKey(isReplaceable(resource) ? curves[resource] : "X448", context.ports.random) });
  }
  if (fresh.length > 0) await context.transact({ catalogs: [escrowed(context, fresh)] });
  return withKeys(
    authorityOf(context),
    [...drawnKeys(context), ...fresh].filter(({ key }) => !held.has(key.public.udf)),
  );
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
