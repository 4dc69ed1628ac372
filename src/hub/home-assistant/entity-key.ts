/** What the properties of a device are called in messages to Home Assistant. A description comes from a device: what is no plain name is left out. */
import type { DeviceDescription, DeviceProperty } from "../../schema/index.ts";

/** As the schema of drivers has it: nothing that means anything in a template or a topic. */
const plainName = /^[A-Z][A-Za-z0-9]{0,31}$/;
/** Most properties of a device that are shown. */
const mostProperties = 64;
/** Names that lights have in messages of this kind. */
const usual: Readonly<Record<string, string>> = { On: "state", ColourTemperature: "color_temp" };
/** Names that messages have besides. */
const taken: readonly string[] = ["color", "color_mode", "command", "transaction", "transition", "restored", "last_seen", "event_type"];

/** The properties of a device that can be shown, by their names in messages. */
export function shownProperties({ Properties }: Pick<DeviceDescription, "Properties">): ReadonlyMap<string, DeviceProperty> {
  const shown = new Map<string, DeviceProperty>();
  for (const property of Properties.slice(0, mostProperties)) {
    if (!plainName.test(property.Name)) continue;
    const key = keyOf(property.Name);
    if (!shown.has(key)) shown.set(key, property);
  }
  return shown;
}

function keyOf(name: string): string {
  const key = usual[name] ?? snake(name);
  return taken.includes(key) || (key === "state" && name !== "On") ? `its_${key}` : key;
}

/** `CarbonMonoxide` as carbon_monoxide. */
export function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** `CarbonMonoxide` as "Carbon monoxide". */
export function spoken(name: string): string {
  const words = snake(name).replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** True for a property that is no state but happens: the presses of a button. */
export function isHappening({ Type, Event, Writable }: DeviceProperty): boolean {
  return Event === true && Writable !== true && (Type === "enum" || Type === "number");
}

/** Commands whose names are plain. */
export function plainCommands({ Commands }: Pick<DeviceDescription, "Commands">): readonly string[] {
  return Commands.slice(0, mostProperties)
    .map(({ Name }) => Name)
    .filter((name) => plainName.test(name));
}
