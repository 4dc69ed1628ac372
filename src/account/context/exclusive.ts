/** Short turns in an account's directory: several processes of one device share it, one at a time. */
import { isReadOnly } from "../../base/atomic-file.ts";
import type { Clock } from "../../base/clock.ts";
import { makeDirectory } from "../../base/directory.ts";
import type { DirectoryLock } from "../../base/directory-lock.ts";
import { lockDirectory } from "../../base/directory-lock.ts";
import { isMeshError } from "../../base/errors.ts";

/**
 * Locks the directory, waiting for others up to `patienceMs`. Where the file system is mounted read-only nobody writes, and nothing is locked.
 * Errors: ERR_LOCKED.
 */
export async function acquire(options: {
  readonly dir: string;
  readonly purpose: string;
  readonly clock: Clock;
  readonly patienceMs?: number;
}): Promise<DirectoryLock> {
  const { dir, purpose, clock, patienceMs = 15_000 } = options;
  await makeDirectory(dir);
  const end = clock.monotonic() + patienceMs;
  for (let pause = 5; ; pause = Math.min(pause * 2, 100)) {
    try {
      return await lockDirectory(dir, { purpose });
    } catch (error) {
      if (isReadOnly(error)) return { release: async () => undefined };
      if (!isMeshError(error, "ERR_LOCKED") || clock.monotonic() >= end) throw error;
      await clock.sleep(pause);
    }
  }
}

/** Runs a task while the directory is locked. */
export async function exclusively<T>(
  options: { readonly dir: string; readonly purpose: string; readonly clock: Clock; readonly patienceMs?: number },
  task: () => Promise<T>,
): Promise<T> {
  const lock = await acquire(options);
  try {
    return await task();
  } finally {
    await lock.release();
  }
}
