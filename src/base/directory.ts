/**
 * Directories that hold state: made level by level, for their owner alone (0700). The recursive mkdir of Node 20 asks for ever where
 * a directory exists and nothing can be made in it (/proc), and its errors do not tell which level was refused.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileError } from "./atomic-file.ts";
import { MeshError } from "./errors.ts";

/**
 * Makes a directory and those above it that are missing; one that exists stays as it is.
 * @returns the uppermost directory that was made; undefined when all were there
 * Errors: ERR_PERMISSION, ERR_DISK_FULL, ERR_STORE (a file stands in the way, or nothing can be made there); each names the level.
 */
export async function makeDirectory(path: string): Promise<string | undefined> {
  const place = resolve(path);
  const first = await makeOne(place);
  if (first !== "orphan") return first === "made" ? place : undefined;
  const above = await makeDirectory(dirname(place));
  const second = await makeOne(place);
  if (second === "orphan") {
    throw new MeshError("ERR_STORE", `cannot make ${place}: nothing can be made in ${dirname(place)}`, { hint: "choose another directory" });
  }
  return above ?? (second === "made" ? place : undefined);
}

/** One level; "orphan" when the directory above is missing, or pretends to be. */
async function makeOne(place: string): Promise<"made" | "there" | "orphan"> {
  try {
    await mkdir(place, { mode: 0o700 });
    return "made";
  } catch (error) {
    // A directory that exists counts whatever mkdir says: a read-only file system may be asked first.
    const kind = await kindOf(place);
    if (kind === "directory") return "there";
    if (kind === "other")
      throw new MeshError("ERR_STORE", `${place} is not a directory`, { hint: "choose another one, or move it away", cause: error });
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return "orphan";
    throw await explainRefusal(fileError(error, `cannot make ${place}`), dirname(place));
  }
}

/**
 * A refusal in words for whoever has to mend it: whose the file or directory is, what it allows, who asks, and what helps. Every other error as it is.
 * @param directory where something was to be made
 */
export async function explainRefusal(error: MeshError, directory: string): Promise<MeshError> {
  if (error.code !== "ERR_PERMISSION" || error.detail.system !== undefined) return error;
  const us = process.geteuid?.();
  if (us === undefined) return error;
  // A file that is there and may not be touched was refused itself; else the directory refused to have it made, or one above to be entered.
  const { path = directory } = error.cause as NodeJS.ErrnoException;
  let [place, doing] = [path, "used"];
  let found = await stat(path).catch(() => undefined);
  for (let above = directory; !found; above = dirname(above)) {
    [place, doing] = [above, above === directory ? "written" : "entered"];
    found = await stat(above).catch(() => undefined);
    if (above === dirname(above)) break;
  }
  if (!found) return error;
  const mode = (found.mode & 0o7777).toString(8).padStart(4, "0");
  const { uid } = found;
  const message = `${place} cannot be ${doing}: it belongs to user ${uid} with mode ${mode}, and this runs as user ${us}`;
  const hint =
    uid === us
      ? `run 'chmod u+rwX ${place}'`
      : `run it as user ${uid}, or let it have what is there: 'sudo chown -R ${us} ${doing === "used" ? directory : place}'`;
  return new MeshError("ERR_PERMISSION", message, { hint, cause: error });
}

async function kindOf(place: string): Promise<"directory" | "other" | "unseen"> {
  try {
    return (await stat(place)).isDirectory() ? "directory" : "other";
  } catch {
    // What mkdir said of the same place tells why.
    return "unseen";
  }
}
