/** Orders for another time, on the disk: what is to be done, for whom, and when it is due; and of those that are over what came of them. */
import type { JournalMap } from "../../base/journal-map.ts";
import { JournalMap as Kept } from "../../base/journal-map.ts";
import type { SpokenOrder, When } from "../../driver/index.ts";
import type { PrincipalKind } from "../command/principal.ts";
import type { OpenFile } from "../salvage.ts";

/** What came of it when it was due. */
export interface Outcome {
  /** Milliseconds since 1970, when it was due. */
  readonly at: number;
  /** "missed": it was not done at its time, and is not done later; "unknown": the hub ended in the middle of it. */
  readonly result: "done" | "failed" | "missed" | "unknown";
  readonly text: string;
}

/** One automation. */
export interface Automation {
  readonly key: string;
  /** The sentence, and what it means. */
  readonly said: string;
  readonly spoken: string;
  readonly when: When;
  readonly orders: readonly SpokenOrder[];
  /** Who made it: each run is his order. */
  readonly principal: { readonly kind: PrincipalKind; readonly id: string; readonly name: string };
  /** Milliseconds since 1970. */
  readonly made: number;
  /** Milliseconds since 1970; absent when it is over. */
  readonly due?: number;
  /** Set before it is run, with the time for which: what is found so after a start was cut off, and is not run again. */
  readonly begun?: number;
  readonly last?: Outcome;
}

interface Change {
  readonly key: string;
  readonly automation?: Automation;
}

/** The automations by key. */
export type AutomationBook = JournalMap<Automation, Change>;

/** Opens the file. Errors: ERR_STORE_DAMAGED, ERR_STORE, ERR_PERMISSION, ERR_DISK_FULL. */
export function openAutomationBook(path: string, openFile: OpenFile): Promise<AutomationBook> {
  const format = {
    read: ({ key, automation }: Change): readonly [string, Automation | undefined] => [key, automation],
    write: (key: string, automation: Automation): readonly Change[] => [{ key, automation }],
    gone: (key: string): Change => ({ key }),
  };
  return openFile({
    path,
    lost: "timers and schedules are not known any more: say them again",
    open: () => Kept.open<Automation, Change>({ path, format }),
  });
}
