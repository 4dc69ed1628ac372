/**
 * What a controller may write by Matter and no device of the house knows: how a lamp is when power comes back, that a lock takes no orders, other limits, another name. It
 * would be kept and shown as if it held, so that it is refused.
 */
import { hold, isFromOutside } from "./held-writes.ts";
import type { BehaviourInstance } from "./matter-modules.ts";

const unknown = {
  onOff: ["onTime", "offWaitTime", "startUpOnOff"],
  level: ["onLevel", "startUpCurrentLevel"],
  colour: ["startUpColorTemperatureMireds"],
  cover: ["mode"],
  lock: ["operatingMode"],
  information: ["nodeLabel"],
  identify: ["identifyTime"],
  thermostat: ["minHeatSetpointLimit", "maxHeatSetpointLimit"],
} as const;

/** Has the writes of a behaviour's attributes refused that nobody would carry out. @param refuse throws what the controller is answered */
export function refuseWrites(behaviour: BehaviourInstance, of: keyof typeof unknown, refuse: () => never): void {
  for (const attribute of unknown[of]) {
    hold(behaviour, attribute, async (value, before, context) => {
      if (isFromOutside(context) && value !== before) refuse();
    });
  }
}
