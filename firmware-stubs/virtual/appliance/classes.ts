/** The virtual devices by class: how each leaves the factory, and what the world does to it in a step. */
import { readFileSync } from "node:fs";
import type { Clock } from "../../../src/base/clock.ts";
import { MeshError } from "../../../src/base/errors.ts";
import { packagePath } from "../../../src/base/package-root.ts";
import { describeDevice, parseDriver } from "../../../src/driver/index.ts";
import type { DeviceDescription } from "../../../src/schema/index.ts";
import type { Appliance } from "./appliance.ts";
import { makeBlender, runBlender } from "./blender.ts";
import { makeCoffeeMaker, makeVacuum, makeWashingMachine, runWash } from "./household.ts";
import { makeColourLight, makeLight } from "./light.ts";
import { makeCover, makeFan, makeValve } from "./moving.ts";
import { makeOven, runOven } from "./oven.ts";
import { makePlug, makeSwitch, meterPlug } from "./plug.ts";
import { makeGarageDoor, makeLock, makeSiren } from "./secured.ts";
import { driftSensor, makeSensor } from "./sensor.ts";
import { driftThermostat, makeThermostat } from "./thermostat.ts";
import { makeButton, makeContact, makeLeak, makeQuiet } from "./watching.ts";

interface ApplianceClass {
  readonly make: (description: DeviceDescription, seed: number) => Appliance;
  readonly step?: (appliance: Appliance, step: number, seed: number) => void;
  /** What a step takes, where the device counts its time by them. */
  readonly stepMs?: number;
}

const classes: Readonly<Record<string, ApplianceClass>> = {
  "air-quality": { make: makeQuiet("air-quality") },
  blender: { make: makeBlender, step: runBlender, stepMs: 10_000 },
  button: { make: makeButton },
  "colour-light": { make: makeColourLight },
  "carbon-monoxide": { make: makeQuiet("carbon-monoxide") },
  "coffee-maker": { make: makeCoffeeMaker },
  contact: { make: makeContact },
  cover: { make: makeCover },
  fan: { make: makeFan },
  illuminance: { make: makeQuiet("illuminance") },
  meter: { make: makeQuiet("meter") },
  motion: { make: makeQuiet("motion") },
  smoke: { make: makeQuiet("smoke") },
  valve: { make: makeValve },
  vibration: { make: makeQuiet("vibration") },
  "garage-door": { make: makeGarageDoor },
  leak: { make: makeLeak },
  light: { make: makeLight },
  lock: { make: makeLock },
  oven: { make: makeOven, step: runOven, stepMs: 60_000 },
  plug: { make: makePlug, step: meterPlug },
  sensor: { make: makeSensor, step: driftSensor },
  siren: { make: makeSiren },
  switch: { make: makeSwitch },
  thermostat: { make: makeThermostat, step: driftThermostat },
  vacuum: { make: makeVacuum },
  "washing-machine": { make: makeWashingMachine, step: runWash, stepMs: 60_000 },
};

function classOf(name: string): ApplianceClass {
  const found = Object.hasOwn(classes, name) ? classes[name] : undefined;
  if (!found) throw new MeshError("ERR_DRIVER", `there is no virtual ${name}`);
  return found;
}

/**
 * A device of a class as it leaves the factory. The maker's name and model do not matter inside it: owners see those of the signed description.
 * Errors: ERR_DRIVER.
 */
export function makeAppliance(className: string, seed: number): Appliance {
  const { make } = classOf(className);
  const file = packagePath("drivers", className, "driver.json");
  const driver = parseDriver(readFileSync(file, "utf8"), file);
  return make(describeDevice(driver, { manufacturer: "virtual", model: className, version: "1" }), seed);
}

/** A step of what has no programme. */
const usualStepMs = 30_000;

/** Lets the world change around a device, step by step, until aborted. */
export async function runAppliance(options: {
  readonly appliance: Appliance;
  readonly className: string;
  readonly seed: number;
  /** Between two steps; as long as they take in its class when absent. */
  readonly intervalMs?: number | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { appliance, className, seed, clock, signal } = options;
  const { step, stepMs = usualStepMs } = classOf(className);
  const { intervalMs = stepMs } = options;
  for (let count = 1; step && !signal.aborted; count++) {
    try {
      await clock.sleep(intervalMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    step(appliance, count, seed);
  }
}
