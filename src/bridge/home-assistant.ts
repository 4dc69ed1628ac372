/**
 * What announces itself as Home Assistant wants it (ESPHome does, and many others): `PREFIX/COMPONENT/[NODE/]OBJECT/config` for one entity, and
 * `PREFIX/device/[NODE/]OBJECT/config` for all entities of a device. Entities of one device become one device of the house, or several where it has
 * several things to switch. Templates are not evaluated: `value_json.x` and whole values are understood, and what needs more is refused by name.
 */
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";
import type { Change, Dialect, ForeignDevice } from "./foreign-device.ts";
import { availabilityOf } from "./home-assistant-availability.ts";
import { partOf } from "./home-assistant-entity.ts";
import { expanded } from "./home-assistant-key.ts";
import { label, listOf, parseAnnouncement, textOf, wantedName } from "./payload.ts";
import { sensorClass } from "./sensor-class.ts";
import { assemble, type Drivers } from "./wiring.ts";

/** One thing of a device, as it was announced: keys in full, topics without `~`. */
export interface Entity {
  /** Where it was announced, and its place there. */
  readonly key: string;
  /** "light", "switch", "sensor" and the like. */
  readonly platform: string;
  readonly config: DatumObject;
  readonly device: DatumObject;
}

const mostDevices = 256;
const mostEntities = 64;
/** UTF-16 units. */
const mostForeignId = 128;
/** Of one announcement, and of all that are kept. */
const mostOctetsEach = 1 << 16;
const mostOctets = 8 << 20;

/** An announcement that is kept. */
interface Kept {
  readonly entities: readonly Entity[];
  readonly identities: ReadonlySet<string>;
  readonly octets: number;
}
const nothing: Kept = { entities: [], identities: new Set(), octets: 0 };

/** Everything that announces itself under a prefix. */
export function homeAssistant({ prefix = "homeassistant", drivers }: { readonly prefix?: string; readonly drivers: Drivers }): Dialect {
  /** By topic of the announcement. */
  const known = new Map<string, Kept>();
  /** The same by device, so that an announcement costs what its device has. */
  const topicsOf = new Map<string, Set<string>>();
  const ids = new Map<string, readonly string[]>();
  let octets = 0;
  const pattern = new RegExp(
    `^${prefix.replace(/[^A-Za-z0-9_/-]/g, "\\$&")}/([a-z_]{1,32})/((?:[A-Za-z0-9_-]{1,128}/)?[A-Za-z0-9_-]{1,128})/config$`,
  );
  return {
    filters: [`${prefix}/#`],
    take({ topic, payload }) {
      const [, component, object] = pattern.exec(topic) ?? [];
      if (component === undefined || object === undefined) return topic.startsWith(`${prefix}/`) ? [] : undefined;
      if (payload.length > mostOctetsEach) throw new MeshError("ERR_TOO_LARGE", `an announcement of more than ${mostOctetsEach} octets`);
      const before = known.get(topic) ?? nothing;
      const entities = payload.length === 0 ? [] : entitiesOf(topic, component, payload);
      const fresh: Kept = entities.length === 0 ? nothing : { entities, identities: new Set(entities.map(identityOf)), octets: payload.length };
      const added = [...fresh.identities].filter((identity) => topicsOf.get(identity)?.has(topic) !== true);
      if (octets - before.octets + fresh.octets > mostOctets)
        throw new MeshError("ERR_QUOTA", `announcements of ${mostOctets} octets are known, and no more`);
      if (added.some((identity) => (topicsOf.get(identity)?.size ?? 0) >= mostEntities))
        throw new MeshError("ERR_QUOTA", `a device has ${mostEntities} announcements here, and no more`);
      if (topicsOf.size + added.filter((identity) => !topicsOf.has(identity)).length > mostDevices)
        throw new MeshError("ERR_QUOTA", `${mostDevices} devices are known, and no more`);
      octets += fresh.octets - before.octets;
      if (entities.length === 0) known.delete(topic);
      else known.set(topic, fresh);
      for (const identity of before.identities) {
        const topics = topicsOf.get(identity);
        topics?.delete(topic);
        if (topics?.size === 0) topicsOf.delete(identity);
      }
      for (const identity of fresh.identities) topicsOf.set(identity, (topicsOf.get(identity) ?? new Set()).add(topic));
      const changes: Change[] = [];
      for (const identity of new Set([...before.identities, ...fresh.identities])) {
        // In the same order whatever the broker tells first: what is measured belongs to the first thing.
        const topics = [...(topicsOf.get(identity) ?? [])].sort();
        const entities = topics.flatMap((each) => known.get(each)?.entities ?? []).filter((entity) => identityOf(entity) === identity);
        const made = entities.length === 0 ? [] : devicesOf(identity, entities.slice(0, mostEntities), drivers);
        const there = made.flatMap((change) => (change.kind === "announced" ? [change.device.foreignId] : []));
        for (const foreignId of ids.get(identity) ?? []) if (!there.includes(foreignId)) changes.push({ kind: "gone", foreignId });
        if (there.length === 0) ids.delete(identity);
        else ids.set(identity, there);
        for (const change of made) changes.push(change);
      }
      return changes;
    },
  };
}

/** What one announcement holds. Errors: ERR_ENCODING, ERR_TOO_LARGE, ERR_SCHEMA. */
export function entitiesOf(topic: string, component: string, payload: Uint8Array): readonly Entity[] {
  const said = parseAnnouncement(payload);
  if (!isObject(said)) throw new MeshError("ERR_SCHEMA", "the announcement is no object");
  const root = expanded(said);
  const device = isObject(root.device) ? expanded(root.device) : {};
  if (component !== "device") return [entityOf(`${topic}`, component, { config: root, device })];
  const { components, device: _device, origin: _origin, ...shared } = root;
  if (!isObject(components)) throw new MeshError("ERR_SCHEMA", "the device has no components");
  if (listOf(identifiersOf(device)).length === 0) throw new MeshError("ERR_SCHEMA", "the device has no identifiers");
  return Object.entries(components)
    .slice(0, mostEntities)
    .flatMap(([name, config]) => {
      const own = isObject(config) ? expanded(config) : {};
      const platform = textOf(own.platform);
      // One that says nothing but its platform is to be removed.
      if (platform === undefined || Object.keys(own).length < 2) return [];
      return [entityOf(`${topic} ${name.slice(0, 128)}`, platform, { config: { ...shared, ...own }, device })];
    });
}

function entityOf(key: string, platform: string, { config, device }: { readonly config: DatumObject; readonly device: DatumObject }): Entity {
  const base = textOf(config["~"]);
  const filled = Object.entries(config).map(([name, value]) => [
    name,
    base !== undefined && typeof value === "string" && name.endsWith("topic") ? value.replace(/^~/, () => base).replace(/~$/, () => base) : value,
  ]);
  return { key, platform, config: Object.fromEntries(filled) as DatumObject, device };
}

function identifiersOf({ identifiers, connections }: DatumObject): Datum {
  if (typeof identifiers === "string") return [identifiers];
  if (Array.isArray(identifiers) && identifiers.length > 0) return identifiers;
  return listOf(connections).flatMap((pair) => textOf(listOf(pair)[1]) ?? []);
}

/** Names a device: by what it calls itself, else by where it was announced. */
function identityOf({ device, config, key }: Entity): string {
  const named = textOf(listOf(identifiersOf(device))[0]) ?? textOf(config.unique_id) ?? key;
  return label(named, key).slice(0, 64);
}

/** The devices that one device is here: one for each thing that can be switched; what it measures belongs to the first. */
export function devicesOf(identity: string, entities: readonly Entity[], drivers: Drivers): readonly Change[] {
  const [first] = entities;
  const device = first?.device ?? {};
  const name = wantedName(device.name) ?? wantedName(first?.config.name);
  const refused = (reason: string, called = name, id = identity): Change => ({ kind: "refused", foreignId: id, name: called, reason });
  const parts = [];
  const changes: Change[] = [];
  for (const entity of entities) {
    // Settings and diagnostics are none of the house's, but the charge of a battery is.
    if (entity.config.entity_category !== undefined && entity.config.device_class !== "battery") continue;
    try {
      const part = partOf(entity);
      if (part) parts.push({ ...part, availability: availabilityOf(entity), called: wantedName(entity.config.name), key: entity.key });
    } catch (error) {
      changes.push(refused(asMeshError(error).message, wantedName(entity.config.name) ?? name, `${identity} ${objectOf(entity.key)}`.slice(0, 128)));
    }
  }
  const measured = parts.flatMap((part) => (part.deviceClass === undefined ? part.wires : []));
  const acting = parts.flatMap((part) => (part.deviceClass === undefined ? [] : [{ ...part, deviceClass: part.deviceClass }]));
  const common = {
    drivers,
    manufacturer: label(device.manufacturer, "unknown maker"),
    model: label(device.model, "unknown model"),
    version: label(device.sw_version, "1"),
  };
  const make = (parts_: Pick<Parameters<typeof assemble>[0], "deviceClass" | "foreignId" | "name" | "wires" | "actions" | "availability">): void => {
    try {
      changes.push({ kind: "announced", device: assemble({ ...common, whole: identity, ...parts_ }) satisfies ForeignDevice });
    } catch (error) {
      changes.push(refused(asMeshError(error).message, parts_.name, parts_.foreignId));
    }
  };
  if (acting.length === 0) {
    const deviceClass = sensorClass(measured.map(({ property }) => property));
    if (deviceClass !== undefined) make({ deviceClass, foreignId: identity, name, wires: measured, availability: parts[0]?.availability ?? [] });
    else if (changes.length === 0) changes.push(refused("it announces nothing that the house knows"));
    return changes;
  }
  const foreignIds = foreignIdsOf(identity, acting);
  for (const [index, { deviceClass, wires, actions, availability, called, key }] of acting.entries()) {
    const isOnly = acting.length === 1;
    const foreignId = foreignIds[index];
    if (foreignId === undefined) {
      changes.push(
        refused(`two things of it are called ${JSON.stringify(objectOf(key))}`, called ?? name, `${identity} ${objectOf(key)}`.slice(0, 128)),
      );
      continue;
    }
    make({
      deviceClass,
      foreignId,
      name: isOnly ? name : [name, called].filter((text) => text !== undefined).join(" ") || undefined,
      wires: [...wires, ...(index === 0 ? measured : [])],
      ...(actions ? { actions } : {}),
      availability,
    });
  }
  return changes;
}

/**
 * What the things of one device are called in all times: by their object, and by all of where they were announced when two have the same; undefined for
 * what even that does not tell apart.
 */
function foreignIdsOf(identity: string, things: readonly { readonly key: string }[]): readonly (string | undefined)[] {
  if (things.length === 1) return [identity];
  const short = things.map(({ key }) => objectOf(key));
  const isOnce = <T>(value: T, index: number, all: readonly T[]): boolean => all.every((other, at) => at === index || other !== value);
  const ids = things.map(({ key }, index) =>
    isOnce(short[index], index, short) ? `${identity}/${short[index]}`.slice(0, mostForeignId) : `${identity}/${placeOf(key)}`,
  );
  return ids.map((id, index) => (id.length <= mostForeignId && isOnce(id, index, ids) ? id : undefined));
}

/** Where an entity was announced, without prefix: component, node and object. */
function placeOf(key: string): string {
  return key.replace(/^[^/]*\//, "").replace(/\/config( |$)/, (_, blank: string) => (blank === "" ? "" : "/"));
}

/** The last name of where an entity was announced. */
function objectOf(key: string): string {
  return key
    .replace(/^.* /, "")
    .replace(/\/config$/, "")
    .replace(/^.*\//, "")
    .slice(0, 64);
}
