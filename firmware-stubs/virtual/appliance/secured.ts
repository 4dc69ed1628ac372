/** The virtual devices that guard a house: lock, garage door, alarm panel. Whom they obey is not theirs to know: the device judges orders first. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";

/** A lock as it leaves the factory: locked. */
export function makeLock(description: DeviceDescription): Appliance {
  return new Appliance(description, { Locked: true, Battery: 100 }, { effects: { Lock: { Locked: true }, Unlock: { Locked: false } } });
}

/** A garage door as it leaves the factory: closed. */
export function makeGarageDoor(description: DeviceDescription): Appliance {
  return new Appliance(description, { Position: 0, Obstructed: false }, { effects: { Open: { Position: 100 }, Close: { Position: 0 } } });
}

/** An alarm panel as it leaves the factory: disarmed and silent. Disarming it silences it. */
export function makeSiren(description: DeviceDescription): Appliance {
  const effects = {
    Arm: { Armed: true },
    Disarm: { Armed: false, Sounding: false },
    Sound: { Sounding: true },
    Silence: { Sounding: false },
  };
  return new Appliance(description, { Armed: false, Sounding: false, Battery: 100 }, { effects });
}
