/** Serves the hub's interface on a unix socket that only its owner can open. */
import { chmod, lstat, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { asMeshError, MeshError } from "../../base/errors.ts";

/** Longest path that the kernel takes for a socket (sockaddr_un). */
const mostPath = 107;

/**
 * Listens on a path; the socket of an earlier run is removed, so the caller holds the lock of the directory.
 * Errors: ERR_CONFIG for a path that is too long, taken by something else, or cannot be listened on, ERR_PERMISSION.
 * @returns closes the socket and its connections
 */
export async function serveUnix(app: Hono, path: string): Promise<() => Promise<void>> {
  if (Buffer.byteLength(path) > mostPath) {
    throw new MeshError("ERR_CONFIG", `api.socket: ${path} is longer than ${mostPath} octets`, { hint: "set api.socket to a shorter path" });
  }
  await removeOldSocket(path);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // The socket is bound within this call, under the mask.
      server.listen(path, resolve);
    });
  } catch (thrown) {
    const error = asMeshError(thrown);
    throw error.code === "ERR_INTERNAL"
      ? new MeshError("ERR_CONFIG", `api.socket: cannot listen on ${path}: ${error.message}`, { cause: thrown })
      : error;
  } finally {
    process.umask(mask);
  }
  await chmod(path, 0o600);
  return () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

/** Removes a socket, and nothing but a socket: whoever mistypes a path must not lose a file. */
async function removeOldSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw asMeshError(error);
  });
  if (found === undefined) return;
  if (!found.isSocket()) {
    const kind = found.isDirectory() ? "a directory" : found.isSymbolicLink() ? "a link" : "a file";
    throw new MeshError("ERR_CONFIG", `api.socket: ${path} is ${kind}, not a socket; it was left alone`, {
      hint: "set api.socket to a path that is free",
    });
  }
  await rm(path, { force: true });
}
