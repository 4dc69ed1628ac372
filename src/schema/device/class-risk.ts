/** Made from drivers/ by `npm run generate`: what the commands of each class may do. */
import type { ClassRisk } from "./device-class.ts";

export const classRisk: readonly ClassRisk[] = [
  { class: "air-quality", commands: { Identify: "none" } },
  { class: "blender", commands: { Set: "move", Start: "move", Pulse: "move", Stop: "none", Identify: "none" } },
  { class: "button", commands: { Identify: "none" } },
  { class: "carbon-monoxide", commands: { Identify: "none" } },
  { class: "colour-light", commands: { Set: "none", Identify: "none" } },
  { class: "contact", commands: { Identify: "none" } },
  { class: "cover", commands: { Set: "none", Open: "none", Close: "none", Stop: "none", Identify: "none" } },
  { class: "fan", commands: { Set: "none", Identify: "none" } },
  { class: "garage-door", commands: { Set: "open", Open: "open", Close: "none", Identify: "none" } },
  { class: "illuminance", commands: { Identify: "none" } },
  { class: "leak", commands: { Identify: "none" } },
  { class: "light", commands: { Set: "none", Identify: "none" } },
  { class: "lock", commands: { Lock: "none", Unlock: "open", Identify: "none" } },
  { class: "meter", commands: { Identify: "none" } },
  { class: "motion", commands: { Identify: "none" } },
  { class: "plug", commands: { Set: "none", Identify: "none" } },
  { class: "sensor", commands: { Identify: "none" } },
  { class: "siren", commands: { Arm: "alarm", Disarm: "alarm", Sound: "alarm", Silence: "alarm", Identify: "none" } },
  { class: "smoke", commands: { Identify: "none" } },
  { class: "thermostat", commands: { Set: "none", Identify: "none" } },
  { class: "valve", commands: { Open: "open", Close: "none", Identify: "none" } },
  { class: "vibration", commands: { Identify: "none" } },
];
