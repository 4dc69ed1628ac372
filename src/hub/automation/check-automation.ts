/** What may become an automation of a hub: for whom, of which devices, and at which times. */
import { isPlausibleTime } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { isRisky } from "../../schema/index.ts";
import type { Orders } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import type { Automation } from "./automation-book.ts";
import { withoutHarm } from "./carry-out.ts";
import { firstDue, needsSun } from "./due.ts";
import type { Position } from "./sun.ts";

/** Class of a device of this hub; undefined for one that is not. */
export type ClassOf = (deviceUdf: string) => string | undefined;

/** What is said: when, or when what becomes so; `follows`: the time that it comes after. */
export type Said = Pick<Automation, "said" | "spoken" | "orders" | "when" | "trigger" | "back" | "ends"> & {
  readonly principal: Principal;
  readonly follows?: Automation["when"];
};

/**
 * What can do harm is not done while nobody looks; what the speaker may not do, or see, now he may not have done, or be seen by it, later.
 * Errors: ERR_COMMAND, ERR_CONFIRMATION_NEEDED, ERR_NOT_AUTHORIZED.
 */
export function checkDevices(
  { orders: wanted, trigger }: Pick<Automation, "orders" | "trigger">,
  { principal, classOf, orders }: { readonly principal: Principal; readonly classOf: ClassOf; readonly orders: Pick<Orders, "refusal"> },
): void {
  const elsewhere = (): MeshError => new MeshError("ERR_COMMAND", "one of these devices is behind another hub, which keeps its times itself");
  for (const { command, targets } of wanted) {
    for (const { udf, arguments: values } of targets) {
      const refused = orders.refusal(principal, { deviceUdf: udf, command, arguments: values });
      // Before anything is told of the device.
      if (refused?.code === "ERR_NOT_AUTHORIZED") throw refused;
      const deviceClass = classOf(udf);
      if (deviceClass === undefined) throw elsewhere();
      // By what is set, too: what nobody does then is not taken now.
      const needed = orders.refusal(withoutHarm(principal), { deviceUdf: udf, command, arguments: values })?.code === "ERR_CONFIRMATION_NEEDED";
      if (isRisky(deviceClass, command) || needed)
        throw new MeshError("ERR_CONFIRMATION_NEEDED", `${command} of a ${deviceClass} can do harm: it is not done by itself at another time`, {
          hint: "what 'meshman automation add' makes asks on the owner's devices each time",
        });
      if (refused) throw refused;
    }
  }
  for (const { udf } of trigger?.tests ?? []) {
    const refused = orders.refusal(principal, { deviceUdf: udf });
    if (refused) throw refused;
    if (classOf(udf) === undefined) throw elsewhere();
  }
}

/** As far as a confirmation does not stand between. */
export function mayOrder(principal: Principal, wanted: Automation["orders"], orders: Pick<Orders, "refusal">): boolean {
  return wanted.every(({ command, targets }) =>
    targets.every(({ udf, arguments: values }) => {
      const refused = orders.refusal(principal, { deviceUdf: udf, command, arguments: values });
      return refused === undefined || refused.code === "ERR_CONFIRMATION_NEEDED";
    }),
  );
}

/** When it is due first, and after which time, where it follows something; neither of a rule. Errors: ERR_COMMAND, ERR_CONFIG. */
export function checkTimes(
  { when, trigger, follows }: Pick<Said, "when" | "trigger" | "follows">,
  { now, position }: { readonly now: number; readonly position: Position | undefined },
): Pick<Automation, "due" | "from"> {
  if (when?.kind === "for") throw new MeshError("ERR_COMMAND", "for how long is not kept: say what is to be done now, and what is to be done then");
  if (needsSun({ when, trigger }) && position === undefined)
    throw new MeshError("ERR_CONFIG", "where the house stands is not configured, so nobody knows when the sun sets there", {
      hint: "'mesh-hub config set house.latitude 52.5', house.longitude alike",
    });
  const needsClock = (when !== undefined && when.kind !== "after") || trigger?.within !== undefined;
  if (needsClock && !isPlausibleTime(now)) throw new MeshError("ERR_COMMAND", "the clock of the hub is not set, so it keeps no time of the day");
  if (when === undefined) return {};
  const from = follows === undefined || when.kind === "after" ? undefined : firstDue(follows, now, position);
  // Tomorrow is the day after this one, whatever comes before.
  const isOfToday = when.kind === "at" && when.tomorrow === true;
  const due = firstDue(when, isOfToday ? now : (from ?? now), position);
  if (due === undefined) throw new MeshError("ERR_COMMAND", "that time does not come");
  if (from !== undefined && due <= from) throw new MeshError("ERR_COMMAND", "the second of the two times comes before the first");
  return { due, ...(from === undefined ? {} : { from }) };
}
