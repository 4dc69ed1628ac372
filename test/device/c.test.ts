/** The light in C (firmware-stubs/posix) through the suite of all devices, over what it speaks. */
import { behaves } from "./behaviour.ts";
import { posix } from "./implementation.ts";

const implementation = posix();

for (const medium of ["tcp", "serial"] as const) behaves(implementation, "light", medium);
