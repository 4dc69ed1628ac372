/** The virtual blender: its motor runs with the lid closed alone, and stops when somebody opens it, which ends a programme too. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";
import { begin, idle, plainOf, refusesProgramme, runs, stageOf } from "./programme.ts";

const second = 1;
/** Seconds of a step. */
const perStep = 10;
const needsLid: readonly string[] = ["Start", "Pulse", "Run"];

/** A blender as it leaves the factory: stopped, with its lid on. */
export function makeBlender(description: DeviceDescription): Appliance {
  const stopped = { Running: false, ...idle };
  return new Appliance(
    description,
    { Running: false, Speed: 5, Lid: true, ...idle },
    {
      effects: {
        Start: { ...idle, Running: true },
        Stop: stopped,
        Pulse: stopped,
        Run: (taken) => ({ ...begin(taken, description, second), Running: true }),
      },
      refuses: (command, values, taken) =>
        needsLid.includes(command) && values.Lid !== true ? "the lid is open" : refusesProgramme(command, values, { taken, description }),
      follows: (values) => {
        if (values.Lid !== true) return stopped;
        const stage = stageOf(values, description, second);
        if (stage) return plainOf(stage);
        return runs(values) ? { Programme: "", Running: false, Ready: true } : {};
      },
      forgets: (values) => (runs(values) ? stopped : {}),
    },
  );
}

/** What a blender does in a step by its programme. */
export function runBlender(blender: Appliance): void {
  if (runs(blender.plain)) blender.change("Remaining", Math.max(0, Number(blender.plain.Remaining) - perStep));
}
