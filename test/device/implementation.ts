/** Programs that are a device: each takes the flags and orders of firmware-stubs/README.md, and is played through the same suite. */
import { existsSync } from "node:fs";
import { packagePath } from "../../src/base/package-root.ts";

/** One implementation of the device link. */
export interface Implementation {
  readonly name: string;
  /** Words that start a device of a class; undefined for the virtual device. */
  program(className: string): readonly string[] | undefined;
  /** What is missing to run it, as in "needs X"; undefined when it can be. */
  missing(className: string): string | undefined;
  /** At which writes of its first connection power is cut. */
  readonly powerCuts: readonly number[];
}

/** The devices in TypeScript. Power cuts at every one of their writes are in test/virtual/power.test.ts, without a process for each. */
export const typescript: Implementation = {
  name: "TypeScript",
  program: () => undefined,
  missing: () => undefined,
  powerCuts: [2, 4],
};

const built = (className: string): string => packagePath("firmware-stubs", "posix", "build", className);

/** The firmware in C, as a process. */
export const posix: Implementation = {
  name: "C, posix",
  program: (className) => [built(className)],
  missing: (className) => (existsSync(built(className)) ? undefined : `needs firmware-stubs/posix/build/${className}`),
  powerCuts: Array.from({ length: 12 }, (_, at) => at + 1),
};
