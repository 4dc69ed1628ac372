/** Virtual devices that a motor moves: a fan, a blind, a valve. They are where they were told to be at once. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";

/** A fan as it leaves the factory: off. */
export function makeFan(description: DeviceDescription): Appliance {
  return new Appliance(description, { On: false, Speed: 50 });
}

/** A blind as it leaves the factory: closed. */
export function makeCover(description: DeviceDescription): Appliance {
  return new Appliance(description, { Position: 0 }, { effects: { Open: { Position: 100 }, Close: { Position: 0 } } });
}

/** A valve as it leaves the factory: shut. */
export function makeValve(description: DeviceDescription): Appliance {
  return new Appliance(description, { Open: false }, { effects: { Open: { Open: true }, Close: { Open: false } } });
}
