/** A disk that is full for a while: writes to open files of this process fail as they do on one. */
import { open } from "node:fs/promises";
import { onCleanup } from "../harness/suite.ts";

/** Fills it, and makes room again. */
export interface FullDisk {
  fill(): void;
  free(): void;
}

/** @param path any file that is there */
export async function fullDisk(path: string): Promise<FullDisk> {
  const probe = await open(path, "r");
  const prototype = Object.getPrototypeOf(probe) as { write: (...args: unknown[]) => Promise<unknown> };
  await probe.close();
  const { write } = prototype;
  const free = (): void => {
    prototype.write = write;
  };
  onCleanup(async () => free());
  return {
    fill: () => {
      prototype.write = async () => {
        throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      };
    },
    free,
  };
}
