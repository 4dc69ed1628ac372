/** `admin list`: splits with their limits, how they stand, and what they have connected. */
import type { AccountContext, StandingSplit } from "../../../account/index.ts";
import { numbersLeft, splitsOf } from "../../../account/index.ts";
import { deviceCatalog, joinedCatalog, peekObject, SplitConnection } from "../../../schema/index.ts";
import { report } from "../../term/output.ts";
import { printTable } from "../../term/table.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";

/** As much of an id as a person copies. */
export function shortId(id: string): string {
  return id.slice(0, 14);
}

/** `admin list`. */
export async function adminList(call: Invocation): Promise<void> {
  const { output } = call;
  await inAccount(call, { doing: "synchronising", sync: "wanted" }, async (context) => {
    const splits = splitsOf(context);
    const nameOf = (udf: string): string => context.get(deviceCatalog, udf)?.LocalName ?? udf;
    const rows = splits.map((standing) => ({ ...standing, connected: connectedBy(context, standing), ...shown(context, standing) }));
    report(
      output,
      {
        splits: rows.map(({ split, state, frozenBy, connected, left }) => ({
          split: split.Id,
          state,
          frozenBy,
          machine: split.GranteeUdf,
          hub: split.HubUdf,
          classes: split.Classes,
          count: split.Count,
          left,
          until: split.NotOnOrAfter,
          connected,
        })),
      },
      () =>
        printTable(
          output,
          ["split", "machine", "hub", "classes", "left", "until", "state", "connected"],
          rows.map(({ split, state, frozenBy, connected, left }) => [
            shortId(split.Id),
            nameOf(split.GranteeUdf),
            nameOf(split.HubUdf),
            split.Classes.join(","),
            `${left} of ${split.Count}`,
            split.NotOnOrAfter,
            state === "frozen" ? `frozen by ${nameOf(frozenBy ?? "")}` : state,
            connected.map(({ deviceUdf }) => nameOf(deviceUdf)).join(", "),
          ]),
        ),
    );
    if (splits.length === 0) output.say("no machine but administrators connects devices; see 'meshman admin split --help'");
  });
}

/** What is left of it; an open one that connects nothing more is over. */
function shown(context: AccountContext, standing: StandingSplit): Pick<StandingSplit, "state"> & { readonly left: number } {
  const left = numbersLeft(context, standing);
  return { left, state: standing.state === "open" && left <= 0 ? "over" : standing.state };
}

/** What its numbers were used for. */
function connectedBy(context: AccountContext, { split }: StandingSplit): readonly { readonly serial: number; readonly deviceUdf: string }[] {
  return context.list(joinedCatalog).flatMap(({ value }) => {
    const { SplitId, Serial, EnvelopedSplitConnection: signed, EnvelopedDevice, Moved } = value;
    if (SplitId !== split.Id || !signed || (!EnvelopedDevice && Moved === undefined)) return [];
    return [{ serial: Serial, deviceUdf: peekObject(SplitConnection, signed).DeviceUdf }];
  });
}
