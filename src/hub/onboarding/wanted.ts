/** What is wanted of a device beside its connection, name and place, checked before the device is sought: nobody should wait at step accept to hear of it. */
import type { AccountContext } from "../../account/hub.ts";
import { checkDeviceName, findPlace } from "../../account/hub.ts";
import type { OnboardRequest } from "../../api/index.ts";
import { isMeshError } from "../../base/errors.ts";
import { deviceCatalog } from "../../schema/index.ts";
import type { DescriptionCache } from "./description-cache.ts";
import { openDescribed } from "./meet.ts";
import { parseDeviceCode } from "./scan.ts";

/** Name and place, where they are wanted. */
export type Wanted = Pick<OnboardRequest, "name" | "place">;

/**
 * The same as they will stand in the account. A device that is known already may be called as it is; whether the code is one is not told here.
 * Errors: ERR_NAME; ERR_NOT_FOUND with the places that are there, ERR_AMBIGUOUS.
 */
export async function checkWanted(
  { uri, name, place }: OnboardRequest,
  { account, cache }: { readonly account: AccountContext; readonly cache: DescriptionCache },
): Promise<Wanted> {
  const found = place === undefined ? undefined : findPlace(account, place);
  if (name === undefined) return { place };
  const udf = await knownDevice(cache, uri);
  const current = udf === undefined ? undefined : account.get(deviceCatalog, udf);
  return { name: checkDeviceName(account, name, { udf, place: found?.Key ?? current?.Place }), place };
}

/** The device of a code that was read before. */
async function knownDevice(cache: DescriptionCache, uri: string): Promise<string | undefined> {
  try {
    const code = parseDeviceCode(uri);
    const sealed = await cache.get(code.publicationId);
    return sealed && openDescribed(code, sealed).opened.deviceUdf;
  } catch (error) {
    // A code that is none and a damaged file of the cache are told by the run.
    if (isMeshError(error)) return undefined;
    throw error;
  }
}
