/** Puts a foreign device together: its description and its wiring grow side by side, so that it says nothing that it cannot be heard or told. */
import { MeshError } from "../base/errors.ts";
import type { Datum } from "../codec/index.ts";
import type { Driver } from "../driver/index.ts";
import type { StateValue } from "../schema/index.ts";
import type { Coding } from "./coding.ts";
import type { Picked } from "./describe.ts";
import { describeForeign } from "./describe.ts";
import type { Action, Availability, ForeignDevice, Outgoing, Path, Reading, Writing } from "./foreign-device.ts";

/** Drivers by class, as the hub has loaded them. */
export type Drivers = ReadonlyMap<string, Driver>;

/** One property with its wires. */
export interface Wire {
  readonly property: string;
  readonly coding: Coding;
  readonly read: { readonly topic: string; readonly path: Path };
  /** Further places where it is heard. */
  readonly more?: readonly { readonly topic: string; readonly path: Path }[];
  /** How it is set, where it can be. */
  readonly write?: { readonly topic: string; readonly path: Path; readonly base?: Readonly<Record<string, Datum>>; readonly coding?: Coding };
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly values?: readonly string[];
}

/** A command without arguments with its wire. */
export interface ActionWire {
  readonly command: string;
  readonly topic: string;
  readonly payload: string;
  readonly expects?: readonly StateValue[];
}

/** What a device is made of. */
export interface Assembly {
  readonly drivers: Drivers;
  readonly deviceClass: string;
  readonly foreignId: string;
  /** Where one thing is several devices: what names it. */
  readonly whole?: string;
  readonly name: string | undefined;
  readonly manufacturer: string;
  readonly model: string;
  readonly version: string;
  /** Those whose properties the class does not have are left out; of two for one property the first counts. */
  readonly wires: readonly Wire[];
  readonly actions?: readonly ActionWire[];
  readonly availability: readonly Availability[];
  readonly greetings?: readonly Outgoing[];
}

/** Errors: ERR_SCHEMA for one that has no property of its class, ERR_DRIVER for a class that no driver knows. */
export function assemble(parts: Assembly): ForeignDevice {
  const { drivers, deviceClass, foreignId, whole = foreignId, name, manufacturer, model, version, availability, greetings = [] } = parts;
  const driver = drivers.get(deviceClass);
  if (!driver) throw new MeshError("ERR_DRIVER", `no driver is for what it is (${deviceClass})`);
  const has = (property: string): boolean => driver.Properties.some(({ Name }) => Name === property);
  const wires = new Map<string, Wire>();
  for (const wire of parts.wires) if (has(wire.property) && !wires.has(wire.property)) wires.set(wire.property, wire);
  if (wires.size === 0) throw new MeshError("ERR_SCHEMA", `it says nothing that a ${deviceClass} has`);
  const actions: Action[] = (parts.actions ?? [])
    .filter(({ command }) => driver.Commands.some(({ Name, Arguments = [] }) => Name === command && Arguments.length === 0))
    .map(({ command, topic, payload, expects = [] }) => ({ command, topic, payload, expects }));
  const kept = [...wires.values()];
  const properties: Picked[] = kept.flatMap((wire) => [pickedOf(wire), ...(wire.coding.kind === "press" ? [counter] : [])]);
  const description = describeForeign(driver, { manufacturer, model, version, properties, commands: actions.map(({ command }) => command) });
  const bounded = (property: string, coding: Coding): Coding => {
    if (coding.kind !== "mired") return coding;
    const { Minimum: least, Maximum: most } = description.Properties.find(({ Name }) => Name === property) ?? {};
    return { ...coding, least, most };
  };
  return {
    foreignId,
    whole,
    name,
    description,
    readings: kept.flatMap(({ property, coding, read, more = [] }) =>
      [read, ...more].map((place): Reading => ({ property, coding: bounded(property, coding), ...place })),
    ),
    writings: kept.flatMap(({ property, coding, write }): Writing[] =>
      write ? [{ property, ...write, coding: bounded(property, write.coding ?? coding) }] : [],
    ),
    actions,
    availability,
    greetings,
  };
}

/** Each press is counted: by the hub, since a bridge tells only what kind it was. */
const counter: Picked = { property: "Presses", isWritable: false };

function pickedOf({ property, write, minimum, maximum, values }: Wire): Picked {
  return { property, minimum, maximum, ...(values ? { values } : {}), isWritable: write !== undefined };
}
