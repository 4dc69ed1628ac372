/**
 * Opens a serial line by its path: a terminal device (an adapter, a pseudo terminal), set raw by `stty`, or a unix socket that a program holds which
 * has the line, such as an emulator. No native package: what Node reads and writes terminals with serves here too.
 */
import { spawn } from "node:child_process";
import { close, constants, open } from "node:fs";
import { stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { isatty, ReadStream } from "node:tty";
import { promisify } from "node:util";
import { asMeshError, MeshError } from "../../base/errors.ts";

const mostComplaint = 200;

/** Errors: ERR_ADAPTER for a path that is not there or no line, ERR_PERMISSION. */
export async function openLine(path: string, baud: number): Promise<Socket> {
  try {
    const found = await stat(path);
    if (found.isSocket()) return await connected(path);
    if (!found.isCharacterDevice()) throw new MeshError("ERR_ADAPTER", `${path} is no serial port`);
    return await terminal(path, baud);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (cause instanceof MeshError) throw cause;
    if (code === "EACCES" || code === "EPERM") {
      throw new MeshError("ERR_PERMISSION", `no right to use ${path}`, {
        hint: "add the hub's user to the group that owns it, usually dialout",
        cause,
      });
    }
    const why = code === "ENOENT" ? "is not there" : `cannot be opened: ${asMeshError(cause).message}`;
    throw new MeshError("ERR_ADAPTER", `${path} ${why}`, { hint: "plug the adapter in; the path under /dev/serial/by-id stays the same", cause });
  }
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

async function terminal(path: string, baud: number): Promise<Socket> {
  // Without waiting for a carrier, which a line of three wires never has.
  const fd = await promisify(open)(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    if (!isatty(fd)) throw new MeshError("ERR_ADAPTER", `${path} is no serial port`);
    await setRaw(fd, path, baud);
    // A read stream of a terminal is a socket like others, and writes without blocking; a write stream of one blocks the process.
    return new ReadStream(fd);
  } catch (error) {
    await promisify(close)(fd);
    throw error;
  }
}

/** Eight bits, no parity, one stop bit, no flow control, nothing translated. The descriptor is handed over, so that no other line is set. */
async function setRaw(fd: number, path: string, baud: number): Promise<void> {
  const words = ["raw", "-echo", "-iexten", "cs8", "-parenb", "-cstopb", "-crtscts", "clocal", "-hupcl", String(baud)];
  const child = spawn("stty", words, { env: { PATH: "/usr/bin:/bin" }, stdio: [fd, "ignore", "pipe"] });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(0, mostComplaint);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0) throw new MeshError("ERR_ADAPTER", `${path} cannot be set to ${baud} baud: ${complaint.trim()}`);
}
