/**
 * The messages of the device link, in JSON-B with their type tag (docs/device-link.md, Verbs).
 * `Id` joins an answer (Result, Contribution) to its request; each side counts its own. What is sealed, signed or verified stands
 * inside as octets: the link carries it unread. The verbs of keys held in parts are in power-verb.ts. Update is a name kept for later; who does
 * not know a verb rejects it.
 */
import { MeshError } from "../base/errors.ts";
import { shorten } from "../base/shorten.ts";
import { isObject } from "../codec/datum.ts";
import type { Struct } from "../codec/field.ts";
import { binary, integer, list, optional, string, struct, untag, word } from "../codec/field.ts";
import { decodeJsonB } from "../codec/jbcd/decode.ts";
import { encodeObjectB } from "../codec/object.ts";
import { StateValue } from "../schema/device/state.ts";
import * as power from "./power-verb.ts";

/** Asks, in clear, for the sealed description. */
export type DescribeRequest = Record<never, never>;
export const DescribeRequest: Struct<DescribeRequest> = struct<DescribeRequest>("DescribeRequest", {});

/** The sealed description, in clear: only who holds the code can open it. */
export interface Described {
  readonly Description: Uint8Array;
}
export const Described: Struct<Described> = struct<Described>("Described", { Description: binary });

/** Payload of handshake message 1: selects a pre-shared key and is believed for nothing else. */
export interface Select {
  readonly HubUdf: string;
  readonly DealEpoch: number;
}
export const Select: Struct<Select> = struct<Select>("Select", { HubUdf: string, DealEpoch: integer });

/** A request that says nothing but its name. */
export interface Bare {
  readonly Id: number;
}
const bare = { Id: integer } as const;

/** Hub: give your contribution. Answered by Contribution. */
export const Describe: Struct<Bare> = struct<Bare>("Describe", bare);

/** Device: EnvelopedDeviceContribution. */
export interface Contribution {
  readonly Id: number;
  readonly Contribution: Uint8Array;
}
export const Contribution: Struct<Contribution> = struct<Contribution>("Contribution", { Id: integer, Contribution: binary });

/** Something sealed to the device's link key by its owner. */
export interface SealedMessage {
  readonly Id: number;
  readonly Sealed: Uint8Array;
}

/** Hub: RespondDevice, sealed. Result Accept = stored in the spare slot. */
export const Deliver: Struct<SealedMessage> = struct<SealedMessage>("Deliver", { Id: integer, Sealed: binary });

/** Hub: ReleaseDevice, sealed. */
export const Release: Struct<SealedMessage> = struct<SealedMessage>("Release", { Id: integer, Sealed: binary });

/** Device: AcceptConnection; sent in each linked session until the hub answers Accept. */
export interface Accepted {
  readonly Id: number;
  readonly Accept: Uint8Array;
}
export const Accepted: Struct<Accepted> = struct<Accepted>("Accepted", { Id: integer, Accept: binary });

/** Device: what it is like now. With an Id it wants a Result and is sent again until it has one. */
export interface State {
  readonly Id?: number;
  /** Rises with every report, also over restarts. */
  readonly Sequence: number;
  readonly Values: readonly StateValue[];
  readonly Cause?: "switch" | "command" | "start";
}
export const State: Struct<State> = struct<State>("State", {
  Id: optional(integer),
  Sequence: integer,
  Values: list(StateValue),
  Cause: optional(word("switch", "command", "start")),
});

/** Hub: do something. MessageId names the owner's request, so that the device does it once. */
export interface Command {
  readonly Id: number;
  readonly MessageId?: string;
  readonly Command: string;
  readonly Arguments: readonly StateValue[];
}
export const Command: Struct<Command> = struct<Command>("Command", {
  Id: integer,
  MessageId: optional(string),
  Command: string,
  Arguments: list(StateValue),
});

/** Either side: how a request ended. */
export interface Result {
  readonly Id: number;
  readonly Result: "Accept" | "Reject" | "Pending" | "Expired";
  readonly ErrorReport?: string;
  /** Beside ErrorReport, for programs: ERR_OWNED says that the device is locked to another owner; what a reader does not know it passes over. */
  readonly ErrorCode?: string;
  /** The device's report after a Command or Ping. */
  readonly State?: State;
}
export const Result: Struct<Result> = struct<Result>("Result", {
  Id: integer,
  Result: word("Accept", "Reject", "Pending", "Expired"),
  ErrorReport: optional(string),
  ErrorCode: optional(string),
  State: optional(State),
});

/** Either side: are you there? A device answers with its State. */
export const Ping: Struct<Bare> = struct<Bare>("Ping", bare);

/** Hub: forget this connection; `Sealed` holds the owner's ResetDevice. */
export interface Reset {
  readonly Id: number;
  readonly Sealed?: Uint8Array;
}
export const Reset: Struct<Reset> = struct<Reset>("Reset", { Id: integer, Sealed: optional(binary) });

/** Hub: the owner's Wi-Fi, only after the connection is registered. Without a password it asks whether the device wants one, so that no other learns it. */
export interface Provision {
  readonly Id: number;
  readonly Ssid: string;
  readonly Password?: string;
}
export const Provision: Struct<Provision> = struct<Provision>("Provision", { Id: integer, Ssid: string, Password: optional(string) });

/** Hub: how long to wait before coming back when the connection has ended, in milliseconds: FirstMs at most, doubled with each failure up to MostMs. */
export interface Return {
  readonly Id: number;
  readonly FirstMs: number;
  readonly MostMs: number;
}
export const Return: Struct<Return> = struct<Return>("Return", { Id: integer, FirstMs: integer, MostMs: integer });

/** Device: I sleep now, and wake in so many seconds; the last word of its session. The answer comes when the hub has nothing more for it. */
export interface Sleep {
  readonly Id: number;
  readonly Seconds: number;
}
export const Sleep: Struct<Sleep> = struct<Sleep>("Sleep", { Id: integer, Seconds: integer });

/** Hub: another program for the device. First what its maker has signed (EnvelopedFirmwareManifest), then the octets in order, piece by piece. */
export interface Update {
  readonly Id: number;
  readonly Manifest?: Uint8Array;
  readonly Offset?: number;
  readonly Data?: Uint8Array;
}
export const Update: Struct<Update> = struct<Update>("Update", {
  Id: integer,
  Manifest: optional(binary),
  Offset: optional(integer),
  Data: optional(binary),
});

/** Every verb inside a session, by tag. */
export interface Verbs {
  readonly Describe: Bare;
  readonly Contribution: Contribution;
  readonly Deliver: SealedMessage;
  readonly Release: SealedMessage;
  readonly Accepted: Accepted;
  readonly State: State;
  readonly Command: Command;
  readonly Result: Result;
  readonly Ping: Bare;
  readonly Reset: Reset;
  readonly Provision: Provision;
  readonly Return: Return;
  readonly Sleep: Sleep;
  readonly Update: Update;
  readonly Challenge: power.Challenge;
  readonly Nonce: power.Nonce;
  readonly Delegate: power.Delegate;
  readonly Order: power.SealedOrder;
  readonly Report: power.Report;
  readonly Agree: power.Agree;
  readonly Agreed: power.Agreed;
  readonly Sign: power.Sign;
  readonly Commitment: power.Commitment;
  readonly Signature: power.SignatureShare;
}

/** What answers a request with more than a Result; a Result in its place is a refusal. */
export const answerTo = { Describe: "Contribution", Challenge: "Nonce", Agree: "Agreed", Sign: "Commitment" } as const;

/** A message inside a session. */
export type LinkMessage = { readonly [T in keyof Verbs]: { readonly tag: T; readonly value: Verbs[T] } }[keyof Verbs];

/** A message whose verb we do not know; it may want an answer. */
export interface UnknownMessage {
  readonly tag: undefined;
  readonly name: string;
  readonly id: number | undefined;
}

const structs: { readonly [T in keyof Verbs]: Struct<Verbs[T]> } = {
  Describe,
  Contribution,
  Deliver,
  Release,
  Accepted,
  State,
  Command,
  Result,
  Ping,
  Reset,
  Provision,
  Return,
  Sleep,
  Update,
  ...power,
};

function isVerb(name: string): name is keyof Verbs {
  return Object.hasOwn(structs, name);
}

/** Octets of a message. */
export function encodeMessage(message: LinkMessage): Uint8Array {
  return encodeObjectB(structs[message.tag] as Struct<unknown>, message.value);
}

/** Reads a message; ERR_ENCODING or ERR_SCHEMA when it is none. */
export function decodeMessage(octets: Uint8Array): LinkMessage | UnknownMessage {
  const [name, body] = untag(decodeJsonB(octets), "message");
  if (isVerb(name)) return { tag: name, value: structs[name].decode(body, name) } as LinkMessage;
  if (!isObject(body)) throw new MeshError("ERR_SCHEMA", `${shorten(name, 32)}: expected an object`);
  return { tag: undefined, name: shorten(name, 32), id: body.Id === undefined ? undefined : integer.decode(body.Id, "message.Id") };
}
