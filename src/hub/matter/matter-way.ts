/**
 * Where a hub's Matter process is. As a service of systemd it has a unit and a user of its own, or there is none: a child would have the hub's user, and
 * whoever takes it over the hub's socket. A hub that somebody runs himself starts a child.
 */
import { join } from "node:path";
import type { Log } from "../../base/log.ts";
import type { HubConfig } from "../../config/index.ts";
import type { MatterKeeperOptions } from "../../matter/keeper.ts";
import { matterChild } from "../../matter/matter-child.ts";
import { missingMatter } from "../../matter/matter-package.ts";
import { matterUnit } from "../../matter/matter-unit.ts";

/** Where the child of a hub keeps what ecosystems have told it. */
export function matterStorage({ stateDir }: Pick<HubConfig, "stateDir">): string {
  return join(stateDir, "matter");
}

/** How a process is had, and why there is no use in trying. */
export function matterWay(
  config: Pick<HubConfig, "matter" | "stateDir">,
  { env, log }: { readonly env: Readonly<Record<string, string | undefined>>; readonly log: Log },
): Pick<MatterKeeperOptions, "absent" | "open"> {
  const { socket, ...options } = config.matter;
  if (socket !== undefined) return { absent: missingMatter, open: () => matterUnit(socket) };
  return {
    // systemd tells its services with it how to say that they are up.
    absent: () => (env.NOTIFY_SOCKET === undefined ? missingMatter() : needsUnit),
    open: () => matterChild({ ...options, storage: matterStorage(config), env, log }),
  };
}

const needsUnit =
  "the bridge of a hub that systemd runs has a user of its own, which cannot reach the hub: run 'sudo mesh-hub install --matter', or name its socket in matter.socket";
