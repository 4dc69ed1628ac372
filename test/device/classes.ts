/** Which classes are played through the suite: a few in the daily tests, every one where MESH_DEVICE_SUITE is "all" (`npm run test:device`). */
import { behaves } from "./behaviour.ts";
import type { Implementation } from "./implementation.ts";
import type { MediumName } from "./reach.ts";
import { samples } from "./sample.ts";

/** Defines the lives of an implementation over one medium. A test file has one of them: the runner gives each file 20 minutes. */
export function behavesAs(implementation: Implementation, medium: MediumName, daily: readonly string[]): void {
  const whole = process.env.MESH_DEVICE_SUITE === "all";
  for (const className of whole ? Object.keys(samples) : daily) behaves(implementation, className, medium);
}
