/** The virtual sensor: a temperature that drifts the same way for the same seed, humidity, motion, and a battery that runs down. */
import type { DeviceDescription } from "../../../src/schema/index.ts";
import { Appliance } from "./appliance.ts";

/** Steps of one day's curve. */
const period = 240;

/** Steps after which the battery has lost one percent. */
const stepsPerPercent = 120;

/** Temperature in °C and humidity in % at a step: a slow wave with a small ripple, shifted by the seed. */
export function climateAt(step: number, seed: number): { readonly temperature: number; readonly humidity: number } {
  const phase = (2 * Math.PI * (step + seed * 17)) / period;
  const temperature = 20.5 + 2.5 * Math.sin(phase) + 0.2 * Math.sin(phase * 13 + seed);
  return { temperature: Math.round(temperature * 10) / 10, humidity: Math.round(50 - 8 * Math.sin(phase)) };
}

/** A sensor as it leaves the factory. */
export function makeSensor(description: DeviceDescription, seed: number): Appliance {
  const { temperature, humidity } = climateAt(0, seed);
  return new Appliance(description, { Temperature: temperature, Humidity: humidity, Battery: 100, Motion: false });
}

/** What the world does to a sensor in a step. */
export function driftSensor(sensor: Appliance, step: number, seed: number): void {
  const { temperature, humidity } = climateAt(step, seed);
  sensor.change("Temperature", temperature);
  sensor.change("Humidity", humidity);
  if (step % stepsPerPercent === 0) sensor.change("Battery", Math.max(0, 100 - step / stepsPerPercent));
}
