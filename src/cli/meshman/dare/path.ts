/** What stands at a path. */
import { stat } from "node:fs/promises";
import { fileError } from "../../../base/atomic-file.ts";
import { MeshError } from "../../../base/errors.ts";

/** True for a directory. Errors: ERR_NOT_FOUND when nothing is there. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw new MeshError("ERR_NOT_FOUND", `there is no file ${path}`, { cause: error });
    throw fileError(error, `cannot read ${path}`);
  }
}
