/** Commands from afar and their answers. extensions §7. */
import type { Struct } from "../../codec/field.ts";
import { binary, dateTime, integer, list, optional, string, struct } from "../../codec/field.ts";
import { Head } from "../catalog/catalog-update.ts";
import { CatalogedState } from "../catalog/cataloged-state.ts";
import type { DeviceReport } from "../device/device-report.ts";
import { StateValue } from "../device/state.ts";
import type { Enveloped } from "../enveloped.ts";
import { enveloped } from "../enveloped.ts";
import { type Result, results } from "./result.ts";

/** The command of a hub itself: a link that opens its page once. DeviceUdf is then the hub's own, Arguments are empty. */
export const openPageCommand = "OpenPage";
/** The class that a hub counts as where an order to it is judged: it is none of the drivers', so such an order is risky. */
export const hubClass = "hub";

/** A link to the page of a hub, and what its certificate is to be known by. */
export interface PageLink {
  readonly Url: string;
  /** How long it opens the page. */
  readonly Seconds: number;
  /** SHA-256 of the hub's certificate authority, or of its owner's own certificate. */
  readonly Fingerprint?: string;
}
export const PageLink: Struct<PageLink> = struct<PageLink>("PageLink", { Url: string, Seconds: integer, Fingerprint: optional(string) });

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
  /**
   * For a device that judges itself: the DeviceOrder, sealed to the device alone. Command is then what it says, without arguments.
   * Without it the hub fetches a nonce from the device and answers Pending with it.
   */
  readonly SealedOrder?: Uint8Array;
  /** MessageId of the DeviceOrder inside, which the device's report names. */
  readonly OrderId?: string;
  /** Asks for a report that the device signs over this nonce; nothing is carried out. Command is then empty. */
  readonly ReportNonce?: Uint8Array;
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
  SealedOrder: optional(binary),
  OrderId: optional(string),
  ReportNonce: optional(binary),
  Heads: optional(list(Head)),
});

/** The hub's answer; MessageId = response id of the request. Signed by the hub, sealed to the sender, in MMM_Command. */
export interface RespondCommand {
  readonly MessageId: string;
  readonly HubUdf: string;
  readonly Result: Result;
  readonly State?: CatalogedState;
  readonly ErrorReport?: string;
  /** With Pending: what the device gave out for one order, for so many seconds of its uptime, under its deal. */
  readonly Nonce?: Uint8Array;
  readonly NonceSeconds?: number;
  readonly DealEpoch?: number;
  /** The device's own word. */
  readonly EnvelopedReported?: Enveloped<DeviceReport>;
  /** What `OpenPage` asked for. */
  readonly Page?: PageLink;
  readonly Heads?: readonly Head[];
}
export const RespondCommand: Struct<RespondCommand> = struct<RespondCommand>("RespondCommand", {
  MessageId: string,
  HubUdf: string,
  Result: results,
  State: optional(CatalogedState),
  ErrorReport: optional(string),
  Nonce: optional(binary),
  NonceSeconds: optional(integer),
  DealEpoch: optional(integer),
  EnvelopedReported: optional(enveloped<DeviceReport>()),
  Page: optional(PageLink),
  Heads: optional(list(Head)),
});
