/** What a device of zigbee2mqtt exposes, read: single features, and those that belong together as a light, a lock and the like. */
import type { Datum, DatumObject } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";
import { numberOf } from "./coding.ts";
import type { Scalar } from "./foreign-device.ts";
import { listOf, textOf } from "./payload.ts";

/** One value of a device. */
export interface Feature {
  readonly name: string;
  /** Member of the state; the name, unless an endpoint is added to it. */
  readonly property: string;
  readonly isRead: boolean;
  readonly isSet: boolean;
  /** The bridge asks the device for it when it is told to. */
  readonly isAsked: boolean;
  readonly on: Scalar | undefined;
  readonly off: Scalar | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly values: readonly string[];
}

/** Features that are one thing. */
export interface Part {
  /** "light", "switch", "lock", "cover", "fan", "climate". */
  readonly type: string;
  readonly endpoint: string | undefined;
  readonly features: readonly Feature[];
}

/** What a device is made of. */
export interface Parts {
  readonly special: readonly Part[];
  readonly single: readonly Feature[];
}

/** Exposed things that are looked at. */
const mostExposed = 256;
const access = { published: 1, set: 2, get: 4 };

/** Reads the list `exposes`; what is of no known form is left out. */
export function partsOf(exposes: readonly Datum[]): Parts {
  const special: Part[] = [];
  const single: Feature[] = [];
  for (const expose of exposes.slice(0, mostExposed)) {
    if (!isObject(expose) || expose.category !== undefined) continue;
    const type = textOf(expose.type);
    if (Array.isArray(expose.features) && type !== undefined && type !== "composite") {
      const features = listOf(expose.features).slice(0, mostExposed).flatMap(featureOf);
      special.push({ type, endpoint: endpointOf(expose), features });
    } else if (endpointOf(expose) === undefined) {
      for (const feature of featureOf(expose)) single.push(feature);
    }
  }
  return { special, single };
}

function endpointOf({ endpoint }: DatumObject): string | undefined {
  const text = textOf(endpoint);
  return text !== undefined && /^[A-Za-z0-9_]{1,32}$/.test(text) ? text : undefined;
}

function featureOf(expose: Datum): readonly Feature[] {
  if (!isObject(expose)) return [];
  const name = textOf(expose.name);
  const property = textOf(expose.property) ?? name;
  if (name === undefined || property === undefined || property === "" || property.length > 64) return [];
  const given = numberOf(expose.access) ?? access.published;
  const has = (right: number): boolean => (given & right) !== 0;
  return [
    {
      name,
      property,
      isRead: has(access.published),
      isSet: has(access.set),
      isAsked: has(access.get),
      on: scalarOf(expose.value_on),
      off: scalarOf(expose.value_off),
      minimum: numberOf(expose.value_min),
      maximum: numberOf(expose.value_max),
      values: listOf(expose.values)
        .slice(0, mostExposed)
        .flatMap((value) => textOf(value) ?? []),
    },
  ];
}

function scalarOf(value: Datum | undefined): Scalar | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
