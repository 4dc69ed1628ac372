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
