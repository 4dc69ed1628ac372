/** `device say "…"`: a sentence becomes commands to hubs, an answer from the state that hubs have reported, or a question back. */

import type { CommandOrder, CommandOutcome } from "../../../account/index.ts";
import { findPlace, sendCommands } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import type { Interpretation } from "../../../driver/index.ts";
import { interpret } from "../../../driver/index.ts";
import type { StateValue } from "../../../schema/index.ts";
import { ago } from "../../term/age.ts";
import type { Output } from "../../term/output.ts";
import { report } from "../../term/output.ts";
import type { House, Member } from "../house.ts";
import { houseOf } from "../house.ts";
import { besideOthers } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";

/** What `device say` takes. */
export interface SayFlags {
  readonly wait?: string;
  /** Where the speaker is. */
  readonly place?: string;
}

/** Says a sentence. @returns the exit status: that of the first device that did not do it */
export async function deviceSay(call: Invocation, sentence: string, flags: SayFlags): Promise<number> {
  const { output, ports, signal } = call;
  const seconds = flags.wait === undefined ? undefined : durationOf(flags.wait, "s");
  return besideOthers(call, { doing: "waiting for the hub", sync: "wanted" }, async (context, turn) => {
    const house = await houseOf(context);
    const place = flags.place === undefined ? undefined : findPlace(context, flags.place).Key;
    // What a silent hub said last is no ground to act on.
    const known = (udf: string, property: string): unknown => {
      const { state, status } = house.byUdf.get(udf) ?? {};
      return status === "Online" ? state?.Reported?.Values.find(({ Name }) => Name === property)?.Value : undefined;
    };
    const meaning = interpret(sentence, house.book.index, { place, known });
    if (meaning.kind === "query") {
      tellState({ output, house, meaning, now: ports.clock.now() });
      return 0;
    }
    if (meaning.kind !== "command") throw notUnderstood(meaning);
    const orders = meaning.targets.map(({ udf, arguments: args }): CommandOrder => {
      return { deviceUdf: udf, class: house.byUdf.get(udf)?.description?.Class ?? "", command: meaning.command, arguments: args };
    });
    output.say(`asking: ${meaning.spoken}`);
    const outcomes = await sendCommands(context, orders, { signal, turn, ...(seconds === undefined ? {} : { seconds }) });
    return tellOutcomes({ output, house, outcomes, spoken: meaning.spoken });
  });
}

/** A question back, or that nothing was understood. Nothing is ever guessed. */
function notUnderstood(meaning: Extract<Interpretation, { kind: "question" | "unknown" }>): MeshError {
  if (meaning.kind === "question") {
    const candidates = meaning.candidates.map(({ udf, name, place, class: kind }) => ({
      deviceUdf: udf,
      localName: name,
      place,
      class: kind,
    }));
    return new MeshError("ERR_AMBIGUOUS", meaning.text, { detail: { candidates } });
  }
  const [first] = meaning.suggestions;
  return new MeshError("ERR_COMMAND", meaning.text, {
    hint:
      first === undefined
        ? "see 'meshman device list' for names and values"
        : `try ${meaning.suggestions.map((text) => JSON.stringify(text)).join(" or ")}`,
    detail: { suggestions: meaning.suggestions },
  });
}

interface Answer {
  readonly output: Output;
  readonly house: House;
  readonly meaning: Extract<Interpretation, { kind: "query" }>;
  readonly now: number;
}

/** Answers from the reported state, and says how old it is. */
function tellState({ output, house, meaning, now }: Answer): void {
  const { property, expected } = meaning;
  const members = meaning.targets.flatMap((udf) => house.byUdf.get(udf) ?? []);
  const answers = members.map((member) => {
    const values = (member.state?.Reported?.Values ?? []).filter(({ Name }) => property === undefined || Name === property);
    return { member, values };
  });
  const result = answers.map(({ member, values }) => ({
    ...stateResult(member, values),
    ...(expected === undefined ? {} : { agrees: agrees(values, expected) }),
  }));
  report(output, { spoken: answers.map((answer) => sentenceOf(house, answer, expected, now)), devices: result }, () => {
    for (const answer of answers) output.line(sentenceOf(house, answer, expected, now));
  });
}

function agrees(values: readonly StateValue[], expected: readonly StateValue[]): boolean | undefined {
  const found = expected.map(({ Name, Value }) => {
    const value = values.find((candidate) => candidate.Name === Name);
    return value && value.Value === Value;
  });
  return found.includes(undefined) ? undefined : found.every((isEqual) => isEqual === true);
}

function sentenceOf(
  house: House,
  { member, values }: { readonly member: Member; readonly values: readonly StateValue[] },
  expected: readonly StateValue[] | undefined,
  now: number,
): string {
  if (!member.state?.Reported || values.length === 0) return `${member.name}: nothing was reported`;
  const said = expected === undefined ? undefined : agrees(values, expected);
  const doubt = member.status === "Online" ? "" : `, now ${member.status?.toLowerCase() ?? "unknown"}`;
  return `${said === undefined ? "" : said ? "yes, " : "no, "}${member.name}: ${inWords(house, member, values)} (${ago(member.state.Updated, now)}${doubt})`;
}

function inWords({ book }: House, { udf }: Member, values: readonly StateValue[]): string {
  return values.map((value) => book.show(udf, value)).join(", ");
}

function stateResult(member: Member, values: readonly StateValue[]): Readonly<Record<string, unknown>> {
  return {
    deviceUdf: member.udf,
    localName: member.name,
    status: member.status,
    values: Object.fromEntries(values.map(({ Name, Value }) => [Name, Value])),
    updated: member.state?.Updated,
  };
}

interface Outcomes {
  readonly output: Output;
  readonly house: House;
  readonly outcomes: readonly CommandOutcome[];
  readonly spoken: string;
}

/** Tells for each device what it reported, or why it did not do it. */
function tellOutcomes({ output, house, outcomes, spoken }: Outcomes): number {
  const [failed] = outcomes.filter(({ result }) => result !== "Accept");
  const devices = outcomes.map(({ order, result, state, error }) => ({
    deviceUdf: order.deviceUdf,
    localName: house.byUdf.get(order.deviceUdf)?.name,
    command: order.command,
    result,
    values: state?.Reported && Object.fromEntries(state.Reported.Values.map(({ Name, Value }) => [Name, Value])),
    updated: state?.Updated,
    error,
  }));
  report(output, { success: failed === undefined, spoken, devices }, () => {
    for (const outcome of outcomes) tellOutcome(output, house, outcome);
  });
  return failed === undefined ? 0 : (failed.error ?? new MeshError("ERR_PENDING", "the device has not answered")).exitStatus;
}

function tellOutcome(output: Output, house: House, { order, result, state, error }: CommandOutcome): void {
  const member = house.byUdf.get(order.deviceUdf);
  const name = member?.name ?? order.deviceUdf;
  const values = state?.Reported?.Values ?? [];
  const known = member && values.length > 0 ? inWords(house, member, values) : "";
  if (result === "Accept") {
    output.line(`${name}: ${known || "done"}`);
    return;
  }
  if (result === "Pending") output.say(`pending: ${name} has the command but has not answered${error ? `: ${error.message}` : ""}`);
  else output.say(`error: ${name}: ${error?.message ?? "no answer"}`);
  if (known && state) output.say(`${name} last reported ${known} at ${state.Updated}`);
  if (error) output.say(`hint: ${error.hint}`);
}
