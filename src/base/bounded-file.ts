/** Reads files that a person names, pipes included, up to a bound: what is named may be a device that has no end. */
import { open } from "node:fs/promises";
import { MeshError } from "./errors.ts";

const leastBuffer = 4096;

/** All of a file. Errors: ERR_TOO_LARGE beyond `most` octets, and those of the system as they are. */
export async function readAtMost(path: string, most: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size > most) throw tooLarge(path, most);
    let octets = new Uint8Array(Math.min(most, Math.max(size, leastBuffer)) + 1);
    for (let length = 0; ; ) {
      const { bytesRead } = await file.read(octets, length, octets.length - length, null);
      length += bytesRead;
      if (length > most) throw tooLarge(path, most);
      if (bytesRead === 0) return octets.slice(0, length);
      if (length < octets.length) continue;
      const larger = new Uint8Array(Math.min(most + 1, 2 * octets.length));
      larger.set(octets);
      octets = larger;
    }
  } finally {
    await file.close();
  }
}

function tooLarge(path: string, most: number): MeshError {
  return new MeshError("ERR_TOO_LARGE", `${path} has more than ${most} octets`);
}
