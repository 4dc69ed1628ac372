/** What removed devices still hold, in a line for `account status` and `account info`. */
import type { AccountContext } from "../../account/index.ts";
import { outstanding } from "../../account/index.ts";
import { deviceCatalog } from "../../schema/index.ts";

/** Who can replace keys that the profile names. */
export const rootNeeded =
  "'meshman account sync' or the agent on a machine with the role super replaces them; without one, 'meshman account recover' makes one";

/** Devices behind hubs that whoever has a removed administration device can take over, by name; undefined when there are none. */
export function takeableText(context: AccountContext): string | undefined {
  const names = takeableNames(context);
  return names.length === 0 ? undefined : `${names.join(", ")}: until they have met their new deal; their hub has to run`;
}

/** As takeableText, the names alone. */
export function takeableNames(context: AccountContext): readonly string[] {
  return (outstanding(context)?.takeable ?? []).map((udf) => context.get(deviceCatalog, udf)?.LocalName ?? udf);
}

/** Undefined when nothing remains, or when this machine cannot see it. */
export function outstandingText(context: AccountContext): string | undefined {
  const remains = outstanding(context);
  if (!remains) return undefined;
  const names = [...remains.stores, ...remains.members];
  if (names.length === 0) return undefined;
  const how = remains.needsRoot ? rootNeeded : "'meshman account sync' or the agent replaces them";
  return `${names.join(", ")}, which a removed machine still has: ${how}`;
}
