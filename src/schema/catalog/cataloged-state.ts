/** Last known states of devices. extensions §7. */
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, integer, optional, string, struct, word } from "../../codec/field.ts";
import type { DeviceReport } from "../device/device-report.ts";
import { DeviceState } from "../device/state.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";

/** Shadow of a device, or of the hub itself (DeviceUdf = Via), written by its hub alone. extensions §7. */
export interface CatalogedState {
  readonly DeviceUdf: string;
  readonly Updated: string;
  readonly Sequence: number;
  readonly Status: "Online" | "Offline" | "Sleeping" | "Unknown";
  readonly LastContact?: string;
  readonly Reported?: DeviceState;
  readonly Desired?: DeviceState;
  readonly Via: string;
  /** The newest report that the device itself has signed: every reader verifies it. extensions §15. */
  readonly EnvelopedReported?: Enveloped<DeviceReport>;
  /** In the hub's own entry: random per start, named by every command. */
  readonly CommandEpoch?: string;
  /** Events of the device beyond its budget that have no entry of their own, since its hub knows it. */
  readonly EventsLost?: number;
  /** In the hub's own entry: lines of its audit, and the digest of the newest. extensions §20. */
  readonly AuditCount?: number;
  readonly AuditDigest?: Uint8Array;
}
export const CatalogedState: Struct<CatalogedState> = struct<CatalogedState>("CatalogedState", {
  DeviceUdf: string,
  Updated: dateTime,
  Sequence: integer,
  Status: word("Online", "Offline", "Sleeping", "Unknown"),
  LastContact: optional(dateTime),
  Reported: optional(DeviceState),
  Desired: optional(DeviceState),
  Via: string,
  EnvelopedReported: optional(enveloped<DeviceReport>()),
  CommandEpoch: optional(string),
  EventsLost: optional(integer),
  AuditCount: optional(integer),
  AuditDigest: optional(binary),
});
