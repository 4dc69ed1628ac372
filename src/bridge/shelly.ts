/**
 * Shelly devices of the second generation and later, by their MQTT RPC: `ID/online` says that one is there, which is then asked what it is and how it is;
 * `ID/events/rpc` tells what changes. Scripts, inputs and everything of the cloud are left out.
 */
import { asMeshError, MeshError } from "../base/errors.ts";
import type { DatumObject } from "../codec/index.ts";
import { isObject } from "../codec/index.ts";
import type { Coding } from "./coding.ts";
import { plainNumber, trueFalse } from "./coding.ts";
import { coverClass } from "./cover-class.ts";
import type { Change, Dialect, ForeignDevice, Outgoing, Path } from "./foreign-device.ts";
import { foreignTopic, label, parseAnnouncement, parseState, textOf, valueAt, wantedName } from "./payload.ts";
import { sensorClass } from "./sensor-class.ts";
import { type ActionWire, type Assembly, assemble, type Drivers, type Wire } from "./wiring.ts";

/** Where answers are sent to, before the name of the device. */
const answers = "shelly-hub";
const mostDevices = 256;
const idOf = (topic: string, end: string): string | undefined => {
  const id = topic.endsWith(end) ? topic.slice(0, -end.length) : "";
  return /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : undefined;
};

interface Known {
  info?: DatumObject;
  status?: DatumObject;
  ids: readonly string[];
}

/** All Shelly devices at a broker. */
export function shelly({ drivers }: { readonly drivers: Drivers }): Dialect {
  const known = new Map<string, Known>();
  return {
    filters: ["+/online", `${answers}/+/rpc`],
    take({ topic, payload, retained }) {
      const online = idOf(topic, "/online");
      if (online !== undefined) {
        if (parseState(payload)?.text !== "true" || known.has(online)) return undefined;
        // Who was asked and never answered, or has nothing, makes room.
        const silent = known.size < mostDevices ? undefined : [...known].find(([, { ids }]) => ids.length === 0);
        if (silent) known.delete(silent[0]);
        if (known.size >= mostDevices)
          return [{ kind: "refused", foreignId: online, name: undefined, reason: `${mostDevices} devices are known, and no more` }];
        known.set(online, { ids: [] });
        return [{ kind: "asked", messages: ["Shelly.GetDeviceInfo", "Shelly.GetStatus"].map((method) => ask(online, method)) }];
      }
      const id = topic.startsWith(`${answers}/`) ? idOf(topic.slice(answers.length + 1), "/rpc") : undefined;
      const before = id === undefined ? undefined : known.get(id);
      if (id === undefined || !before || retained) return undefined;
      const answer = parseAnnouncement(payload);
      const result = isObject(answer) && textOf(answer.src) === id ? answer.result : undefined;
      if (!isObject(result)) return undefined;
      const isInfo = textOf(result.id) === id;
      // What answers a command is no status, and changes nothing of what the device is.
      if (!isInfo && !isObject(result.sys)) return undefined;
      if (!isInfo && before.status) return undefined;
      const { info, status } = isInfo ? { ...before, info: result } : { ...before, status: result };
      if (!info || !status) {
        known.set(id, { ...before, ...(info ? { info } : {}), ...(status ? { status } : {}) });
        return [];
      }
      const changes = announcedBy(id, { info, status, drivers });
      known.set(id, { info, status, ids: changes.flatMap((change) => (change.kind === "announced" ? [change.device.foreignId] : [])) });
      // The status was heard before anybody knew how to read it.
      return [...changes, { kind: "asked", messages: [ask(id, "Shelly.GetStatus")] }];
    },
  };
}

function ask(id: string, method: string): Outgoing {
  return { topic: `${id}/rpc`, payload: JSON.stringify({ id: 1, src: `${answers}/${id}`, method }) };
}

interface Said {
  readonly info: DatumObject;
  readonly status: DatumObject;
  readonly drivers: Drivers;
}

/** The devices that one Shelly is here. */
export function announcedBy(id: string, { info, status, drivers }: Said): readonly Change[] {
  const name = wantedName(info.name) ?? wantedName(info.app);
  try {
    return devicesOf(id, { info, status, drivers, name }).map((device): Change => ({ kind: "announced", device }));
  } catch (error) {
    return [{ kind: "refused", foreignId: id, name, reason: asMeshError(error).message }];
  }
}

function devicesOf(id: string, { info, status, drivers, name }: Said & { readonly name: string | undefined }): readonly ForeignDevice[] {
  const common = {
    drivers,
    manufacturer: "Shelly",
    model: label(info.model, "unknown model"),
    version: label(info.ver, "1"),
    availability: [{ topic: foreignTopic(`${id}/online`), path: [], online: ["true"], offline: ["false"] }],
    greetings: [ask(id, "Shelly.GetStatus")],
  };
  const components = Object.keys(status).slice(0, 128);
  const measured = components.flatMap((component) => measuredBy(id, component, status));
  const parts = components.flatMap((component): Part[] => partOf(id, component, { status, name }) ?? []);
  if (parts.length === 0) {
    const deviceClass = sensorClass(measured.map(({ property }) => property));
    if (deviceClass === undefined) throw new MeshError("ERR_SCHEMA", "it has nothing that the house knows");
    return [assemble({ ...common, deviceClass, foreignId: id, name, wires: measured })];
  }
  return parts.map(({ component, ...part }, index) =>
    assemble({
      ...common,
      ...part,
      whole: id,
      foreignId: parts.length === 1 ? id : `${id}/${component}`,
      name: parts.length === 1 || name === undefined ? name : `${name} ${index + 1}`,
      wires: [...part.wires, ...(index === 0 ? measured : [])],
    }),
  );
}

type Part = Pick<Assembly, "deviceClass" | "wires" | "actions"> & { readonly component: string };

const percent: Coding = { kind: "number", factor: 1, digits: 0 };

function partOf(
  id: string,
  component: string,
  { status, name }: { readonly status: DatumObject; readonly name: string | undefined },
): Part[] | undefined {
  const [, type = "", number = ""] = /^(switch|light|cover):(\d{1,3})$/.exec(component) ?? [];
  const params = { id: Number(number) };
  const set = (method: string, path: Path) => ({
    topic: `${id}/rpc`,
    base: { id: 2, src: `${answers}/${id}`, method, params },
    path: ["params", ...path],
  });
  const meter = meterWires(id, component, status);
  switch (type) {
    case "switch":
      return [
        {
          component,
          deviceClass: "plug",
          wires: [{ ...read(id, component, ["output"], { property: "On", coding: trueFalse }), write: set("Switch.Set", ["on"]) }, ...meter],
        },
      ];
    case "light":
      return [
        {
          component,
          deviceClass: "light",
          wires: [
            { ...read(id, component, ["output"], { property: "On", coding: trueFalse }), write: set("Light.Set", ["on"]) },
            { ...read(id, component, ["brightness"], { property: "Brightness", coding: percent }), write: set("Light.Set", ["brightness"]) },
          ],
        },
      ];
    case "cover":
      return [
        {
          component,
          deviceClass: coverClass(name ?? ""),
          wires: [{ ...read(id, component, ["current_pos"], { property: "Position", coding: percent }), write: set("Cover.GoToPosition", ["pos"]) }],
          actions: ["Open", "Close", "Stop"].map(
            (command): ActionWire => ({
              command,
              topic: `${id}/rpc`,
              payload: JSON.stringify({ id: 2, src: `${answers}/${id}`, method: `Cover.${command}`, params }),
            }),
          ),
        },
      ];
    default:
      return undefined;
  }
}

/** A value stands in what is told of changes, in the answer about the whole, and at a topic of its component where that is switched on. */
function read(id: string, component: string, path: Path, { property, coding }: { readonly property: string; readonly coding: Coding }): Wire {
  return {
    property,
    coding,
    read: { topic: `${id}/events/rpc`, path: ["params", component, ...path] },
    more: [
      { topic: `${answers}/${id}/rpc`, path: ["result", component, ...path] },
      { topic: `${id}/status/${component}`, path },
    ],
  };
}

/** What a switch measures belongs to it, and to no other. */
function meterWires(id: string, component: string, status: DatumObject): readonly Wire[] {
  const known: readonly (readonly [path: Path, property: string, coding: Coding])[] = [
    [["apower"], "Power", plainNumber],
    [["aenergy", "total"], "Energy", { kind: "number", factor: 0.001, digits: 3 }],
    [["voltage"], "Voltage", plainNumber],
    [["current"], "Current", plainNumber],
  ];
  return known.flatMap(([path, property, coding]) =>
    valueAt(status, [component, ...path]) === undefined ? [] : [read(id, component, path, { property, coding })],
  );
}

const sensors: Readonly<Record<string, readonly (readonly [path: Path, property: string, coding: Coding])[]>> = {
  temperature: [[["tC"], "Temperature", plainNumber]],
  humidity: [[["rh"], "Humidity", plainNumber]],
  devicepower: [[["battery", "percent"], "Battery", plainNumber]],
  smoke: [[["alarm"], "Smoke", trueFalse]],
  flood: [[["alarm"], "Wet", trueFalse]],
  illuminance: [[["lux"], "Illuminance", plainNumber]],
  pm1: [
    [["apower"], "Power", plainNumber],
    [["aenergy", "total"], "Energy", { kind: "number", factor: 0.001, digits: 3 }],
  ],
};

function measuredBy(id: string, component: string, status: DatumObject): readonly Wire[] {
  const [, type = ""] = /^([a-z0-9]+):\d{1,3}$/.exec(component) ?? [];
  if (!Object.hasOwn(sensors, type) || !isObject(status[component])) return [];
  return (sensors[type] ?? []).map(([path, property, coding]) => read(id, component, path, { property, coding }));
}
