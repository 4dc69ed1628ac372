/** Which devices of a removed hub have met the next one: until then they obey the old hub, whatever the account says. extensions §4. */
import { deviceCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";

/** A device that the removed hub spoke for. */
export interface ComingOver {
  readonly deviceUdf: string;
  /** An administration device has verified the device's own word of a newer deal. */
  readonly hasMet: boolean;
}

/** Looks at the devices of a removed hub; those that have left the account are not among them. */
export function comingOver(context: AccountContext, devices: readonly string[]): readonly ComingOver[] {
  return devices.flatMap((deviceUdf) => {
    const entry = context.get(deviceCatalog, deviceUdf);
    if (!entry) return [];
    const { HubUdf, Connected } = entry;
    return [{ deviceUdf, hasMet: HubUdf !== undefined && Connected !== undefined }];
  });
}
