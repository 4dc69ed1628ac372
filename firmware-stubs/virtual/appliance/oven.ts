/** The virtual oven: it heats with its door closed alone, bakes by a programme to its end, and switches itself off then. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import type { Values } from "./appliance.ts";
import { Appliance } from "./appliance.ts";
import { begin, idle, plainOf, refusesProgramme, runs, stageOf } from "./programme.ts";

/** °C: a kitchen, and what an oven gains or loses in a step, which is a minute. */
const kitchen = 20;
const perStep = 5;
const minute = 60;

/** An oven as it leaves the factory: off and cold, with its door closed. */
export function makeOven(description: DeviceDescription): Appliance {
  const off: Values = { ...idle, Mode: "off" };
  return new Appliance(
    description,
    { Mode: "off", Target: 180, Temperature: kitchen, Door: true, ...idle },
    {
      effects: { Stop: off, Set: { Ready: false, Meal: "" }, Run: (taken) => begin(taken, description, minute) },
      refuses: (command, values, taken) => refusesProgramme(command, values, { taken, description }),
      follows: (values) => {
        const stage = stageOf(values, description, minute);
        if (stage) return plainOf(stage);
        // Its time is over: it is off, and the meal stays in it until somebody opens the door.
        if (runs(values)) return { Programme: "", Mode: "off", Ready: true };
        return values.Ready === true && values.Door !== true ? { Ready: false, Meal: "" } : {};
      },
      forgets: (values) => (runs(values) ? off : {}),
    },
  );
}

/** What an oven does in a step: towards its target while it is on and closed, towards the kitchen otherwise. Its programme waits while the door is open. */
export function runOven(oven: Appliance): void {
  const { Mode: mode, Target: target, Temperature: temperature, Door: door } = oven.plain;
  const goal = mode !== "off" && door === true ? Number(target) : kitchen;
  const left = goal - Number(temperature);
  oven.change("Temperature", Number(temperature) + Math.sign(left) * Math.min(perStep, Math.abs(left)));
  if (runs(oven.plain) && door === true) oven.change("Remaining", Number(oven.plain.Remaining) - 1);
}
