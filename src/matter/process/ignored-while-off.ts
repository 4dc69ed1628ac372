/** Commands that a lamp which is off does not follow: how bright or of which colour it is counts then only where the controller, or the lamp, says so. */
import type { BehaviourInstance } from "./matter-modules.ts";

interface Options {
  readonly executeIfOff?: boolean;
}

/** What such a command carries. */
export interface Moved {
  readonly optionsMask?: Options;
  readonly optionsOverride?: Options;
}

/** Whether a command counts for nothing now. */
export function isIgnored({ endpoint, state }: Pick<BehaviourInstance, "endpoint" | "state">, { optionsMask, optionsOverride }: Moved): boolean {
  const { onOff } = (endpoint as unknown as { readonly state: { readonly onOff?: { readonly onOff?: boolean } } }).state;
  const own = (state.options as Options | undefined)?.executeIfOff === true;
  const counts = optionsMask?.executeIfOff === true ? optionsOverride?.executeIfOff === true : own;
  return onOff?.onOff === false && !counts;
}
