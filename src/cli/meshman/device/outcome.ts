/** What became of orders, told for each device. */
import type { CommandOutcome } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import type { StateValue } from "../../../schema/index.ts";
import type { Output } from "../../term/output.ts";
import { report } from "../../term/output.ts";
import type { House } from "../house.ts";
import { inWords } from "../house.ts";

interface Outcomes {
  readonly output: Output;
  readonly house: House;
  readonly outcomes: readonly CommandOutcome[];
  readonly spoken: string;
}

/** Tells for each device what it reported, or why it did not do it. */
export function tellOutcomes({ output, house, outcomes, spoken }: Outcomes): number {
  const [failed] = outcomes.filter(({ result }) => result !== "Accept");
  const devices = outcomes.map((outcome) => {
    const { order, result, state, report: own, error } = outcome;
    const values = valuesOf(outcome);
    return {
      deviceUdf: order.deviceUdf,
      localName: house.byUdf.get(order.deviceUdf)?.name,
      command: order.command,
      result,
      values: values && Object.fromEntries(values.map(({ Name, Value }) => [Name, Value])),
      source: own ? "device" : undefined,
      updated: own ? undefined : state?.Updated,
      error,
    };
  });
  report(output, { success: failed === undefined, spoken, devices }, () => {
    for (const outcome of outcomes) tellOutcome(output, house, outcome);
  });
  return failed === undefined ? 0 : (failed.error ?? new MeshError("ERR_PENDING", "the device has not answered")).exitStatus;
}

/** What a device says it is like: its own word before what its hub says of it. */
function valuesOf({ report: own, state }: CommandOutcome): readonly StateValue[] | undefined {
  return own?.Values ?? state?.Reported?.Values;
}

function tellOutcome(output: Output, house: House, outcome: CommandOutcome): void {
  const { order, result, state, report: own, error } = outcome;
  const member = house.byUdf.get(order.deviceUdf);
  const name = member?.name ?? order.deviceUdf;
  const values = valuesOf(outcome) ?? [];
  const known = member && values.length > 0 ? inWords(house, member, values) : "";
  if (result === "Accept") {
    output.line(`${name}: ${known || "done"}${own ? " (its own word)" : ""}`);
    return;
  }
  if (result === "Pending") output.say(`pending: ${name} has the command but has not answered${error ? `: ${error.message}` : ""}`);
  else if (result === "Unknown") output.say(error?.message ?? `unknown: ${name}`);
  else output.say(`error: ${name}: ${error?.message ?? "no answer"}`);
  if (known && own) output.say(`${name} says of itself: ${known}`);
  else if (known && state) output.say(`${name} last reported ${known} at ${state.Updated}`);
  if (error) output.say(`hint: ${error.hint}`);
}
