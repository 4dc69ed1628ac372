/** What ends a command early: the signal that a person or the system has sent. */
import { MeshError } from "./errors.ts";

/** The reason to abort with when a signal has come. */
export function interruption(signal: "SIGINT" | "SIGTERM"): MeshError {
  return new MeshError("ERR_INTERRUPTED", "interrupted", { detail: { signal } });
}

/** The exit status of an error: that of the catalogue, and for a signal what shells expect. */
export function exitStatusOf(error: MeshError): number {
  return error.code === "ERR_INTERRUPTED" && error.detail.signal === "SIGTERM" ? 143 : error.exitStatus;
}
