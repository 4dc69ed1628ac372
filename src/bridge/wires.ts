/**
 * The wires of a foreign device by name: what its owner has accepted is a set of them, and nothing of the device is heard or told by another. And whose a
 * place is where devices are told: of two devices that name the same one, the second would have its owner order the first.
 */
import { utf8 } from "../base/bytes.ts";
import { encodeBase64url } from "../codec/index.ts";
import { sha256 } from "../crypto/index.ts";
import type { ForeignDevice } from "./foreign-device.ts";

/** Octets of a digest that name a wire: nobody finds a second one to a name. */
const nameOctets = 16;

/** Names a wire by all that it says, in whatever order. */
function wireName(kind: string, wire: unknown): string {
  return encodeBase64url(sha256(utf8(`${kind} ${JSON.stringify(sorted(wire))}`)).subarray(0, nameOctets));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]));
}

const kinds = ["readings", "writings", "actions", "availability", "greetings"] as const;

/** A device is asked for them in every turn of its bridge, and is never changed in its place. */
const named = new WeakMap<ForeignDevice, readonly string[]>();

/** Names of all wires of a device, sorted. */
export function wiresOf(device: ForeignDevice): readonly string[] {
  const known = named.get(device);
  if (known) return known;
  const names = kinds.flatMap((kind) => device[kind].map((wire: unknown) => wireName(kind, wire)));
  const wires = [...new Set(names)].sort();
  named.set(device, wires);
  return wires;
}

/** The device with those of its wires alone that were accepted; the same object when all were. */
export function wiredAs(device: ForeignDevice, accepted: readonly string[]): ForeignDevice {
  const names = new Set(accepted);
  if (wiresOf(device).every((name) => names.has(name))) return device;
  const kept = <T>(kind: (typeof kinds)[number], wires: readonly T[]): readonly T[] => wires.filter((wire) => names.has(wireName(kind, wire)));
  return {
    ...device,
    readings: kept("readings", device.readings),
    writings: kept("writings", device.writings),
    actions: kept("actions", device.actions),
    availability: kept("availability", device.availability),
    greetings: kept("greetings", device.greetings),
  };
}

/** A place where a device is told something. */
interface Told {
  readonly topic: string;
  /** Which part of a message there is the device's; empty where it is all of it. */
  readonly slot: string;
}

function toldOf({ writings, actions }: ForeignDevice): readonly Told[] {
  return [
    ...writings.map(({ topic, path, base }) => ({ topic, slot: path.length === 0 ? "" : JSON.stringify([path, base]) })),
    // The payload of an action is whole; of one thing several parts are told apart by it, as by the number of a relay in it.
    ...actions.map(({ topic, payload }) => ({ topic, slot: payload.startsWith("{") ? payload : "" })),
  ];
}

/** Topics where a device is told. */
export function toldTopics(device: ForeignDevice): readonly string[] {
  return [...new Set(toldOf(device).map(({ topic }) => topic))].sort();
}

/** A device that the owner has accepted: the names of its wires, and the thing that it is a part of. */
export interface AcceptedWires {
  readonly foreignId: string;
  readonly whole: string;
  readonly wires: readonly string[];
}

/**
 * Tells whether a device is told by nothing else than the owner has accepted: of itself, or, where nothing of it was accepted under its name, of the thing
 * that it is a part of. So a lock stays what it is when its bridge announces a second thing with it, and both have other names from then on.
 */
export function toldAsAccepted(accepted: readonly AcceptedWires[]): (device: ForeignDevice) => boolean {
  const own = new Map<string, ReadonlySet<string>>();
  const ofWhole = new Map<string, Set<string>>();
  for (const { foreignId, whole, wires } of accepted) {
    own.set(foreignId, new Set(wires));
    const all = ofWhole.get(whole) ?? new Set();
    for (const name of wires) all.add(name);
    ofWhole.set(whole, all);
  }
  return (device) => {
    const names = own.get(device.foreignId) ?? ofWhole.get(device.whole);
    return names !== undefined && (["writings", "actions"] as const).every((kind) => device[kind].every((wire) => names.has(wireName(kind, wire))));
  };
}

/** A device by what people and its bridge call it. */
export type Called = Pick<ForeignDevice, "foreignId" | "whole" | "name">;

/**
 * Devices that are told where another one is. Of two the earlier one of the list stays. Parts of one thing may share a topic, as long as each has its own
 * part of the messages.
 * @param kept topics of devices that are accepted: no other thing gets them, whether they are announced now or not
 * @returns for each that gives way the topic and whose it is
 */
export function contested(
  devices: readonly ForeignDevice[],
  kept: ReadonlyMap<string, Called> = new Map(),
): ReadonlyMap<ForeignDevice, { readonly topic: string; readonly of: Called }> {
  const owners = new Map<string, { readonly of: ForeignDevice; readonly slots: Set<string> }[]>();
  const giving = new Map<ForeignDevice, { readonly topic: string; readonly of: Called }>();
  for (const device of devices) {
    const told = toldOf(device);
    const [absent] = told.flatMap(({ topic }) => {
      const of = kept.get(topic);
      return of && of.whole !== device.whole ? [{ topic, of }] : [];
    });
    const clash =
      absent ??
      told
        .flatMap(({ topic, slot }) => (owners.get(topic) ?? []).map((owner) => ({ topic, slot, ...owner })))
        .find(({ of, slot, slots }) => of.whole !== device.whole || slot === "" || slots.has(slot) || slots.has(""));
    if (clash) {
      giving.set(device, { topic: clash.topic, of: clash.of });
      continue;
    }
    const own = new Map<string, Set<string>>();
    for (const { topic, slot } of told) own.set(topic, (own.get(topic) ?? new Set()).add(slot));
    for (const [topic, slots] of own) owners.set(topic, [...(owners.get(topic) ?? []), { of: device, slots }]);
  }
  return giving;
}
