/** Automations on the disk: what is to be done, for whom, when it is due or what has to become so; and what came of them. */
import { asMeshError } from "../../base/errors.ts";
import type { JournalMap } from "../../base/journal-map.ts";
import { JournalMap as Kept } from "../../base/journal-map.ts";
import type { Log } from "../../base/log.ts";
import type { SpokenOrder, Trigger, When } from "../../driver/index.ts";
import type { PrincipalKind } from "../command/principal.ts";
import type { OpenFile } from "../salvage.ts";

/** What came of it when it was due. */
export interface Outcome {
  /** Milliseconds since 1970, when it was due. */
  readonly at: number;
  /**
   * "missed": it was not done at its time, and is not done later; "unknown": the hub ended in the middle of it; "asked": the owner's devices were
   * asked; "stopped": it set itself off.
   */
  readonly result: "done" | "failed" | "missed" | "unknown" | "asked" | "stopped";
  readonly text: string;
}

/** One automation. */
export interface Automation {
  readonly key: string;
  /** The sentence, and what it means. */
  readonly said: string;
  readonly spoken: string;
  readonly when?: When;
  /** Of a rule, which has no time of its own. */
  readonly trigger?: Trigger;
  readonly orders: readonly SpokenOrder[];
  /** What is done so much later. */
  readonly back?: { readonly seconds: number; readonly orders: readonly SpokenOrder[] };
  /** Of one that stands in the account: which state of its entry this is. */
  readonly version?: string;
  /** Not carried out for the time being. */
  readonly paused?: true;
  /** Not carried out any more: it set itself off. */
  readonly stopped?: true;
  /** Since when what has to be so for a time has been so, and whether it was carried out for that. */
  readonly held?: { readonly since: number; readonly fired: boolean };
  /** Key of the rule that it follows. */
  readonly of?: string;
  /** It ends what was said for a time. */
  readonly ends?: true;
  /** Who made it: each run is his order. */
  readonly principal: { readonly kind: PrincipalKind; readonly id: string; readonly name: string };
  /** Milliseconds since 1970. */
  readonly made: number;
  /** Of what follows something: milliseconds since 1970, when that was to be done first. It comes after it. */
  readonly from?: number;
  /** Milliseconds since 1970; absent when it is over. */
  readonly due?: number;
  /** Set before it is run, with the time for which: what is found so after a start was cut off, and is not run again. */
  readonly begun?: number;
  /** What did not reach its device at a time, and is tried again; and why more of that time was given up. */
  readonly again?: { readonly at: number; readonly orders: readonly SpokenOrder[]; readonly lost?: string };
  readonly last?: Outcome;
}

interface Change {
  readonly key: string;
  readonly automation?: Automation;
}

/** True for what ends something that was done for a time. */
export function isEnd({ ends, of }: Pick<Automation, "ends" | "of">): boolean {
  return ends === true || of !== undefined;
}

/** True until it is over: what comes at a time, what is tried again, and rules. */
export function isOpen({ due, again, trigger }: Pick<Automation, "due" | "again" | "trigger">): boolean {
  return due !== undefined || again !== undefined || trigger !== undefined;
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

/** Takes one out. On a disk that is full it is out until the next start, which is told and stops nothing. */
export async function deleteKept(book: AutomationBook, key: string, log: Log): Promise<void> {
  try {
    await book.delete(key);
  } catch (error) {
    log.error("automation.unkept", { key, reason: asMeshError(error).message });
  }
}
