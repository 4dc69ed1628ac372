/**
 * A device of the house as it goes out to Matter: what it is, and what it has reported. A description comes from a device: what has no counterpart, or could
 * do harm when it is told, is left out.
 */
import { utf8 } from "../../base/bytes.ts";
import { shorten } from "../../base/shorten.ts";
import { visible } from "../../base/visible.ts";
import { sha256 } from "../../crypto/index.ts";
import type { BridgedDevice, BridgedKind, BridgedValues } from "../../matter/line.ts";
import type { DeviceDescription, DeviceProperty } from "../../schema/index.ts";
import { isRisky } from "../../schema/index.ts";
import type { Shadow } from "../state/shadow-book.ts";

/** Octets that Matter takes for a name. */
const mostLabel = 32;
const lights: readonly string[] = ["light", "colour-light"];

/** What goes out of a device. */
export interface Outgoing {
  readonly udf: string;
  readonly name: string;
  readonly description: DeviceDescription;
  /** What the bridge is called among others. */
  readonly bridge: string;
}

/** A device as it goes out; undefined for one that has no counterpart. */
export function bridgedOf({ udf, name, description, bridge }: Outgoing, shadow: Shadow | undefined): BridgedDevice | undefined {
  const kinds = kindsOf(description);
  if (kinds.length === 0) return undefined;
  const white = propertyOf(description, "ColourTemperature");
  const target = propertyOf(description, "Target");
  return {
    udf,
    unique: Buffer.from(sha256(utf8(`${bridge} ${udf}`)))
      .toString("hex")
      .slice(0, 32),
    label: labelOf(name),
    product: labelOf(description.Class),
    kinds: [...kinds],
    hasBattery: isNumber(propertyOf(description, "Battery")),
    limits: {
      ...limit("whiteLeast", white?.Minimum, 1000, 20_000),
      ...limit("whiteMost", white?.Maximum, 1000, 20_000),
      ...limit("targetLeast", target?.Minimum, -273, 300),
      ...limit("targetMost", target?.Maximum, -273, 300),
    },
    ...reportOf(description, shadow),
  };
}

/** What a device has reported, and whether it can be reached. */
export function reportOf(description: DeviceDescription, shadow: Shadow | undefined): Pick<BridgedDevice, "isReachable" | "values"> {
  const isThere = shadow?.status === "Online" || shadow?.status === "Sleeping";
  return { isReachable: isThere && shadow.reported !== undefined && !shadow.restored, values: valuesOf(description, shadow) };
}

/** As much of a name as fits: Matter counts octets. */
function labelOf(text: string): string {
  let label = shorten(visible(text), mostLabel);
  for (let most = label.length - 1; utf8(label).length > mostLabel; most--) label = shorten(label, most);
  return label;
}

/** The kinds that a device is, the first of them what it is for; none when it has no counterpart. */
export function kindsOf(description: DeviceDescription): readonly BridgedKind[] {
  const has = (name: string, type: DeviceProperty["Type"] = "number"): boolean => propertyOf(description, name)?.Type === type;
  const sets = (name: string): boolean => isSet(description, name);
  const kinds: BridgedKind[] = [];
  if (sets("On")) {
    const isLight = lights.includes(description.Class) || sets("Brightness");
    if (!isLight) kinds.push(sets("Speed") ? "fan" : "outlet");
    else if (sets("Hue") && sets("Saturation") && sets("Brightness") && sets("ColourTemperature")) kinds.push("colour");
    else if (sets("ColourTemperature") && sets("Brightness")) kinds.push("white");
    else kinds.push(sets("Brightness") ? "dimmable" : "light");
  }
  if (has("Position") && (sets("Position") || (does(description, "Open") && does(description, "Close")))) kinds.push("cover");
  const isThermostat = sets("Target") && propertyOf(description, "Target")?.Unit === "°C" && has("Temperature");
  if (isThermostat) kinds.push("thermostat");
  if (has("Locked", "boolean")) kinds.push("lock");
  // Of a valve it says that water flows, which no sensor of a door does.
  if (has("Open", "boolean") && description.Class !== "valve") kinds.push("contact");
  if (has("Occupied", "boolean") || has("Motion", "boolean")) kinds.push("occupancy");
  if (has("Temperature") && propertyOf(description, "Temperature")?.Unit === "°C" && !isThermostat) kinds.push("temperature");
  if (has("Humidity")) kinds.push("humidity");
  if (has("Illuminance")) kinds.push("illuminance");
  if (has("Wet", "boolean")) kinds.push("leak");
  return kinds.slice(0, 8);
}

/** A property of a device, by its name. */
export function propertyOf({ Properties }: DeviceDescription, name: string): DeviceProperty | undefined {
  return Properties.find(({ Name }) => Name === name);
}

/** Whether others may set a property by themselves. */
export function isSet(description: DeviceDescription, name: string): boolean {
  const set = description.Commands.find(({ Name }) => Name === "Set");
  return propertyOf(description, name)?.Writable === true && set?.Arguments?.includes(name) === true && !isRisky(description.Class, "Set");
}

function does({ Class, Commands }: DeviceDescription, command: string): boolean {
  return Commands.some(({ Name, Arguments = [] }) => Name === command && Arguments.length === 0) && !isRisky(Class, command);
}

function isNumber(property: DeviceProperty | undefined): boolean {
  return property?.Type === "number";
}

function limit(name: keyof BridgedDevice["limits"], value: number | undefined, least: number, most: number): BridgedDevice["limits"] {
  return value === undefined || !Number.isFinite(value) ? {} : { [name]: clamp(value, least, most) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** What was reported, in percent where others count so. */
function valuesOf(description: DeviceDescription, shadow: Shadow | undefined): BridgedValues {
  const said = new Map((shadow?.reported?.Values ?? []).map(({ Name, Value }) => [Name, Value]));
  const number = (key: keyof BridgedValues, name: string, least: number, most: number, scale = 1): BridgedValues => {
    const value = said.get(name);
    if (typeof value !== "number" || !Number.isFinite(value) || !isNumber(propertyOf(description, name))) return {};
    return { [key]: clamp(value * scale, least, most) };
  };
  const percent = (key: keyof BridgedValues, name: string): BridgedValues => number(key, name, 0, 100, 100 / topOf(description, name));
  const flag = (key: keyof BridgedValues, name: string): BridgedValues => {
    const value = said.get(name);
    return typeof value === "boolean" ? { [key]: value } : {};
  };
  const mode = said.get("Mode");
  return {
    ...flag("on", "On"),
    ...percent("level", "Brightness"),
    ...number("white", "ColourTemperature", 1000, 20_000),
    ...number("hue", "Hue", 0, 360),
    ...number("saturation", "Saturation", 0, 100),
    ...percent("speed", "Speed"),
    ...percent("position", "Position"),
    ...number("target", "Target", -273, 300),
    ...(mode === "off" || mode === "heat" || mode === "cool" || mode === "auto" ? { mode } : {}),
    ...flag("locked", "Locked"),
    ...flag("open", "Open"),
    ...flag("occupied", "Motion"),
    ...flag("occupied", "Occupied"),
    ...number("temperature", "Temperature", -273, 300),
    ...number("humidity", "Humidity", 0, 100),
    ...number("illuminance", "Illuminance", 0, 1_000_000),
    ...flag("wet", "Wet"),
    ...number("battery", "Battery", 0, 100),
  };
}

/** The greatest value of a property, which others call 100 %. */
export function topOf(description: DeviceDescription, name: string): number {
  const { Maximum = 100 } = propertyOf(description, name) ?? {};
  return Maximum > 0 ? Maximum : 100;
}
