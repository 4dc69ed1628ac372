/**
 * Entries of MMM_Access that let in what is no device of the account: of no device, of a connection that is over, with a link key that the connection does
 * not name, or with an administrator's rights for who is none. Whoever was an administrator can have left such a thing, and the service goes by it.
 * extensions §6
 */
import { equalBytes } from "../../base/bytes.ts";
import { encodeObject } from "../../codec/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import { AccessCapability, accessCatalog, CatalogedAccess, deviceCatalog, isRole, mayAppend, rightsOf } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";

/** An entry that was put right. */
export interface StrayAccess {
  readonly id: string;
  /** Link keys that are let in no more. */
  readonly links: readonly string[];
}

interface Stray extends StrayAccess {
  readonly write: CatalogWrite;
}

/** Stores whose writers are administrators. */
const administered: readonly StoreLabel[] = ["MMM_Access", "MMM_Device"];

/** What is stray by the copies of this moment, and the changes that put it right. */
export function strayAccess(context: AccountContext): readonly Stray[] {
  return context.list(accessCatalog).flatMap(({ key, value: seen }) => {
    const right = corrected(context, key, seen);
    if (right === seen) return [];
    const { value: next } = right.Capability;
    const links = seen.Capability.value.LinkUdf.filter((link) => !next.Active || !next.LinkUdf.includes(link));
    const octets = encodeObject(CatalogedAccess, seen);
    // Another administrator may have written it anew meanwhile: the next turn looks at that.
    const write = edit(accessCatalog, key, (now) =>
      now && equalBytes(encodeObject(CatalogedAccess, now), octets) ? corrected(context, key, now) : now,
    );
    return [{ id: key, links, write }];
  });
}

/** The same entry when there is nothing to it. */
function corrected({ directory }: AccountContext, key: string, entry: CatalogedAccess): CatalogedAccess {
  const { value } = entry.Capability;
  if (!value.Active) return entry;
  const connection = directory.find(value.DeviceUdf ?? "")?.connection;
  if (!connection || key !== value.Id || connection.Authentication.Udf !== value.Id) {
    const { EnvelopedCatalogedDevice: _entry, CatalogedDeviceDigest: _digest, ...rest } = value;
    return { Capability: { tag: AccessCapability.tag, value: { ...rest, Active: false, Rights: [] } } };
  }
  const LinkUdf = value.LinkUdf.filter((link) => connection.Link.some(({ Udf }) => Udf === link));
  const own = rightsOf(connection.Roles.filter(isRole));
  const hasMore = administered.some((label) => mayAppend(value.Rights, label) && !mayAppend(own, label));
  if (LinkUdf.length === value.LinkUdf.length && !hasMore) return entry;
  return { Capability: { tag: AccessCapability.tag, value: { ...value, LinkUdf, ...(hasMore ? { Rights: own } : {}) } } };
}

/**
 * What is stray when MMM_Device was looked at once more: a sync fetches it before MMM_Access, so that of a device which is connected in between the one
 * entry is seen and the other is not. Errors: those of the service and of the copies.
 */
export async function settledStrays(context: AccountContext): Promise<readonly Stray[]> {
  if (strayAccess(context).length === 0) return [];
  await context.sync({ stores: [deviceCatalog.label] });
  return strayAccess(context);
}

/** Puts right what is stray. The copies are up to date. @returns what was. Errors: those of the service and of the copies. */
export async function endStrayAccess(context: AccountContext): Promise<readonly StrayAccess[]> {
  if (!context.keys.administrator) return [];
  const strays = await settledStrays(context);
  if (strays.length === 0) return [];
  await context.transact({ catalogs: strays.map(({ write }) => write) });
  for (const { id, links } of strays) context.ports.log.warn("access.stray", { id, links: links.join(" ") });
  return strays.map(({ id, links }) => ({ id, links }));
}
