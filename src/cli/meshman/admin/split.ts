/** `admin split`: grants a machine its half of a key that connects devices. */
import { findDevice, grantSplit } from "../../../account/index.ts";
import { mostOfSplit } from "../../../schema/index.ts";
import { counted } from "../../term/counted.ts";
import { report } from "../../term/output.ts";
import { inAccount } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf, numberOf } from "../values.ts";
import { shortId } from "./list.ts";

/** What it takes. */
export interface SplitFlags {
  readonly hub: string;
  readonly class: readonly string[];
  readonly count: string;
  readonly until: string;
}

/** `admin split MACHINE --hub HUB --class light,sensor [--count 5] [--until 30d]`. */
export async function adminSplit(call: Invocation, machine: string, flags: SplitFlags): Promise<void> {
  const { output, ports } = call;
  const count = numberOf(flags.count, { name: "--count", least: 1, most: mostOfSplit });
  const seconds = durationOf(flags.until, "d");
  const classes = [...new Set(flags.class.flatMap((text) => text.split(",")).map((text) => text.trim().toLowerCase()))].filter((text) => text !== "");
  const split = await inAccount(call, { doing: "granting", sync: "needed" }, async (context) => {
    const granteeUdf = findDevice(context, machine).DeviceUdf;
    const hubUdf = findDevice(context, flags.hub).DeviceUdf;
    return grantSplit(context, { granteeUdf, hubUdf, classes, count, until: ports.clock.now() + seconds * 1000 });
  });
  report(output, { split: split.Id, machine: split.GranteeUdf, hub: split.HubUdf, classes, count, until: split.NotOnOrAfter }, () =>
    output.line(`${machine} may connect ${counted(count, "device")} of class ${classes.join(", ")} by ${flags.hub} until ${split.NotOnOrAfter}`),
  );
  output.say(`next: on ${machine} 'meshman device connect CODE' with the code of the device`);
  output.say(`any machine of yours that uses devices stops it: 'meshman admin freeze ${shortId(split.Id)}'`);
}
