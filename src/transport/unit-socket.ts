/**
 * The unix socket between the hub and a process of its own unit, which has a right that the hub has not. The process serves one hub and ends with it:
 * whoever starts it again starts it afresh. Who may connect is the business of the directory's and the socket's modes.
 */
import { lstatSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { MeshError } from "../base/errors.ts";

/** Waits for the first that connects; nobody else is let in. Errors: ERR_CONFIG where the socket cannot be made; the signal's reason. */
export async function awaitHub(path: string, signal: AbortSignal): Promise<Socket> {
  const refuse = (reason: string, cause?: unknown): MeshError =>
    new MeshError("ERR_CONFIG", `the socket ${path} cannot be made: ${reason}`, { cause, hint: "give a path in a directory of its own" });
  const found = lstatSync(path, { throwIfNoEntry: false });
  // Whoever mistypes a path must not lose a file.
  if (found && !found.isSocket()) throw refuse("something else is there");
  rmSync(path, { force: true });
  const server = createServer();
  try {
    return await new Promise<Socket>((resolve, reject) => {
      server.once("error", (cause) => reject(refuse(cause.message, cause)));
      server.once("connection", resolve);
      server.listen(path);
      if (signal.aborted) reject(signal.reason as Error);
      signal.addEventListener("abort", () => reject(new MeshError("ERR_INTERRUPTED", "interrupted before a hub came")), { once: true });
    });
  } finally {
    server.close();
  }
}

/** Connects to such a process. Rejects with an Error in words for the owner. */
export function reachUnit(path: string, unit: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(socket));
    socket.once("error", (cause) => reject(new Error(unreached(path, unit, cause))));
  });
}

/** That such a process is not there, in words for the owner. */
export function unreached(path: string, unit: string, cause: Error): string {
  return `${unit} is not there (${path}): ${cause.message}; see 'journalctl -u ${unit}'`;
}
