/** Which classes are played through the suite: a few in the daily tests; MESH_DEVICE_SUITE names others, as in "lock,siren", or "all" of them (main.ts). */
import { behaves } from "./behaviour.ts";
import type { Implementation } from "./implementation.ts";
import type { MediumName } from "./reach.ts";
import { samples } from "./sample.ts";

/** Every class that there is. */
const everyClass = Object.keys(samples);

/** Of those that could be played, those that are. */
export function chosenClasses(daily: readonly string[], all: readonly string[] = everyClass): readonly string[] {
  const wanted = process.env.MESH_DEVICE_SUITE;
  if (wanted === undefined) return daily;
  return wanted === "all" ? all : all.filter((name) => wanted.split(",").includes(name));
}

/** Defines the lives of an implementation over one medium. */
export function behavesAs(implementation: Implementation, medium: MediumName, daily: readonly string[]): void {
  for (const className of chosenClasses(daily)) behaves(implementation, className, medium);
}
