/** The firmware in C (firmware-stubs/posix) through the suite of all devices: some here, all of it by `npm run test:device`. */
import { behaves } from "./behaviour.ts";
import { posix } from "./implementation.ts";
import type { MediumName } from "./reach.ts";
import { media as all } from "./reach.ts";

const implementation = posix();
const whole = process.env.MESH_DEVICE_SUITE === "all";
const some: Readonly<Record<string, readonly MediumName[]>> = {
  light: ["serial", "mqtt"],
  plug: [],
  thermostat: [],
  sensor: ["serial"],
  button: [],
  contact: [],
  leak: [],
  blender: [],
  lock: ["tcp"],
  "garage-door": ["serial"],
  siren: [],
};

for (const [className, media] of Object.entries(some)) {
  for (const medium of whole ? all : media) behaves(implementation, className, medium);
}
