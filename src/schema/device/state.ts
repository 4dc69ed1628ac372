/** Values and states of devices. docs/extensions.md §7. */
import type { Datum } from "../../codec/datum.ts";
import type { Struct } from "../../codec/field.ts";
import { anything, dateTime, integer, list, optional, string, struct } from "../../codec/field.ts";

/** One property and its value (boolean, number or text). */
export interface StateValue {
  readonly Name: string;
  readonly Value: Datum;
}
export const StateValue: Struct<StateValue> = struct<StateValue>("StateValue", { Name: string, Value: anything });

/** What a device reported, or what is wanted of it. */
export interface DeviceState {
  readonly DeviceUdf: string;
  readonly Sequence: number;
  readonly Time?: string;
  readonly Values: readonly StateValue[];
}
export const DeviceState: Struct<DeviceState> = struct<DeviceState>("DeviceState", {
  DeviceUdf: string,
  Sequence: integer,
  Time: optional(dateTime),
  Values: list(StateValue),
});
