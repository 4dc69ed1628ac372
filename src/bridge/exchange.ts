/** What comes from a foreign device and what goes to it, by its wiring. */
import type { Datum } from "../codec/index.ts";
import type { StateValue } from "../schema/index.ts";
import { decode, encode } from "./coding.ts";
import type { ForeignDevice, Incoming, Outgoing, Path, Scalar } from "./foreign-device.ts";
import { parseState, valueAt } from "./payload.ts";

/** What a message says of a device. */
export interface Heard {
  readonly values: readonly StateValue[];
  /** The values hold a press of a button: an event, which nobody repeats. */
  readonly isPress: boolean;
  /** Whether it can be reached, where the message tells. */
  readonly online?: boolean;
}

/**
 * What a message says of a device; undefined when it says nothing.
 * @param read reads the payload; given where many devices hear one message
 */
export function hear(
  device: ForeignDevice,
  { topic, payload }: Pick<Incoming, "topic" | "payload">,
  read: () => ReturnType<typeof parseState> = () => parseState(payload),
): Heard | undefined {
  const readings = device.readings.filter((reading) => reading.topic === topic);
  const availability = device.availability.find((one) => one.topic === topic);
  const state = readings.length > 0 || availability ? read() : undefined;
  if (!state) return undefined;
  const at = (path: Path): Datum | undefined => (path.length === 0 ? state.text : valueAt(state.object, path));
  const values = new Map<string, Scalar>();
  let isPress = false;
  for (const { path, property, coding } of readings) {
    const value = decode(coding, at(path));
    if (value === undefined) continue;
    values.set(property, value);
    isPress ||= coding.kind === "press";
  }
  // Older bridges say it in one word.
  const said = availability && [state.text, at(availability.path)];
  const says = (words: readonly Scalar[]): boolean => said?.some((value) => words.some((word) => word === value)) === true;
  const online = availability && (says(availability.online) ? true : says(availability.offline) ? false : undefined);
  if (values.size === 0 && online === undefined) return undefined;
  return { values: [...values].map(([Name, Value]) => ({ Name, Value })), isPress, ...(online === undefined ? {} : { online }) };
}

/** The messages of a command; undefined for one that this device is not wired for. */
export function tell(device: ForeignDevice, command: string, args: readonly StateValue[]): readonly Outgoing[] | undefined {
  if (command !== "Set") {
    const action = device.actions.find((candidate) => candidate.command === command);
    return action && [{ topic: action.topic, payload: action.payload }];
  }
  const messages = new Map<string, { readonly topic: string; readonly object?: { [name: string]: Datum | undefined }; readonly text?: string }>();
  for (const { Name, Value } of args) {
    const writing = device.writings.find(({ property }) => property === Name);
    const value = writing && encode(writing.coding, Value);
    if (!writing || value === undefined) return undefined;
    const { topic, base, path } = writing;
    if (!base) {
      messages.set(`${topic} ${messages.size}`, { topic, text: String(value) });
      continue;
    }
    // What goes to one place goes in one message, so that it happens at once.
    const key = `${topic} ${JSON.stringify(base)}`;
    messages.set(key, { topic, object: withValue(messages.get(key)?.object ?? base, path, value) });
  }
  return [...messages.values()].map(({ topic, object, text }) => ({ topic, payload: text ?? JSON.stringify(object) }));
}

function withValue(object: Readonly<Record<string, Datum | undefined>>, path: Path, value: Datum): { [name: string]: Datum | undefined } {
  const [name = "", ...rest] = path;
  const inner = object[name];
  const below = typeof inner === "object" && inner !== null ? (inner as Readonly<Record<string, Datum | undefined>>) : {};
  return { ...object, [name]: rest.length === 0 ? value : withValue(below, rest, value) };
}
