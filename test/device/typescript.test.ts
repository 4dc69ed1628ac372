/** The devices in TypeScript through the suite of all devices: some of them here, every class over every medium by `npm run test:device`. */
import { behaves } from "./behaviour.ts";
import { typescript } from "./implementation.ts";
import type { MediumName } from "./reach.ts";
import { media } from "./reach.ts";
import { samples } from "./sample.ts";

const whole = process.env.MESH_DEVICE_SUITE === "all";
const some: Readonly<Record<string, readonly MediumName[]>> = { light: ["serial"], lock: ["tcp"], sensor: ["mqtt"] };

for (const className of Object.keys(samples)) for (const medium of whole ? media : (some[className] ?? [])) behaves(typescript, className, medium);
