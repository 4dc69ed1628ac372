/** Made from drivers/ by `npm run generate`: what the commands of each class may do. */
import type { ClassRisk } from "./device-class.ts";

export const classRisk: readonly ClassRisk[] = [
  { class: "light", commands: { Set: "none", Identify: "none" } },
  { class: "sensor", commands: { Identify: "none" } },
];
