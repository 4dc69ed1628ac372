/** What a device is and can do, made by its maker from a driver. docs/design.md §6. */
import type { Struct } from "../../codec/field.ts";
import { binary, boolean, list, optional, real, string, struct, word } from "../../codec/field.ts";

/** One value that a device has. */
export interface DeviceProperty {
  readonly Name: string;
  readonly Type: "boolean" | "number" | "string" | "enum";
  readonly Unit?: string;
  readonly Writable?: boolean;
  /** Each change is an event: never coalesced. */
  readonly Event?: boolean;
  readonly Minimum?: number;
  readonly Maximum?: number;
  readonly Step?: number;
  readonly Values?: readonly string[];
}
export const DeviceProperty: Struct<DeviceProperty> = struct<DeviceProperty>("DeviceProperty", {
  Name: string,
  Type: word("boolean", "number", "string", "enum"),
  Unit: optional(string),
  Writable: optional(boolean),
  Event: optional(boolean),
  Minimum: optional(real),
  Maximum: optional(real),
  Step: optional(real),
  Values: optional(list(string)),
});

/** One thing that a device does when told; its arguments are properties, by name. */
export interface DeviceCommand {
  readonly Name: string;
  readonly Arguments?: readonly string[];
}
export const DeviceCommand: Struct<DeviceCommand> = struct<DeviceCommand>("DeviceCommand", { Name: string, Arguments: optional(list(string)) });

/** Other programs that the device takes (docs/device-link.md §7.3). */
export interface DevicePrograms {
  /** What they are for, in the maker's words. */
  readonly Product: string;
  /** The Ed25519 key, 32 octets, that signs them. */
  readonly Signer: Uint8Array;
}
export const DevicePrograms: Struct<DevicePrograms> = struct<DevicePrograms>("DevicePrograms", { Product: string, Signer: binary });

/** What a device is and can do. `Class` names the driver ("light"). */
export interface DeviceDescription {
  readonly Manufacturer: string;
  readonly Model: string;
  readonly Version: string;
  readonly Class: string;
  readonly Properties: readonly DeviceProperty[];
  readonly Commands: readonly DeviceCommand[];
  /** It judges its risky commands itself, and takes them from the owner's devices alone. extensions §15. */
  readonly Judges?: boolean;
  /** Absent of a device that takes none, or whose maker has not said who signs them. */
  readonly Programs?: DevicePrograms;
}
export const DeviceDescription: Struct<DeviceDescription> = struct<DeviceDescription>("DeviceDescription", {
  Manufacturer: string,
  Model: string,
  Version: string,
  Class: string,
  Properties: list(DeviceProperty),
  Commands: list(DeviceCommand),
  Judges: optional(boolean),
  Programs: optional(DevicePrograms),
});
