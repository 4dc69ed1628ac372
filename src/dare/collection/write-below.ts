/** Files taken out of an archive onto the disk: never outside the directory, never through a link, never half. */
import { lstat, mkdir, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { FreshFile } from "../../base/fresh-file.ts";

/**
 * Writes a file at a checked path below a directory, over a file of that name, complete or not at all. Directories are made; links that
 * stand in the way are refused, never followed. ERR_NAME, ERR_PERMISSION, ERR_DISK_FULL.
 */
export async function writeBelow(options: {
  readonly directory: string;
  readonly path: string;
  readonly content: Uint8Array;
  readonly modified: string | undefined;
}): Promise<void> {
  const { directory, path, content, modified } = options;
  const target = join(directory, path);
  await makeDirectories(directory, dirname(path));
  const kind = await kindOf(target);
  if (kind === "other" || kind === "directory") throw new MeshError("ERR_NAME", `${target} is a link or directory`, { hint: "move it away first" });
  const file = await FreshFile.create({ path: target, replace: true });
  try {
    await file.write(content);
    if (modified !== undefined) await utimes(file.partPath, new Date(modified), new Date(modified));
    await file.commit();
  } catch (error) {
    throw asMeshError(error);
  } finally {
    await file.discard();
  }
}

/** Makes one directory after the other, and goes through none that is a link. */
async function makeDirectories(root: string, path: string): Promise<void> {
  let place = root;
  for (const name of path === "." ? [] : path.split("/")) {
    place = join(place, name);
    const kind = await kindOf(place);
    if (kind === "none") await mkdir(place, { mode: 0o700 });
    else if (kind !== "directory") throw new MeshError("ERR_NAME", `${place} is not a directory`, { hint: "move it away first" });
  }
}

async function kindOf(path: string): Promise<"none" | "file" | "directory" | "other"> {
  try {
    const found = await lstat(path);
    return found.isFile() ? "file" : found.isDirectory() ? "directory" : "other";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "none";
    throw asMeshError(error);
  }
}
