/** Changes of a group that hold for what was read alone: who finds that another machine was first does them once more with what it wrote. */
import { isMeshError, MeshError } from "../../base/errors.ts";
import type { Catalog } from "../../schema/index.ts";
import type { AccountContext } from "../context/account-context.ts";
import type { CatalogWrite } from "../store/edit.ts";
import { edit } from "../store/edit.ts";

const attempts = 6;
const pauseMs = 300;

/**
 * Does a task on the newest state, and again after ERR_CONFLICT.
 * @param done what there is when another machine has done it
 * Errors: ERR_CONFLICT when others are first again and again; those of the task and the service.
 */
export async function onNewest<T>(group: AccountContext, task: () => Promise<T>, done: () => T | undefined = () => undefined): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task();
    } catch (error) {
      if (!isMeshError(error, "ERR_CONFLICT") || attempt === attempts) throw error;
    }
    await group.ports.clock.sleep(attempt * pauseMs);
    await group.sync();
    const there = done();
    if (there !== undefined) return there;
  }
}

/** Changes nothing, and lets the Transact hold only while the entry is as it was read. */
export function unless<T>(catalog: Catalog<T>, key: string, isOther: (current: T | undefined) => boolean): CatalogWrite {
  return edit(catalog, key, (current) => {
    if (isOther(current)) throw changed();
    return current;
  });
}

/** That another machine was first. */
export function changed(): MeshError {
  return new MeshError("ERR_CONFLICT", "another machine has changed the group in the same moment");
}
