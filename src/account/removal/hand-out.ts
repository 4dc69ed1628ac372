/** Hands keys out by reissued activations, to every device whose roles grant them, and signs anew what an administrators' key of before had signed. extensions §5 */
import { asMeshError, isMeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import { accessCatalog, isRole } from "../../schema/index.ts";
import type { Authority } from "../connect/grant.ts";
import { heldKeys } from "../connect/grant.ts";
import type { AccountContext } from "../context/account-context.ts";
import { administratorOf } from "../context/administrator.ts";
import { isOfSurroundings } from "../context/surroundings.ts";
import { reissue } from "../device/reissue.ts";
import { heldByOthers } from "./held.ts";

/** A device that could not be given keys. */
export interface Without {
  readonly deviceUdf: string;
  readonly reason: string;
}

/** Devices that are given keys in one Transact: two entries of each, and a request has to stay below what the service takes. */
const batch = 6;

/**
 * Gives the newest keys to every device that has not got them, this one first. One that cannot be given them stops no other.
 * Errors: ERR_CONFLICT, and those of the service.
 */
export async function handOut(context: AccountContext, authority: Authority): Promise<readonly Without[]> {
  const without: Without[] = [];
  const lacking = devicesToReissue(context, authority).sort((a, b) => Number(b === context.deviceUdf) - Number(a === context.deviceUdf));
  for (let at = 0; at < lacking.length; at += batch) {
    const some = lacking.slice(at, at + batch);
    try {
      await context.transact({ catalogs: some.flatMap((deviceUdf) => reissue(context, { deviceUdf, authority })) });
    } catch (error) {
      if (isOfSurroundings(error) || isMeshError(error, "ERR_CONFLICT")) throw error;
      for (const deviceUdf of some) appendAll(without, await handTo(context, deviceUdf, authority));
    }
  }
  return without;
}

async function handTo(context: AccountContext, deviceUdf: string, authority: Authority): Promise<readonly Without[]> {
  try {
    await context.transact({ catalogs: reissue(context, { deviceUdf, authority }) });
    return [];
  } catch (error) {
    if (isOfSurroundings(error) || isMeshError(error, "ERR_CONFLICT")) throw error;
    return [{ deviceUdf, reason: asMeshError(error).message }];
  }
}

/** Full-size devices that lack the newest key, of those that nobody else has, of something that their roles grant, or whose connection the administrators of before signed. */
export function devicesToReissue(context: AccountContext, authority: Authority): string[] {
  const { udf } = administratorOf(context).signature.public;
  const held = new Set(heldByOthers(context).map((key) => key.Udf));
  return context.list(accessCatalog).flatMap(({ value }) => {
    const { Active, DeviceUdf, Activation } = value.Capability.value;
    const entry = DeviceUdf === undefined ? undefined : context.directory.find(DeviceUdf);
    if (!Active || !entry) return [];
    const keys = heldKeys(authority, { roles: entry.connection.Roles.filter(isRole) }).filter((key) => !held.has(key.Udf));
    const isNewest = ({ Resource, KeyEpoch }: (typeof keys)[number]): boolean =>
      !keys.some((other) => other.Resource === Resource && other.KeyEpoch > KeyEpoch);
    // Those of KeyEpoch 0 go with every activation.
    const lacks = keys.some(
      (key) => key.KeyEpoch > 0 && isNewest(key) && !Activation?.Keys.some((held) => held.Resource === key.Resource && held.Udf === key.Udf),
    );
    return lacks || entry.signedBy !== udf ? [entry.udf] : [];
  });
}
