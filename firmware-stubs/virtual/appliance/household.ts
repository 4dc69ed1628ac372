/** Virtual devices of the household: a coffee maker, a washing machine, a robot that vacuums. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";

/** A coffee maker as it leaves the factory: off, with water. It brews with water alone, and while it is on. */
export function makeCoffeeMaker(description: DeviceDescription): Appliance {
  return new Appliance(
    description,
    { On: false, Brewing: false, Empty: false },
    {
      effects: { Brew: { On: true, Brewing: true }, Stop: { Brewing: false } },
      refuses: (command, { Empty }) => (command === "Brew" && Empty === true ? "it has no water" : undefined),
      follows: ({ On, Brewing, Empty }) => ({ Brewing: Brewing === true && On === true && Empty === false }),
    },
  );
}

/** Minutes of each programme. */
const minutes: Readonly<Record<string, number>> = { cotton: 120, synthetics: 90, delicate: 45, wool: 40, quick: 30 };

/** A washing machine as it leaves the factory: stopped and closed. It keeps its programme while it runs, and runs with its door closed alone. */
export function makeWashingMachine(description: DeviceDescription): Appliance {
  return new Appliance(
    description,
    { Programme: "cotton", Running: false, Remaining: 0, Door: true },
    {
      effects: { Start: { Running: true }, Stop: { Running: false, Remaining: 0 } },
      refuses: (command, { Door, Running }) => {
        if (command === "Start" && Door !== true) return "the door is open";
        return command === "Set" && Running === true ? "it is running" : undefined;
      },
      follows: ({ Running, Door, Programme, Remaining }) => {
        const runs = Running === true && Door === true;
        return { Running: runs, Remaining: !runs ? 0 : Number(Remaining) > 0 ? Number(Remaining) : (minutes[String(Programme)] ?? 60) };
      },
    },
  );
}

/** What a washing machine does in a step: a minute less, and at the end it stops. */
export function runWash(machine: Appliance): void {
  const { Running: running, Remaining: remaining } = machine.plain;
  if (running !== true) return;
  if (Number(remaining) <= 1) machine.change("Running", false);
  else machine.change("Remaining", Number(remaining) - 1);
}

/** A vacuum robot as it leaves the factory: charged, in its dock. */
export function makeVacuum(description: DeviceDescription): Appliance {
  return new Appliance(
    description,
    { Action: "docked", Battery: 100 },
    {
      effects: { Start: { Action: "cleaning" }, Pause: { Action: "paused" }, Dock: { Action: "docked" } },
      refuses: (command, { Battery }) => (command === "Start" && Number(Battery) < 10 ? "its battery is empty" : undefined),
    },
  );
}
