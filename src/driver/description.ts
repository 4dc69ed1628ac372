/** Makes the DeviceDescription (docs/design.md §6) that a maker signs from the driver of its class. */
import type { DeviceDescription, DevicePrograms, DeviceProperty } from "../schema/device/device-description.ts";
import type { Driver, DriverProperty } from "./driver-schema.ts";

/** What the maker adds to a driver. */
export interface MakerData {
  readonly manufacturer: string;
  readonly model: string;
  readonly version: string;
  /** Other programs that its devices take. */
  readonly programs?: DevicePrograms;
  /** Commands and properties of the class that this model lacks. */
  readonly without?: readonly string[];
}

/** Description of one model of a class. */
export function describeDevice(driver: Driver, maker: MakerData): DeviceDescription {
  const has = ({ Name }: { readonly Name: string }): boolean => maker.without?.includes(Name) !== true;
  return {
    Manufacturer: maker.manufacturer,
    Model: maker.model,
    Version: maker.version,
    Class: driver.Class,
    Properties: driver.Properties.filter(has).map(describeProperty),
    Commands: driver.Commands.filter(has).map(({ Name, Arguments }) =>
      Arguments === undefined ? { Name } : { Name, Arguments: Arguments.filter((argument) => has({ Name: argument })) },
    ),
    ...(driver.Judges === true ? { Judges: true } : {}),
    ...(maker.programs === undefined ? {} : { Programs: maker.programs }),
  };
}

/** Property as a description has it: the way of gathering changes shrinks to the mark of an event. */
export function describeProperty({ Coalescing, ...property }: DriverProperty): DeviceProperty {
  return Coalescing === "event" ? { ...property, Event: true } : property;
}

/** How changes of a property are gathered (docs/design.md §7); devices tell in their description only whether it is an event. */
export function coalescingOf(property: DeviceProperty): DriverProperty["Coalescing"] {
  if (property.Event === true) return "event";
  return property.Writable === true ? "actuator" : "telemetry";
}
