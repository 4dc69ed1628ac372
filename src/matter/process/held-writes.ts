/** Attributes that controllers write: a change waits until somebody has judged it. */
import type { BehaviourInstance } from "./matter-modules.ts";

/** Has a change of an attribute wait for a method, and undone when that throws. */
export function hold(behaviour: BehaviourInstance, attribute: string, reactor: Parameters<BehaviourInstance["reactTo"]>[1]): void {
  const event = behaviour.events[`${attribute}$Changing`];
  if (!event) throw new Error(`nothing tells of changes of ${attribute}`);
  event.isAsync = true;
  behaviour.reactTo(event, reactor);
}

/** True for what a controller does; nobody stands behind the hub's own reports. */
export function isFromOutside(context: unknown): boolean {
  return (context as { readonly subject?: unknown } | undefined)?.subject !== undefined;
}
