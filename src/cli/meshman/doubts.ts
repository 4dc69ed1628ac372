/** Stores whose end is not believed, as `account status` and `account sync` tell of them. */
import type { Doubt } from "../../account/index.ts";
import { LateFramesError } from "../../account/index.ts";
import { exitStatusOf } from "../../base/interruption.ts";
import type { Output } from "../term/output.ts";

/** As programs read them. */
export interface DoubtResult {
  /** False when one of them is not explained by a removal. */
  readonly success?: false;
  readonly doubted?: readonly unknown[];
  readonly leftOut?: readonly unknown[];
}

const isLate = ({ error }: Doubt): boolean => error instanceof LateFramesError;

/** What a removed device wrote last is left out, and nothing is wrong; anything else is. */
export function doubtResult(doubts: readonly Doubt[]): DoubtResult {
  const shown = (some: readonly Doubt[]) => some.map(({ store, error }) => ({ store, error }));
  const [late, doubted] = [doubts.filter(isLate), doubts.filter((doubt) => !isLate(doubt))];
  return {
    ...(doubted.length === 0 ? {} : { success: false, doubted: shown(doubted) }),
    ...(late.length === 0 ? {} : { leftOut: shown(late) }),
  };
}

/** Tells why. @returns the exit status */
export function tellDoubts(output: Output, doubts: readonly Doubt[]): number {
  for (const doubt of doubts) {
    const { store, error } = doubt;
    output.say(`${isLate(doubt) ? "warning" : "error"}: ${store}: ${error.message}`);
    output.say(`hint: ${error.hint}`);
  }
  const first = doubts.find((doubt) => !isLate(doubt));
  return first ? exitStatusOf(first.error) : 0;
}
