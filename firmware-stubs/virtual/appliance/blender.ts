/** The virtual blender: its motor runs with the lid closed alone, and stops when somebody opens it. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";

/** A blender as it leaves the factory: stopped, with its lid on. */
export function makeBlender(description: DeviceDescription): Appliance {
  return new Appliance(
    description,
    { Running: false, Speed: 5, Lid: true },
    {
      effects: { Start: { Running: true }, Stop: { Running: false }, Pulse: { Running: false } },
      refuses: (command, { Lid }) => ((command === "Start" || command === "Pulse") && Lid !== true ? "the lid is open" : undefined),
      follows: ({ Running, Lid }) => ({ Running: Running === true && Lid === true }),
    },
  );
}
