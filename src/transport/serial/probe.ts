/** Whether a serial port is there and may be used. It is not opened: a hub that runs may have it. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Probe } from "../probe.ts";

/** What a path of the configuration is. */
export async function probeSerial(path: string): Promise<Probe> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    return { state: "unavailable", detail: `${path} is not there`, remedy: "plug the adapter in; its path under /dev/serial/by-id stays the same" };
  }
  if (!found.isCharacterDevice() && !found.isSocket())
    return { state: "unavailable", detail: `${path} is no serial port`, remedy: "correct serial.ports" };
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return { state: "ready", detail: path };
  } catch {
    return {
      state: "unavailable",
      detail: `no right to use ${path}`,
      remedy:
        "under systemd: 'sudo mesh-hub install --serial'; else add the hub's user to the group that owns it, as in 'sudo usermod -a -G dialout mesh-hub'",
    };
  }
}
