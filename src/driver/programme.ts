/**
 * Programmes of appliances (docs/extensions.md §22): what a device does by itself in stages, each for its time, as one text that people read before they
 * agree: "Mode fan, Target 180, 35 min; Mode grill, Target 240, 5 min". Whoever makes, gives or takes one reads it against the description of the
 * device, so that nothing is set in it that `Set` would not take.
 */
import { MeshError } from "../base/errors.ts";
import type { DeviceDescription } from "../schema/device/device-description.ts";
import type { StateValue } from "../schema/device/state.ts";
import { nameLimit } from "./language/check-name.ts";
import { checkArguments, checkValue } from "./value.ts";

/** What is set for how long. */
export interface Stage {
  readonly values: readonly StateValue[];
  readonly seconds: number;
}

/** The command that a device with programmes has; its arguments are these two texts. */
export const runCommand = "Run";
export const programmeProperty = "Programme";
export const mealProperty = "Meal";

const mostStages = 8;
const mostSeconds = 24 * 3600;
const unitSeconds: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

/** True for a device that takes programmes. */
export function takesProgrammes({ Commands }: Pick<DeviceDescription, "Commands">): boolean {
  return Commands.some(({ Name, Arguments = [] }) => Name === runCommand && Arguments.includes(programmeProperty));
}

/** The stages of a programme. Errors: ERR_COMMAND, with the part that does not fit. */
export function readProgramme(text: string, description: DeviceDescription): readonly Stage[] {
  // As a value it has a bound; what is longer is not taken apart.
  const property = description.Properties.find(({ Name }) => Name === programmeProperty);
  if (property === undefined) throw new MeshError("ERR_COMMAND", `a ${description.Class} takes no programmes`);
  const parts = String(checkValue(property, text)).split(";");
  if (parts.length > mostStages) throw new MeshError("ERR_COMMAND", `a programme has ${mostStages} stages at most`);
  const stages = parts.map((part) => readStage(part, description));
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  if (seconds > mostSeconds) throw new MeshError("ERR_COMMAND", `a programme lasts ${mostSeconds / 3600} h at most`);
  return stages;
}

/**
 * Arguments of an order as they are sent, with a programme read and in its form: whoever confirms it reads what will be done, and nothing else.
 * @throws ERR_COMMAND
 */
export function checkOrder(description: DeviceDescription, command: string, args: readonly StateValue[]): StateValue[] {
  const checked = checkArguments(description, command, args);
  if (command !== runCommand || !takesProgrammes(description)) return checked;
  if (!checked.some(({ Name }) => Name === programmeProperty)) throw new MeshError("ERR_COMMAND", `${runCommand} needs a ${programmeProperty}`);
  const meal = checked.find(({ Name }) => Name === mealProperty)?.Value;
  if (typeof meal === "string" && meal.length > nameLimit)
    throw new MeshError("ERR_COMMAND", `${mealProperty} must be a name of at most ${nameLimit} characters`);
  const written = checked.map(({ Name, Value }) =>
    Name === programmeProperty ? { Name, Value: writeProgramme(readProgramme(String(Value), description)) } : { Name, Value },
  );
  return checkArguments(description, command, written);
}

/** The same programme in the form in which it is kept. */
export function writeProgramme(stages: readonly Stage[]): string {
  return stages
    .map(({ values, seconds }) => [...values.map(({ Name, Value }) => `${Name} ${String(Value)}`), writeSpan(seconds)].join(", "))
    .join("; ");
}

/** How long it takes. */
export function lengthOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, { seconds }) => sum + seconds, 0);
}

function readStage(text: string, description: DeviceDescription): Stage {
  const items = text.split(",").map((item) => item.trim());
  const span = /^(\d{1,5}) ?(s|min|h)$/i.exec(items.pop() ?? "");
  const seconds = Number(span?.[1] ?? 0) * (unitSeconds[(span?.[2] ?? "").toLowerCase()] ?? 0);
  if (seconds < 1) throw refuse(text, "each stage ends with its time, such as 35 min or 40 s");
  if (items.length === 0) throw refuse(text, "each stage sets something, such as Speed 5");
  const values = items.map((item) => {
    const [, word = "", value = ""] = /^([A-Za-z]\w{0,31}) (.{1,64})$/.exec(item) ?? [];
    const property = description.Properties.find(({ Name }) => Name.toLowerCase() === word.toLowerCase());
    if (property === undefined) throw refuse(text, `a ${description.Class} has no property ${JSON.stringify(word.slice(0, 32))}`);
    const isTruth = property.Type === "boolean" && (value === "true" || value === "false");
    return { Name: property.Name, Value: isTruth ? value === "true" : value };
  });
  return { values: checkArguments(description, "Set", values), seconds };
}

function writeSpan(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function refuse(stage: string, why: string): MeshError {
  return new MeshError("ERR_COMMAND", `${JSON.stringify(stage.trim().slice(0, 80))} is no stage of a programme: ${why}`);
}
