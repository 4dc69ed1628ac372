/** The state of a device as a message, and the word of a button. */
import { dateTime } from "../../base/clock.ts";
import type { DeviceDescription, DeviceProperty, StateValue } from "../../schema/index.ts";
import type { Shadow } from "../state/shadow-book.ts";
import { isHappening, shownProperties } from "./entity-key.ts";

type Member = boolean | number | string | Readonly<Record<string, number>>;

/** The temperature of light as messages have it: the reciprocal, in millionths. */
const mireds = (kelvin: number): number => Math.round(1_000_000 / kelvin);

/** What a device has reported, and nothing else; `restored` while it was not heard since the hub started. Undefined before its first report. */
export function stateMessage(description: DeviceDescription, shadow: Shadow | undefined): string | undefined {
  if (shadow?.reported === undefined) return undefined;
  const members: Record<string, Member> = {};
  const said = new Map(shadow.reported.Values.map(({ Name, Value }) => [Name, Value]));
  const number = (name: string): number | undefined => {
    const value = said.get(name);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  };
  for (const [key, property] of shownProperties(description)) {
    if (isHappening(property) || property.Name === "Hue" || property.Name === "Saturation") continue;
    const member = memberOf(property, said.get(property.Name));
    if (member !== undefined) members[key] = member;
  }
  const [hue, saturation, kelvin] = [number("Hue"), number("Saturation"), number("ColourTemperature")];
  if (hue !== undefined && saturation !== undefined) members.color = { h: hue, s: saturation };
  const has = (name: string): boolean => said.has(name);
  if (has("On") && (has("Brightness") || kelvin !== undefined || hue !== undefined)) {
    // A device that has both is white when nothing of its colour is left.
    const isColoured = hue !== undefined && saturation !== undefined && (saturation > 0 || kelvin === undefined);
    members.color_mode = isColoured ? "hs" : kelvin !== undefined ? "color_temp" : "brightness";
  }
  if (shadow.lastContact !== undefined) members.last_seen = dateTime(shadow.lastContact);
  members.restored = shadow.restored;
  return JSON.stringify(members);
}

function memberOf({ Name, Type }: DeviceProperty, value: unknown): Member | undefined {
  if (Name === "ColourTemperature") return typeof value === "number" && value > 0 ? mireds(value) : undefined;
  // In words: a template would write True.
  if (Type === "boolean") return typeof value === "boolean" ? onOff(value) : undefined;
  return typeof value === "number" || typeof value === "string" ? value : undefined;
}

export const onOff = (value: boolean): "ON" | "OFF" => (value ? "ON" : "OFF");

/** What has just happened at a device, where something did. */
export function eventMessage(description: DeviceDescription, changed: readonly string[], values: readonly StateValue[]): string | undefined {
  const happenings = [...shownProperties(description).values()].filter(isHappening);
  const kind = happenings.find(({ Type }) => Type === "enum");
  if (!kind || !happenings.some(({ Name }) => changed.includes(Name))) return undefined;
  const value = values.find(({ Name }) => Name === kind.Name)?.Value;
  return typeof value === "string" && kind.Values?.includes(value) === true ? JSON.stringify({ event_type: value }) : undefined;
}

/** Whether a device can be reached, as a message. */
export function availabilityMessage(isThere: boolean): string {
  return JSON.stringify({ state: isThere ? "online" : "offline" });
}
