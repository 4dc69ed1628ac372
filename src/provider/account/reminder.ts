/** When time itself changes what an account keeps: bodies of commands are erased, former epochs of states and audit go. */
import { least } from "../../base/list.ts";
import { storeOf } from "../../schema/index.ts";
import type { Limits } from "../limits.ts";
import type { Commit } from "../store/service-store.ts";

/** The first moment, in milliseconds, at which a change is to be looked at again; undefined when never. */
export function reminderOf(
  { appends, switches = [] }: Commit,
  { limits, now }: { readonly limits: Limits; readonly now: number },
): number | undefined {
  const times: number[] = [];
  if (appends.some(({ store }) => store === "MMM_Command")) times.push(now + limits.commandBodyMs);
  if (switches.some(({ store }) => storeOf(store) === "MMM_State")) times.push(now + limits.keepStateMs);
  if (switches.some(({ store }) => store === "MMM_Audit")) times.push(now + limits.keepAuditMs);
  return times.length === 0 ? undefined : least(Number.POSITIVE_INFINITY, times);
}
