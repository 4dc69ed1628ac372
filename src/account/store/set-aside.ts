/**
 * A copy that is damaged on the disk is no loss: the service has it whole. It is kept in `kept/` beside the copies, marked with how far it reached,
 * and left empty for the next sync. A disk that does this again and again is for a person to look at: then the error stands.
 */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileError } from "../../base/atomic-file.ts";
import { isMeshError, MeshError } from "../../base/errors.ts";
import { keptPlace, moveAside } from "../../base/set-aside.ts";
import { lastFrameStated } from "../../dare/index.ts";
import { epochMember } from "../../schema/index.ts";
import type { Ports } from "../context/ports.ts";
import { copyName, copyPath, sidecars } from "./copy-path.ts";
import { SeenMark } from "./seen-mark.ts";

/** The copy that an error says is damaged; undefined when it is about something else. */
export function damagedCopy(error: unknown, folder: string): string | undefined {
  if (!isMeshError(error, "ERR_STORE_DAMAGED")) return undefined;
  const { path } = error.detail;
  return typeof path === "string" && dirname(path) === folder && copyName(path) !== undefined ? path : undefined;
}

/**
 * Moves a damaged copy away.
 * @returns where it is kept; undefined when as many are kept as may be
 * Errors: ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL; nothing is moved then.
 */
export async function setAside(
  path: string,
  { error, log, onDamage }: Pick<Ports, "log" | "onDamage"> & { readonly error: MeshError },
): Promise<string | undefined> {
  const name = copyName(path);
  if (!name) return undefined;
  const { store, epoch } = name;
  const free = keptPlace(path);
  if (free === undefined) return undefined;
  const last = await lastFrameStated(path);
  const mark = await SeenMark.open(copyPath(dirname(path), { store, epoch: 0 }), onDamage);
  if (last) await mark.raise({ Store: store, ...epochMember(epoch), Index: last.index, TreeDigest: last.treeDigest });
  try {
    for (const cache of sidecars) await rm(path + cache, { force: true });
  } catch (failure) {
    throw fileError(failure, `cannot remove the indexes of ${path}`);
  }
  await moveAside(path, free);
  onDamage?.(new MeshError("ERR_STORE_DAMAGED", `${error.message}; it is kept as ${free}, and the next sync fetches it again`, { cause: error }));
  log.warn("store.damaged", { store, reason: error.message, kept: free, next: "the next sync fetches it again" });
  return free;
}
