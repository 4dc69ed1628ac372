/**
 * What Tasmota announces by its own discovery: `tasmota/discovery/MAC/config` says what the device is and at which topics it speaks, `.../sensors` what it
 * measures. Each relay, light or shutter becomes a device of the house; what it measures belongs to the first. Groups, buttons and inputs are left out.
 */
import { asMeshError, MeshError } from "../base/errors.ts";
import type { Datum, DatumObject } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";
import type { Coding } from "./coding.ts";
import { numberOf, plainNumber } from "./coding.ts";
import { coverClass } from "./cover-class.ts";
import type { Availability, Change, Dialect, ForeignDevice } from "./foreign-device.ts";
import { foreignTopic, label, listOf, parseAnnouncement, textOf, wantedName } from "./payload.ts";
import { sensorClass } from "./sensor-class.ts";
import { type ActionWire, type Assembly, assemble, type Drivers, type Wire } from "./wiring.ts";

/** Devices that are known at once. */
const mostDevices = 256;
/** Of one announcement. */
const mostOctets = 1 << 14;
const announcement = /^tasmota\/discovery\/([0-9A-F]{12})\/(config|sensors)$/;
const kind = { relay: 1, light: 2, shutter: 3 };

interface Known {
  config?: DatumObject;
  sensors?: DatumObject;
  ids: readonly string[];
}

/** All devices with Tasmota at a broker. */
export function tasmota({ drivers }: { readonly drivers: Drivers }): Dialect {
  const known = new Map<string, Known>();
  return {
    filters: ["tasmota/discovery/#"],
    take({ topic, payload }) {
      const [, mac, part] = announcement.exec(topic) ?? [];
      if (mac === undefined) return topic.startsWith("tasmota/discovery/") ? [] : undefined;
      const before = known.get(mac) ?? { ids: [] };
      if (!known.has(mac) && known.size >= mostDevices)
        return [{ kind: "refused", foreignId: mac, name: undefined, reason: `a bridge has ${mostDevices} devices here, and no more` }];
      if (payload.length > mostOctets) throw new MeshError("ERR_TOO_LARGE", `an announcement of more than ${mostOctets} octets`);
      const said = payload.length === 0 ? undefined : objectOf(parseAnnouncement(payload));
      const config = part === "config" ? said : before.config;
      const sensors = part === "sensors" ? said : before.sensors;
      const changes = config ? announcedBy(mac, { config, sensors, drivers }) : [];
      const ids = changes.flatMap((change) => (change.kind === "announced" ? [change.device.foreignId] : []));
      if (config === undefined && sensors === undefined) known.delete(mac);
      else known.set(mac, { ids, ...(config ? { config } : {}), ...(sensors ? { sensors } : {}) });
      return [...changes, ...before.ids.filter((id) => !ids.includes(id)).map((foreignId): Change => ({ kind: "gone", foreignId }))];
    },
  };
}

function objectOf(value: Datum): DatumObject {
  if (!isObject(value)) throw new MeshError("ERR_SCHEMA", "the announcement is no object");
  return value;
}

interface Announcement {
  readonly config: DatumObject;
  readonly sensors: DatumObject | undefined;
  readonly drivers: Drivers;
}

/** The devices of one announcement. */
export function announcedBy(mac: string, said: Announcement): readonly Change[] {
  const name = wantedName(said.config.dn);
  try {
    return devicesOf(mac, said).map((device): Change => ({ kind: "announced", device }));
  } catch (error) {
    return [{ kind: "refused", foreignId: mac, name, reason: asMeshError(error).message }];
  }
}

/** Its topics, with the words of its template filled in. */
interface Topics {
  readonly command: (name: string) => string;
  readonly stat: (name: string) => string;
  readonly tele: (name: string) => string;
}

function topicsOf({ ft, t, tp }: DatumObject): Topics {
  const template = textOf(ft) ?? "";
  const topic = textOf(t);
  if (topic === undefined || !template.includes("%topic%") || !template.includes("%prefix%"))
    throw new MeshError("ERR_SCHEMA", "its topics have no form that is known");
  const [command = "cmnd", stat = "stat", tele = "tele"] = listOf(tp).map((prefix) => textOf(prefix) ?? "");
  const of = (prefix: string) => (name: string) =>
    foreignTopic(
      `${template
        .replace("%prefix%", () => prefix)
        .replace("%topic%", () => topic)
        .replace(/\/$/, "")}/${name}`,
    );
  return { command: of(command), stat: of(stat), tele: of(tele) };
}

function devicesOf(mac: string, { config, sensors, drivers }: Announcement): readonly ForeignDevice[] {
  if (textOf(config.mac) !== mac) throw new MeshError("ERR_SCHEMA", "its address is another one than that of its topic");
  if (numberOf(config.ver) !== 1) throw new MeshError("ERR_SCHEMA", "its announcement has a version that is not known");
  const topics = topicsOf(config);
  const relays = listOf(config.rl).slice(0, 32).map(numberOf);
  const names = listOf(config.fn).map(wantedName);
  const called = wantedName(config.dn);
  const availability: readonly Availability[] = [
    { topic: topics.tele("LWT"), path: [], online: [textOf(config.onln) ?? "Online"], offline: [textOf(config.ofln) ?? "Offline"] },
  ];
  const common = {
    drivers,
    manufacturer: "Tasmota",
    model: label(config.md, "unknown model"),
    version: label(config.sw, "1"),
    availability,
    greetings: [{ topic: topics.command("STATE"), payload: "" }],
  };
  const measured = measuredOf(sensors, topics);
  const parts = partsOf(config, relays, { topics, names, called });
  if (parts.length === 0) {
    const deviceClass = sensorClass(measured.map(({ property }) => property));
    if (deviceClass === undefined) throw new MeshError("ERR_SCHEMA", "it has nothing that the house knows");
    return [assemble({ ...common, deviceClass, foreignId: mac, name: called, wires: measured })];
  }
  return parts.map(({ name, ...part }, index) =>
    assemble({
      ...common,
      ...part,
      whole: mac,
      foreignId: parts.length === 1 ? mac : `${mac}/${index + 1}`,
      name: name ?? (parts.length === 1 || called === undefined ? called : `${called} ${index + 1}`),
      wires: [...part.wires, ...(index === 0 ? measured : [])],
    }),
  );
}

type PartOf = Pick<Assembly, "deviceClass" | "wires" | "actions" | "name">;

interface Naming {
  readonly topics: Topics;
  readonly names: readonly (string | undefined)[];
  readonly called: string | undefined;
}

function partsOf(config: DatumObject, relays: readonly (number | undefined)[], naming: Naming): readonly PartOf[] {
  const { topics, names, called } = naming;
  const [off = "OFF", on = "ON"] = listOf(config.state).map((word) => textOf(word) ?? undefined);
  const switching: Coding = { kind: "boolean", on: [on], off: [off] };
  const isSingle = relays.filter((relay) => relay === kind.relay || relay === kind.light).length === 1;
  const isLight = isObject(config.so) && numberOf(config.so["30"]) === 1;
  const parts: PartOf[] = [];
  for (const [index, relay] of relays.entries()) {
    const name = names[index];
    // The only one is called POWER in most devices, and POWER1 in those that number it.
    const keys = [`POWER${index + 1}`, ...(isSingle && index === 0 ? ["POWER"] : [])];
    if (relay === kind.relay) {
      parts.push({ deviceClass: isLight ? "light" : "plug", name, wires: [stateWire("On", keys, { coding: switching, topics })] });
    } else if (relay === kind.light) {
      parts.push({ deviceClass: "light", name, wires: [stateWire("On", keys, { coding: switching, topics }), ...lightWires(config, topics)] });
    }
  }
  const shutters = Math.min(4, Math.floor(relays.filter((relay) => relay === kind.shutter).length / 2));
  for (let number = 1; number <= shutters; number++) parts.push(shutterPart(number, naming));
  return parts.map((part) => (parts.length === 1 && part.name === undefined ? { ...part, name: called } : part));
}

/** A value that stands in the answer to a command and in the state that is told from time to time. */
function stateWire(property: string, keys: readonly string[], { coding, topics }: { readonly coding: Coding; readonly topics: Topics }): Wire {
  const [key = "", ...others] = keys;
  const places = [key, ...others].flatMap((name) => [
    { topic: topics.stat("RESULT"), path: [name] },
    { topic: topics.tele("STATE"), path: [name] },
  ]);
  const [read = { topic: topics.stat("RESULT"), path: [key] }, ...more] = places;
  return { property, coding, read, more, write: { topic: topics.command(key), path: [] } };
}

function lightWires(config: DatumObject, topics: Topics): readonly Wire[] {
  const subtype = numberOf(config.lt_st) ?? 0;
  const percent: Coding = { kind: "number", factor: 1, digits: 0 };
  return [
    ...(subtype >= 1 ? [stateWire("Brightness", ["Dimmer"], { coding: percent, topics })] : []),
    ...(subtype === 2 || subtype === 5
      ? [{ ...stateWire("ColourTemperature", ["CT"], { coding: { kind: "mired" }, topics }), minimum: 2000, maximum: 6536 }]
      : []),
  ];
}

function shutterPart(number: number, { topics, called }: Naming): PartOf {
  const topic = topics.command(`ShutterPosition${number}`);
  const action = (command: string): ActionWire => ({ command, topic: topics.command(`Shutter${command}${number}`), payload: "" });
  const path = [`Shutter${number}`, "Position"];
  return {
    deviceClass: coverClass(called ?? ""),
    name: undefined,
    wires: [
      {
        property: "Position",
        coding: { kind: "number", factor: 1, digits: 0 },
        read: { topic: topics.stat("RESULT"), path },
        more: [{ topic: topics.tele("SENSOR"), path }],
        write: { topic, path: [] },
      },
    ],
    actions: ["Open", "Close", "Stop"].map(action),
  };
}

/** What it measures, from the example of a report that stands in the announcement. */
function measuredOf(sensors: DatumObject | undefined, topics: Topics): readonly Wire[] {
  const example = sensors && isObject(sensors.sn) ? sensors.sn : {};
  const isFahrenheit = textOf(example.TempUnit) === "F";
  const temperature: Coding = isFahrenheit ? { kind: "number", factor: 5 / 9, offset: -160 / 9, digits: 1 } : plainNumber;
  const known: Readonly<Record<string, readonly [property: string, coding: Coding]>> = {
    Temperature: ["Temperature", temperature],
    Humidity: ["Humidity", plainNumber],
    Illuminance: ["Illuminance", plainNumber],
    CarbonDioxide: ["CO2", plainNumber],
    "PM2.5": ["PM25", plainNumber],
    Power: ["Power", plainNumber],
    Total: ["Energy", plainNumber],
    Voltage: ["Voltage", plainNumber],
    Current: ["Current", plainNumber],
  };
  return Object.entries(example)
    .slice(0, 64)
    .flatMap(([sensor, values]): Wire[] => {
      if (!isObject(values)) return [];
      return Object.keys(values)
        .slice(0, 64)
        .filter((name) => Object.hasOwn(known, name) && !Array.isArray(values[name]))
        .map((name) => {
          const [property, coding] = known[name] as readonly [string, Coding];
          return { property, coding, read: { topic: topics.tele("SENSOR"), path: [sensor, name] } };
        });
    });
}
