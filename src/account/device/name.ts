/** Names of devices: labels in the device catalog, changed by devices that may write it. */

import { dateTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { type CatalogedDevice, deviceCatalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import { checkDeviceName } from "../naming/check.ts";
import { isCalled } from "../naming/taken.ts";
import { findPlace } from "../place/place.ts";
import { edit } from "../store/edit.ts";

/** What changes; an empty list of aliases removes them. */
export interface NameOptions {
  readonly localName?: string;
  readonly aliases?: readonly string[];
  readonly place?: string;
}

/** Names a device, gives it other names, puts it somewhere. Errors: ERR_NAME, ERR_NOT_FOUND. */
export async function nameDevice(context: AccountContext, deviceUdf: string, names: NameOptions): Promise<CatalogedDevice> {
  const place = names.place === undefined ? undefined : findPlace(context, names.place);
  await context.transact({
    catalogs: [
      edit(deviceCatalog, deviceUdf, (device) => {
        if (!device) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`, { hint: "see 'meshman device list'" });
        const spot = { udf: deviceUdf, place: place?.Key ?? device.Place };
        // A move alone is a naming too: the name may be taken in the new place.
        const wanted = names.localName ?? (place === undefined ? undefined : device.LocalName);
        return {
          ...device,
          Updated: dateTime(context.ports.clock.now()),
          ...(wanted === undefined ? {} : { LocalName: checkDeviceName(context, wanted, spot) }),
          ...(names.aliases === undefined ? {} : { LocalNames: names.aliases.map((name) => ({ Name: checkDeviceName(context, name, spot) })) }),
          ...(place === undefined ? {} : { Place: place.Key }),
        };
      }),
    ],
  });
  const device = context.get(deviceCatalog, deviceUdf);
  if (!device) throw new MeshError("ERR_NOT_FOUND", `no device ${deviceUdf}`);
  return device;
}

/** The device of a name, another name, or at least eight characters of its fingerprint. Errors: ERR_NOT_FOUND, ERR_AMBIGUOUS. */
export function findDevice(context: AccountContext, text: string): CatalogedDevice {
  const plain = text.replaceAll("-", "").toUpperCase();
  const devices = context.list(deviceCatalog).map(({ value }) => value);
  const found = devices.filter((device) => (plain.length >= 8 && device.DeviceUdf.replaceAll("-", "").startsWith(plain)) || isCalled(device, text));
  const [device, ...others] = found;
  if (!device)
    throw new MeshError("ERR_NOT_FOUND", `no device is called ${JSON.stringify(text.slice(0, 80))}`, { hint: "see 'meshman device list'" });
  if (others.length > 0) {
    throw new MeshError(
      "ERR_AMBIGUOUS",
      `${found.length} devices are called ${JSON.stringify(text)}: ${found.map(({ DeviceUdf }) => DeviceUdf).join(", ")}`,
    );
  }
  return device;
}
