/**
 * What a device says of itself under its own key in the account: EnvelopedReported. extensions §15. Signed by device and hub together (verb Sign)
 * under the composite Signature key of ConnectionDevice, compact envelope; the hub alone cannot make one.
 */
import type { Struct } from "../../codec/field.ts";
import { binary, integer, list, optional, string, struct } from "../../codec/field.ts";
import { type Result, results } from "../message/result.ts";
import { StateValue } from "./state.ts";

/** A signed report: of an event, in answer to a reader's nonce, or of what became of an order. */
export interface DeviceReport {
  readonly AccountUdf: string;
  readonly DeviceUdf: string;
  readonly DealEpoch: number;
  /** Rises with every report of the device, signed or not. */
  readonly Sequence: number;
  readonly Values: readonly StateValue[];
  /** Of the order that it answers. */
  readonly MessageId?: string;
  /** With MessageId: the nonce of that order. Without: the reader's, who asked how things are now. */
  readonly Nonce?: Uint8Array;
  /** With MessageId: what became of the order. */
  readonly Result?: Result;
  readonly ErrorCode?: string;
}
export const DeviceReport: Struct<DeviceReport> = struct<DeviceReport>("DeviceReport", {
  AccountUdf: string,
  DeviceUdf: string,
  DealEpoch: integer,
  Sequence: integer,
  Values: list(StateValue),
  MessageId: optional(string),
  Nonce: optional(binary),
  Result: optional(results),
  ErrorCode: optional(string),
});
