/**
 * How the hub opens a file of its own that it can begin anew: one that is damaged is kept aside and told as an alarm, and the house goes on.
 * The alarm is on the disk before the file is moved, so that no crash between them makes the hub forget in silence.
 */
import { MeshError } from "../base/errors.ts";
import { isDamageOf, keptPlace, moveAside } from "../base/set-aside.ts";
import type { AlarmFile } from "./alarm-file.ts";

/** A file that can be begun anew. */
export interface SalvageableFile<T> {
  readonly path: string;
  /** What is not known any more when it is begun anew, in words for the owner. */
  readonly lost: string;
  readonly open: () => Promise<T>;
  /** What is to be done with one that was begun anew, before it is used. */
  readonly anew?: (opened: T) => Promise<void>;
}

/** Opens a file. Errors: those of its `open`, but for damage that could be kept aside. */
export type OpenFile = <T>(file: SalvageableFile<T>) => Promise<T>;

/** Opens a file as it is: damage is an error. */
export const openAsItIs: OpenFile = ({ open }) => open();

/** Opens files with damage told to `alarms`. */
export function salvaging(alarms: Pick<AlarmFile, "damaged" | "settled">): OpenFile {
  return async ({ path, lost, open, anew }) => {
    try {
      return await open();
    } catch (error) {
      const place = keptPlace(path);
      if (!isDamageOf(path, error) || place === undefined) throw error;
      alarms.damaged(new MeshError("ERR_STORE_DAMAGED", `${error.message}; it is kept as ${place}; ${lost}`, { cause: error }));
      await alarms.settled();
      await moveAside(path, place);
      const opened = await open();
      await anew?.(opened);
      return opened;
    }
  };
}
