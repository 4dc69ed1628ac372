/** Programs that are a device: each takes the flags and orders of firmware-stubs/README.md, and is played through the same suite. */
import { makeFirmware, missingForFirmware, sanitizers } from "../kit/firmware.ts";

/** One implementation of the device link. */
export interface Implementation {
  readonly name: string;
  /** Words that start a device of a class; undefined for the virtual device. */
  program(className: string): readonly string[] | undefined;
  /** What is missing to run it, as in "needs X"; undefined when it can be. */
  missing(className: string): string | undefined;
  /** At which writes of its first connection power is cut. */
  readonly powerCuts: readonly number[];
  /** It takes deliveries of a split. */
  readonly takesSplits: boolean;
  /** It comes back when it was told to, and can sleep between two reports. */
  readonly rests: boolean;
}

/** The devices in TypeScript. Power cuts at every one of their writes are in test/virtual/power.test.ts, without a process for each. */
export const typescript: Implementation = {
  name: "TypeScript",
  program: () => undefined,
  missing: () => undefined,
  powerCuts: [2, 4],
  takesSplits: true,
  rests: true,
};

/** The firmware in C, as a process with the sanitizers of gcc, or with other flags of the compiler; made when it is first asked for. */
export function posix(flags = sanitizers): Implementation {
  const missing = missingForFirmware();
  let program: string | undefined;
  return {
    name: "C",
    program() {
      program ??= makeFirmware({ flags });
      return [program];
    },
    missing: () => missing,
    powerCuts: [1, 2, 3, 4, 5],
    takesSplits: true,
    rests: true,
  };
}
