/**
 * A device of another world as its bridge announced it, in the words of the house: what it is, where it is heard, and what is sent to command it.
 * It is data: the parsers of the bridges make it, and one runtime carries it out. Nothing in it is evaluated.
 */
import type { Datum } from "../codec/index.ts";
import type { DeviceDescription, StateValue } from "../schema/index.ts";
import type { Coding } from "./coding.ts";

/** What a payload can hold, or a part of it. */
export type Scalar = boolean | number | string;

/** Members of a JSON object that leads to a value. An empty path is the whole payload, as text. */
export type Path = readonly string[];

/** Where a property of the device is heard. */
export interface Reading {
  readonly topic: string;
  readonly path: Path;
  readonly property: string;
  readonly coding: Coding;
}

/** How a property is set. */
export interface Writing {
  readonly property: string;
  readonly topic: string;
  /** Object that the value is put into at `path`; without one the payload is the value as text. */
  readonly base?: Readonly<Record<string, Datum>>;
  readonly path: Path;
  readonly coding: Coding;
}

/** A command without arguments. */
export interface Action {
  readonly command: string;
  readonly topic: string;
  readonly payload: string;
  /** What the device has to report before the command has succeeded; empty: any report will do. */
  readonly expects: readonly StateValue[];
}

/** A topic that tells whether the device can be reached; of several all have to say so. */
export interface Availability {
  readonly topic: string;
  readonly path: Path;
  readonly online: readonly Scalar[];
  readonly offline: readonly Scalar[];
}

/** A message to a bridge. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: string;
}

/** A device behind a bridge. */
export interface ForeignDevice {
  /** What its bridge calls it in all times: an address. */
  readonly foreignId: string;
  /** The thing that it is a part of, where one is several devices here; otherwise its foreignId. */
  readonly whole: string;
  /** What people call it there. */
  readonly name: string | undefined;
  readonly description: DeviceDescription;
  readonly readings: readonly Reading[];
  readonly writings: readonly Writing[];
  readonly actions: readonly Action[];
  readonly availability: readonly Availability[];
  /** Has it say how it is. */
  readonly greetings: readonly Outgoing[];
}

/** What a bridge has said of its devices. */
export type Change =
  | { readonly kind: "announced"; readonly device: ForeignDevice }
  | { readonly kind: "gone"; readonly foreignId: string }
  /** What it is has to be asked for. */
  | { readonly kind: "asked"; readonly messages: readonly Outgoing[] }
  /** It is announced, and cannot be taken over: the reason is for people. */
  | { readonly kind: "refused"; readonly foreignId: string; readonly name: string | undefined; readonly reason: string };

/** A message as it came; `retained`: the broker had kept it, so it says nothing of now. */
export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

/** One kind of bridge, as it stands at one broker: it knows what was announced before. */
export interface Dialect {
  /** Filters of the topics in which devices are announced. */
  readonly filters: readonly string[];
  /** What a message announces; undefined for one that is none of the announcements. Errors: ERR_ENCODING, ERR_TOO_LARGE, ERR_SCHEMA. */
  take(message: Incoming): readonly Change[] | undefined;
}

/** Every topic that a device is heard on. */
export function topicsOf({ readings, availability }: ForeignDevice): ReadonlySet<string> {
  return new Set([...readings, ...availability].map(({ topic }) => topic));
}
