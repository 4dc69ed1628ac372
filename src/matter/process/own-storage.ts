/** What ecosystems have told a bridge is that bridge's: another one, as after a disconnect, begins with nothing. */
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfExists, syncDirectory } from "../../base/atomic-file.ts";
import { fromUtf8 } from "../../base/bytes.ts";

/** The file that says whose it is. */
const mark = "bridge.id";

/** Makes the directory the one of a bridge; what another has left there is gone, also when an earlier try was cut off. @param unique names the bridge */
export async function ownStorage(storage: string, unique: string): Promise<void> {
  const path = join(storage, mark);
  const octets = await readFileIfExists(path);
  const before = octets === undefined ? undefined : fromUtf8(octets);
  if (before === unique) return;
  // Whatever lies there without a mark was written by this bridge before it made one.
  if (before !== undefined) for (const name of await readdir(storage)) if (name !== mark) await rm(join(storage, name), { recursive: true });
  const fresh = `${path}.new`;
  // Not the way of other files: a process that is confined may set the mode of none that it has opened.
  const file = await open(fresh, "w", 0o600);
  try {
    await file.writeFile(unique);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  await syncDirectory(storage);
}
