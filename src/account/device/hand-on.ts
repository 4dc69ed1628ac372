/**
 * Hands on the keys that the roles of the account's devices grant and that they have not got, derived from the catalogs: accounts of versions
 * that granted less, and stores that a newer version adds. Whoever comes first makes the key of a store; at KeyEpoch 0 it derives from the seed
 * where that is at hand, else it is random. Done without a question, and told. extensions §5-6
 */
import { isMeshError } from "../../base/errors.ts";
import { deriveKey, generatePrivateKey } from "../../crypto/index.ts";
import type { AccessCapability, CatalogLabel, HeldKey, Role } from "../../schema/index.ts";
import { accessCatalog, catalogKeysOf, deviceCatalog, firstCatalogs, isRole, publicKeyOf, rightsOf, storeKeyName } from "../../schema/index.ts";
import type { Authority } from "../connect/grant.ts";
import { heldKeys } from "../connect/grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { authorityOf } from "../context/administrator.ts";
import type { StoreKey } from "../context/keyring.ts";
import { lackingKey, reissue } from "./reissue.ts";

/** A device that was given keys, and which ones: store labels, or members of ActivationAccount. */
export interface HandedOn {
  readonly deviceUdf: string;
  readonly name?: string;
  readonly keys: readonly string[];
}

/** Devices in one Transact. */
const atOnce = 24;

/**
 * Reissues the activations that lack something that this device has, itself first. The copies are up to date. Does nothing on a device that is no
 * administrator. Errors: those of the service; another administrator that is faster is none.
 */
export async function handOnKeys(context: AccountContext): Promise<readonly HandedOn[]> {
  if (!context.keys.administrator) return [];
  const late = await lateStores(context);
  const authority = withKeys(context, late);
  const lacking = membersOf(context)
    .map((member) => ({ ...member, keys: [...lackedBy(member, authority), ...oldSeed(context, member)] }))
    .filter(({ keys, roles, capability }) => keys.length > 0 && lackingKey(context, { authority, roles, capability }) === undefined)
    .sort((a, b) => Number(b.deviceUdf === context.deviceUdf) - Number(a.deviceUdf === context.deviceUdf));
  try {
    for (let from = 0; from < lacking.length; from += atOnce) {
      const catalogs = lacking.slice(from, from + atOnce).flatMap(({ deviceUdf }) => reissue(context, { deviceUdf, authority }));
      await context.transact({ catalogs });
    }
  } catch (error) {
    // Another administrator made the key of the same store: it hands it on to this one, too.
    if (isMeshError(error, "ERR_CONFLICT")) return [];
    throw error;
  }
  if (late.length > 0) await context.createStores([]);
  return lacking.map(({ deviceUdf, name, keys }) => ({ deviceUdf, ...(name === undefined ? {} : { name }), keys }));
}

/** Stores that this device's roles grant, of which nobody has made a key, and that the service knows. */
async function lateStores(context: AccountContext): Promise<readonly CatalogLabel[]> {
  const made = new Set(membersOf(context).flatMap(({ capability }) => (capability.Activation?.Keys ?? []).map(({ Resource }) => Resource)));
  const wanted = catalogKeysOf(context.roles.filter(isRole)).filter((label) => !context.keys.storeKeys.has(label) && !made.has(label));
  const known: CatalogLabel[] = [];
  for (const label of wanted) if (await isKnown(context, label)) known.push(label);
  return known;
}

async function isKnown(context: AccountContext, label: CatalogLabel): Promise<boolean> {
  try {
    await context.client.status({ Account: context.address, Catalogs: [label], Spools: [] });
    return true;
  } catch (error) {
    // The rights come with the key. Of an older service there is no such store.
    if (isMeshError(error, "ERR_NOT_AUTHORIZED")) return true;
    if (isMeshError(error, "ERR_NOT_FOUND")) return false;
    throw error;
  }
}

function withKeys(context: AccountContext, late: readonly CatalogLabel[]): Authority {
  const authority = authorityOf(context);
  if (late.length === 0) return authority;
  const { accountSeed } = authority;
  const keyOf = (label: CatalogLabel): StoreKey => ({
    key: accountSeed === undefined ? generatePrivateKey("X448", context.ports.random) : deriveKey(accountSeed, storeKeyName(label, 0), "X448"),
    keyEpoch: 0,
  });
  return { ...authority, storeKeys: new Map([...authority.storeKeys, ...late.map((label) => [label, [keyOf(label)]] as const)]) };
}

interface Member {
  readonly deviceUdf: string;
  readonly name: string | undefined;
  readonly roles: readonly Role[];
  readonly capability: AccessCapability;
}

/** The full-size devices of the account that are connected. */
function membersOf(context: AccountContext): readonly Member[] {
  return context.list(accessCatalog).flatMap(({ value }): readonly Member[] => {
    const { value: capability } = value.Capability;
    const { DeviceUdf: deviceUdf = "", Active: isActive } = capability;
    const entry = isActive ? context.directory.find(deviceUdf) : undefined;
    if (!entry || publicKeyOf(entry.connection.Authentication).udf !== capability.Id) return [];
    const name = context.get(deviceCatalog, deviceUdf)?.LocalName;
    return [{ deviceUdf, name, roles: entry.connection.Roles.filter(isRole), capability }];
  });
}

/** The seed of this device itself, where it stands in an activation of before: who signed that may be forgotten one day. */
function oldSeed(context: AccountContext, { deviceUdf }: Member): readonly string[] {
  if (deviceUdf !== context.deviceUdf || context.keys.accountSeed === undefined) return [];
  return context.get(deviceCatalog, deviceUdf)?.EnvelopedActivationSuper ? ["ActivationKey"] : [];
}

function lackedBy({ roles, capability }: Member, authority: Authority): readonly string[] {
  const granted = heldKeys(authority, { roles });
  const held = capability.Activation?.Keys ?? granted.filter(wasGranted);
  const keys = granted.filter((key) => !held.some(({ Resource, Udf }) => Resource === key.Resource && Udf === key.Udf));
  const rights = rightsOf(roles).filter((right) => !capability.Rights.includes(right));
  return [...new Set([...keys.map(({ Resource }) => Resource), ...rights.map((right) => right.split(":")[1] ?? right)])];
}

/** What versions 0.1.0 and 0.2.0, which wrote no summary, gave to a device of the same roles. */
function wasGranted({ Resource, KeyEpoch }: HeldKey): boolean {
  if (Resource === "AccountEncryption" || Resource === "AccountAuthentication") return false;
  return KeyEpoch === 0 && (!Resource.startsWith("MMM_") || firstCatalogs.some((label) => label === Resource));
}
