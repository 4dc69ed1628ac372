/** A Matter process that runs by itself, as mesh-hub-matter.service does: under a user that can reach nothing of the hub's but this socket. */
import { connect } from "node:net";
import { unreached } from "../transport/unit-socket.ts";
import type { MatterProcess } from "./keeper.ts";

/** Its unit. */
const matterUnitName = "mesh-hub-matter";

/** The process behind a unix socket. It ends with its hub, and systemd starts it again. */
export function matterUnit(path: string): MatterProcess {
  const socket = connect(path);
  const ended = new Promise<string>((resolve) => {
    socket.once("error", (cause) => resolve(unreached(path, matterUnitName, cause)));
    socket.once("close", () => resolve(`the Matter process let go of the hub; see 'journalctl -u ${matterUnitName}'`));
  });
  return { socket, ended, end: () => void socket.destroy() };
}
