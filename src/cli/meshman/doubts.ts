/** Stores whose end is not believed, as `account status` and `account sync` tell of them. */
import type { Doubt } from "../../account/index.ts";
import { exitStatusOf } from "../../base/interruption.ts";
import type { Output } from "../term/output.ts";

/** As programs read them. */
export function doubtResult(doubts: readonly Doubt[]): { readonly doubted?: readonly unknown[] } {
  return doubts.length === 0 ? {} : { doubted: doubts.map(({ store, error }) => ({ store, error })) };
}

/** Tells why. @returns the exit status */
export function tellDoubts(output: Output, doubts: readonly Doubt[]): number {
  for (const { store, error } of doubts) {
    output.say(`error: ${store}: ${error.message}`);
    output.say(`hint: ${error.hint}`);
  }
  const [first] = doubts;
  return first ? exitStatusOf(first.error) : 0;
}
