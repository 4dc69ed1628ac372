/** Devices under one name: "the reading lamps". Entries of MMM_Automation beside the scenes, written and read by the same. docs/extensions.md §22. */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, optional, string, struct } from "../../codec/field.ts";
import { LocalName } from "./cataloged-place.ts";

/** Some devices. Key: a random nonce. */
export interface CatalogedDeviceGroup {
  readonly Key: string;
  readonly LocalName: string;
  readonly LocalNames?: readonly LocalName[];
  /** Fingerprints. */
  readonly Devices: readonly string[];
  readonly Updated?: string;
}
export const CatalogedDeviceGroup: Struct<CatalogedDeviceGroup> = struct<CatalogedDeviceGroup>("CatalogedDeviceGroup", {
  Key: string,
  LocalName: string,
  LocalNames: optional(list(LocalName)),
  Devices: list(string),
  Updated: optional(dateTime),
});

/** Groups of an account, and devices of one: what is more is refused when it is made, and not read. */
export const mostDeviceGroups = 128;
export const mostGroupDevices = 64;
