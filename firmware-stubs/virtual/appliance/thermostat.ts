/** The virtual thermostat: a room that cools to 15 °C by itself, is heated while it is below the target, and cooled while above, as the mode allows. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import type { Values } from "./appliance.ts";
import { Appliance } from "./appliance.ts";

/** °C: the room without heating, and what a step brings. */
const unheated = 15;
const perStep = 0.2;
/** °C between going on and off, so that it does not flicker. */
const hysteresis = 0.5;

/** What it does: as the room, the target and the mode have it. */
function actionOf({ Temperature, Target, Mode, Action }: Values): "idle" | "heating" | "cooling" {
  const below = Number(Target) - Number(Temperature);
  const needs = (kind: string, least: number): boolean => (Action === kind ? least > 0 : least >= hysteresis);
  if ((Mode === "heat" || Mode === "auto") && needs("heating", below)) return "heating";
  if ((Mode === "cool" || Mode === "auto") && needs("cooling", -below)) return "cooling";
  return "idle";
}

/** A thermostat as it leaves the factory: off, in a room of 18 °C. */
export function makeThermostat(description: DeviceDescription): Appliance {
  const values = { Temperature: 18, Target: 20, Mode: "off", Action: "idle", Battery: 100 };
  return new Appliance(description, values, { follows: (now) => ({ Action: actionOf(now) }) });
}

/** What the room does in a step. */
export function driftThermostat(thermostat: Appliance): void {
  const { Temperature: temperature, Action: action } = thermostat.plain;
  const now = Number(temperature);
  const natural = now > unheated ? -perStep / 2 : 0;
  const change = action === "heating" ? perStep : action === "cooling" ? -perStep : natural;
  thermostat.change("Temperature", Math.round((now + change) * 10) / 10);
}
