/** Commands from afar and their answers. extensions §7. */
import type { Struct } from "../../codec/field.ts";
import { dateTime, list, optional, string, struct } from "../../codec/field.ts";
import { Head } from "../catalog/catalog-update.ts";
import { CatalogedState } from "../catalog/cataloged-state.ts";
import { StateValue } from "../device/state.ts";
import { type Result, results } from "./result.ts";

/** A command from afar, signed by the sender's Signature key, sealed to the hub, in MMM_Command. */
export interface RequestCommand {
  readonly MessageId: string;
  /** UDF of the sending device. */
  readonly Sender: string;
  readonly HubUdf: string;
  readonly DeviceUdf: string;
  readonly LocalName?: string;
  readonly Command: string;
  readonly Arguments: readonly StateValue[];
  readonly Expires: string;
  readonly CommandEpoch: string;
  readonly Heads?: readonly Head[];
}
export const RequestCommand: Struct<RequestCommand> = struct<RequestCommand>("RequestCommand", {
  MessageId: string,
  Sender: string,
  HubUdf: string,
  DeviceUdf: string,
  LocalName: optional(string),
  Command: string,
  Arguments: list(StateValue),
  Expires: dateTime,
  CommandEpoch: string,
  Heads: optional(list(Head)),
});

/** The hub's answer; MessageId = response id of the request. Signed by the hub, sealed to the sender, in MMM_Command. */
export interface RespondCommand {
  readonly MessageId: string;
  readonly HubUdf: string;
  readonly Result: Result;
  readonly State?: CatalogedState;
  readonly ErrorReport?: string;
  readonly Heads?: readonly Head[];
}
export const RespondCommand: Struct<RespondCommand> = struct<RespondCommand>("RespondCommand", {
  MessageId: string,
  HubUdf: string,
  Result: results,
  State: optional(CatalogedState),
  ErrorReport: optional(string),
  Heads: optional(list(Head)),
});
