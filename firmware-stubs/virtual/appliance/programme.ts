/**
 * What virtual appliances do by a programme (src/driver/programme.ts): one stage after the other, each for its time, and they say when the meal is ready.
 * Where they are in it follows from the time that is left, so that nothing is kept beside the values. A device that lost its power does not go on by itself.
 */

import { MeshError } from "../../../src/base/errors.ts";
import type { Stage } from "../../../src/driver/index.ts";
import { lengthOf, readProgramme } from "../../../src/driver/index.ts";
import type { DeviceDescription } from "../../../src/schema/index.ts";
import type { Values } from "./appliance.ts";

/** Nothing runs, and nothing is ready. */
export const idle: Values = { Programme: "", Meal: "", Remaining: 0, Ready: false };

/** True while a programme runs. */
export function runs({ Programme }: Values): boolean {
  return typeof Programme === "string" && Programme !== "";
}

/** Why a command is not carried out as far as programmes are concerned; undefined when it is. `taken` are its arguments. */
export function refusesProgramme(
  command: string,
  values: Values,
  { taken, description }: { readonly taken: Values; readonly description: DeviceDescription },
): string | undefined {
  if (command === "Run") {
    try {
      readProgramme(String(taken.Programme ?? ""), description);
    } catch (error) {
      if (error instanceof MeshError) return error.message;
      throw error;
    }
  }
  const isChange = command !== "Stop" && command !== "Identify";
  return isChange && runs(values) ? "it runs a programme: stop it first" : undefined;
}

/** What a programme that is taken leaves behind. @param unit seconds of one step of Remaining */
export function begin(taken: Values, description: DeviceDescription, unit: number): Values {
  const stages = readProgramme(String(taken.Programme ?? ""), description);
  return { ...idle, Remaining: Math.ceil(lengthOf(stages) / unit) };
}

/** What holds at this time of the programme; undefined when none runs, or it is over. */
export function stageOf(values: Values, description: DeviceDescription, unit: number): Stage | undefined {
  if (!runs(values) || Number(values.Remaining) <= 0) return undefined;
  const stages = readProgramme(String(values.Programme), description);
  let left = lengthOf(stages) - Number(values.Remaining) * unit;
  return stages.find(({ seconds }) => {
    left -= seconds;
    return left < 0;
  });
}

/** The values of a stage by name. */
export function plainOf({ values }: Stage): Values {
  return Object.fromEntries(values.map(({ Name, Value }) => [Name, Value])) as Values;
}
