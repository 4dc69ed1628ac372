/** Virtual devices that only tell: a button, a contact at a door or window, a leak sensor. What happens to them comes with the order `set`. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";

/** A button that was never pressed. */
export function makeButton(description: DeviceDescription): Appliance {
  return new Appliance(description, { Presses: 0, Press: "short", Battery: 100 });
}

/** Somebody presses the button: how, and one press more. */
export function pressButton(button: Appliance, kind = "short"): void {
  button.change("Press", kind);
  button.change("Presses", Number(button.plain.Presses) + 1);
}

/** The contact of a closed door. */
export function makeContact(description: DeviceDescription): Appliance {
  return new Appliance(description, { Open: false, Battery: 100 });
}

/** A leak sensor on a dry floor. */
export function makeLeak(description: DeviceDescription): Appliance {
  return new Appliance(description, { Wet: false, Battery: 100 });
}

/** How a device that only tells is when nothing happens, by its class. */
export const quiet = {
  "air-quality": { CO2: 450, PM25: 4, Temperature: 21, Humidity: 45, Battery: 100 },
  "carbon-monoxide": { CarbonMonoxide: false, Battery: 100 },
  illuminance: { Illuminance: 200, Battery: 100 },
  meter: { Power: 250, Energy: 0, Voltage: 230, Current: 1, Battery: 100 },
  motion: { Motion: false, Occupied: false, Illuminance: 200, Battery: 100 },
  smoke: { Smoke: false, Battery: 100 },
  vibration: { Vibration: false, Battery: 100 },
} as const;

/** A device that tells what is around it. */
export function makeQuiet(kind: keyof typeof quiet): (description: DeviceDescription) => Appliance {
  return (description) => new Appliance(description, quiet[kind]);
}
