/**
 * The virtual light: on, brightness, colour temperature, a label that it keeps for its owner; a switch and a dimmer of its own.
 * Its class and ranges are those of drivers/light, and of drivers/colour-light.
 */
import { MeshError } from "../../../src/base/errors.ts";
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";

/** A light as it leaves the factory: off. */
export function makeLight(description: DeviceDescription): Appliance {
  return new Appliance(description, { On: false, Brightness: 100, ColourTemperature: 2700, Label: "" });
}

/** A light that has colours, too. */
export function makeColourLight(description: DeviceDescription): Appliance {
  return new Appliance(description, { On: false, Brightness: 100, ColourTemperature: 2700, Hue: 0, Saturation: 0, Label: "" });
}

/** Somebody uses the switch at the light: "on", "off", or nothing to turn it over. Throws ERR_COMMAND. */
export function useSwitch(light: Appliance, position: string | undefined): void {
  if (position !== undefined && position !== "on" && position !== "off") throw new MeshError("ERR_COMMAND", `a switch is on or off, not ${position}`);
  const isOn = light.values.find(({ Name }) => Name === "On")?.Value === true;
  light.change("On", position === undefined ? !isOn : position === "on");
}
