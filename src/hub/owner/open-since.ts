/**
 * Since when what may be open for years is open, on the disk: a hub that starts and finds it so knows whether somebody has opened it, and whether that was told.
 */
import { JournalMap } from "../../base/journal-map.ts";
import type { OpenFile } from "../salvage.ts";

/** One that was seen to be opened. */
export interface Opened {
  readonly device: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly isTold: boolean;
}

type OpenedRecord = Opened | { readonly closed: string };

/** Those that are open, by device. */
export type OpenSince = JournalMap<Opened, OpenedRecord>;

/** Opens or makes the file. Errors: ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
export function openOpenSince(path: string, openFile: OpenFile): Promise<OpenSince> {
  return openFile({
    path,
    lost: "since when valves are open is not known any more: look at those that are",
    open: () =>
      JournalMap.open<Opened, OpenedRecord>({
        path,
        format: {
          read: (record) => ("closed" in record ? [record.closed, undefined] : [record.device, record]),
          write: (_device, opened) => [opened],
          gone: (device) => ({ closed: device }),
        },
      }),
  });
}
