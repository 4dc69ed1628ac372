/** What the groups of parts of a hub are made from, and how they say what has to be done at its end. */
import { join } from "node:path";
import type { AccountContext, Ports } from "../../account/hub.ts";
import type { MeshError } from "../../base/errors.ts";
import type { HubConfig } from "../../config/index.ts";
import type { DriverCatalogue } from "../../driver/index.ts";
import type { AlarmFile } from "../alarm-file.ts";
import { type OpenFile, salvaging } from "../salvage.ts";

/** What all groups see. */
export interface Surroundings {
  readonly config: HubConfig;
  /** As the daemon was given them; the account's own have the clock that its service has put right. */
  readonly ports: Ports;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly account: AccountContext;
  readonly drivers: DriverCatalogue;
  readonly alarms: AlarmFile;
  readonly onDamage: (damage: MeshError) => void;
  readonly openFile: OpenFile;
  /** Absolute path of a file of the hub's state. */
  readonly stateFile: (name: string) => string;
  /** What has to be done at the end; what was named last is done first. */
  readonly atEnd: (name: string, stop: () => unknown) => void;
}

/** Adds what follows from the rest. */
export function surroundings(given: Omit<Surroundings, "openFile" | "stateFile">): Surroundings {
  return { ...given, openFile: salvaging(given.alarms), stateFile: (name) => join(given.config.stateDir, "state", name) };
}
