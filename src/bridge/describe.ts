/** Descriptions of foreign devices, made from the drivers of the house: a device has of its class what its bridge can say, in no wider bounds than the driver's. */
import { MeshError } from "../base/errors.ts";
import type { Driver } from "../driver/index.ts";
import { describeProperty } from "../driver/index.ts";
import type { DeviceDescription, DeviceProperty } from "../schema/index.ts";

/** A property that the device has. */
export interface Picked {
  readonly property: string;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  /** Of an enum: those that it can be. */
  readonly values?: readonly string[];
  /** It can be told, too. */
  readonly isWritable: boolean;
}

/** What a device is. */
export interface Described {
  readonly manufacturer: string;
  readonly model: string;
  readonly version: string;
  readonly properties: readonly Picked[];
  /** Commands without arguments that it carries out. */
  readonly commands: readonly string[];
}

/** The description of a foreign device. It judges no orders: it has no key of its own. Errors: ERR_DRIVER for a driver that lacks what is picked. */
export function describeForeign(driver: Driver, { manufacturer, model, version, properties, commands }: Described): DeviceDescription {
  const described = properties.map((picked) => narrowed(driver, picked));
  const writable = described.filter(({ Writable }) => Writable === true).map(({ Name }) => Name);
  const known = commands.filter((name) => driver.Commands.some(({ Name }) => Name === name));
  return {
    Manufacturer: manufacturer,
    Model: model,
    Version: version,
    Class: driver.Class,
    Properties: described,
    Commands: [...(writable.length === 0 ? [] : [{ Name: "Set", Arguments: writable }]), ...known.map((Name) => ({ Name }))],
  };
}

function narrowed(driver: Driver, { property: name, minimum, maximum, values, isWritable }: Picked): DeviceProperty {
  const found = driver.Properties.find(({ Name }) => Name === name);
  if (!found) throw new MeshError("ERR_DRIVER", `the driver ${driver.Class} has no property ${name}`);
  const { Writable = false, Minimum, Maximum, Values, ...rest } = describeProperty(found);
  const low = minimum === undefined ? Minimum : Math.max(minimum, Minimum ?? minimum);
  const high = maximum === undefined ? Maximum : Math.min(maximum, Maximum ?? maximum);
  const isSane = low === undefined || high === undefined || low < high;
  const choices = values ? Values?.filter((value) => values.includes(value)) : Values;
  return {
    ...rest,
    ...(Writable && isWritable ? { Writable: true } : {}),
    ...(found.Type === "number" ? bounds(isSane ? { low, high } : { low: Minimum, high: Maximum }) : {}),
    ...(choices && choices.length > 0 ? { Values: choices } : {}),
  };
}

function bounds({ low, high }: { readonly low: number | undefined; readonly high: number | undefined }): Pick<DeviceProperty, "Minimum" | "Maximum"> {
  return { ...(low === undefined ? {} : { Minimum: low }), ...(high === undefined ? {} : { Maximum: high }) };
}
