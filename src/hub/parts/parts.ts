/** All parts of a hub, opened in the order in which they need each other; none of them has started. */
import { Voice } from "../voice/voice.ts";
import type { CommandParts } from "./command-parts.ts";
import { openCommandParts } from "./command-parts.ts";
import type { DeviceParts } from "./device-parts.ts";
import { openDeviceParts } from "./device-parts.ts";
import type { WebDoor } from "./doors.ts";
import { makeWebDoor } from "./doors.ts";
import type { HouseParts } from "./house-parts.ts";
import { openHouseParts } from "./house-parts.ts";
import type { StateParts } from "./state-parts.ts";
import { openStateParts } from "./state-parts.ts";
import type { Surroundings } from "./surroundings.ts";

/** The parts by their groups. */
export interface Parts {
  readonly devices: DeviceParts;
  readonly state: StateParts;
  readonly web: WebDoor;
  readonly commands: CommandParts;
  readonly house: HouseParts;
  readonly voice: Voice;
}

/** Errors: those of each group's files. */
export async function openParts(given: Surroundings): Promise<Parts> {
  const { config, ports, account } = given;
  const devices = await openDeviceParts(given);
  const state = await openStateParts(given, devices);
  const web = await makeWebDoor(given, devices);
  const commands = await openCommandParts(given, { ...devices, ...web }, state);
  const house = await openHouseParts(given, devices, state, commands);
  const { random, log } = ports;
  const voice = new Voice({ book: devices.book, config, clock: account.ports.clock, random, log: log.child("speech") });
  return { devices, state, web, commands, house, voice };
}
