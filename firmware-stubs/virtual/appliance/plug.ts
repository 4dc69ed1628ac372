/** The virtual plug: what is plugged in takes 60 W while it is on, and the meter counts. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";

const load = 60;
/** One step stands for a minute. */
const kilowattHours = load / 60 / 1000;

/** A plug as it leaves the factory: off. */
export function makePlug(description: DeviceDescription): Appliance {
  return new Appliance(description, { On: false, Power: 0, Energy: 0 }, { follows: ({ On }) => ({ Power: On === true ? load : 0 }) });
}

/** A minute goes by. */
export function meterPlug(plug: Appliance): void {
  const { On: on, Energy: energy } = plug.plain;
  if (on === true && typeof energy === "number") plug.change("Energy", energy + kilowattHours);
}

/** A switch as it leaves the factory: off. */
export function makeSwitch(description: DeviceDescription): Appliance {
  return new Appliance(description, { On: false });
}
