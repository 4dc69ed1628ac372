/** How the owner's device that has half of a split asks its hub to reach a new device. docs/extensions.md §16. */
import type { Struct } from "../../codec/field.ts";
import { dateTime, optional, string, struct } from "../../codec/field.ts";
import { type Result, results } from "./result.ts";

/** Signed by the device, sealed to the hub, in MMM_Command. The hub answers with OfferConnection, sealed to the device, and at the end with RespondJoin. */
export interface RequestJoin {
  readonly MessageId: string;
  readonly Sender: string;
  readonly HubUdf: string;
  readonly SplitId: string;
  /** What was scanned. */
  readonly Uri: string;
  readonly LocalName?: string;
  readonly Place?: string;
  readonly Expires: string;
}
export const RequestJoin: Struct<RequestJoin> = struct<RequestJoin>("RequestJoin", {
  MessageId: string,
  Sender: string,
  HubUdf: string,
  SplitId: string,
  Uri: string,
  LocalName: optional(string),
  Place: optional(string),
  Expires: dateTime,
});

/** What came of it. Signed by the hub, sealed to the device, in MMM_Command. */
export interface RespondJoin {
  /** responseId of the request. */
  readonly MessageId: string;
  readonly Result: Result;
  readonly DeviceUdf?: string;
  readonly ErrorCode?: string;
  readonly ErrorReport?: string;
}
export const RespondJoin: Struct<RespondJoin> = struct<RespondJoin>("RespondJoin", {
  MessageId: string,
  Result: results,
  DeviceUdf: optional(string),
  ErrorCode: optional(string),
  ErrorReport: optional(string),
});
