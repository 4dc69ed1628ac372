/** `device say "…"`: a sentence becomes commands to hubs, an answer from the state that hubs have reported, or a question back. */

import type { CommandOrder } from "../../../account/index.ts";
import { findPlace } from "../../../account/index.ts";
import { MeshError } from "../../../base/errors.ts";
import type { Interpretation } from "../../../driver/index.ts";
import { interpret } from "../../../driver/index.ts";
import type { StateValue } from "../../../schema/index.ts";
import { ago } from "../../term/age.ts";
import type { Output } from "../../term/output.ts";
import { report } from "../../term/output.ts";
import type { House, Member } from "../house.ts";
import { houseOf, inWords, saidOf } from "../house.ts";
import { besideOthers } from "../session.ts";
import type { Invocation } from "../surroundings.ts";
import { durationOf } from "../values.ts";
import type { GiveOptions } from "./give.ts";
import { askReports, giveOrders } from "./give.ts";
import { tellOutcomes } from "./outcome.ts";

/** What `device say` takes. */
export interface SayFlags {
  readonly wait?: string;
  /** Where the speaker is. */
  readonly place?: string;
  /** Socket of a hub on this machine. */
  readonly hub?: string;
  /** Tag of the language of the sentence. */
  readonly language?: string;
  /** Asks the device itself how it is. */
  readonly now?: boolean;
}

/** Says a sentence. @returns the exit status: that of the first device that did not do it */
export async function deviceSay(call: Invocation, sentence: string, flags: SayFlags): Promise<number> {
  const { output, ports } = call;
  const seconds = flags.wait === undefined ? undefined : durationOf(flags.wait, "s");
  return besideOthers(call, { doing: "waiting for the hub", sync: "wanted" }, async (context, turn) => {
    const house = await houseOf(context, flags.language);
    const place = flags.place === undefined ? undefined : findPlace(context, flags.place).Key;
    // What a silent hub said last is no ground to act on.
    const known = (udf: string, property: string): unknown => {
      const member = house.byUdf.get(udf);
      return member?.status === "Online" ? saidOf(member)?.values.find(({ Name }) => Name === property)?.Value : undefined;
    };
    const meaning = interpret(sentence, house.book.index, { place, known });
    const options: GiveOptions = { call, context, turn, house, seconds, hub: flags.hub };
    if (meaning.kind === "query") {
      const reports = flags.now
        ? await askReports(
            options,
            meaning.asks.flatMap(({ targets }) => targets),
          )
        : [];
      const fresh = new Map(reports.map(({ DeviceUdf, Values }) => [DeviceUdf, Values]));
      tellState({ output, house, meaning, fresh, now: ports.clock.now() });
      return 0;
    }
    if (meaning.kind === "timed" || meaning.kind === "rule")
      throw new MeshError("ERR_COMMAND", house.book.vocabulary.language.Replies.NoTimes, {
        hint: "say it at the hub by 'mesh-hub say', or, what comes again, by 'meshman automation add'",
      });
    if (meaning.kind !== "command") throw refusedWords(meaning);
    const orders = meaning.orders.flatMap(({ command, targets }) =>
      targets.map(({ udf, arguments: args }): CommandOrder => {
        const { Class = "", Properties: properties } = house.byUdf.get(udf)?.description ?? {};
        return { deviceUdf: udf, class: Class, properties, command, arguments: args };
      }),
    );
    output.say(`asking: ${[meaning.spoken, ...(meaning.notes ?? [])].join("; ")}`);
    const outcomes = await giveOrders(options, orders);
    return tellOutcomes({ output, house, outcomes, spoken: meaning.spoken });
  });
}

/** A question back, or that nothing was understood. Nothing is ever guessed. @param before what the text begins with */
export function refusedWords(meaning: Extract<Interpretation, { kind: "question" | "unknown" }>, before = ""): MeshError {
  if (meaning.kind === "question") {
    const candidates = meaning.candidates.map(({ udf, name, place, class: kind }) => ({
      deviceUdf: udf,
      localName: name,
      place,
      class: kind,
    }));
    const hint = meaning.sentence === undefined ? {} : { hint: `if so, say that alone: ${JSON.stringify(meaning.sentence)}` };
    return new MeshError("ERR_AMBIGUOUS", `${before}${meaning.text}`, { detail: { candidates }, ...hint });
  }
  const [first] = meaning.suggestions;
  return new MeshError("ERR_COMMAND", `${before}${meaning.text}`, {
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
  /** Of devices that were asked themselves. */
  readonly fresh: ReadonlyMap<string, readonly StateValue[]>;
  readonly now: number;
}

/** Answers from the reported state, and says how old it is. */
function tellState({ output, house, meaning, fresh, now }: Answer): void {
  const answers = meaning.asks.flatMap(({ targets, property, expected }) =>
    targets
      .flatMap((udf) => house.byUdf.get(udf) ?? [])
      .map((member) => {
        const own = fresh.get(member.udf);
        const said = own ?? saidOf(member)?.values ?? [];
        return { member, values: said.filter(({ Name }) => property === undefined || Name === property), isNow: own !== undefined, expected };
      }),
  );
  const result = answers.map(({ member, values, isNow, expected }) => ({
    ...stateResult(member, values, isNow),
    ...(expected === undefined ? {} : { agrees: agrees(values, expected) }),
  }));
  report(output, { spoken: answers.map((answer) => sentenceOf(house, answer, answer.expected, now)), devices: result }, () => {
    for (const answer of answers) output.line(sentenceOf(house, answer, answer.expected, now));
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
  { member, values, isNow }: { readonly member: Member; readonly values: readonly StateValue[]; readonly isNow: boolean },
  expected: readonly StateValue[] | undefined,
  now: number,
): string {
  if (values.length === 0) return `${member.name}: nothing was reported`;
  const said = expected === undefined ? undefined : agrees(values, expected);
  const doubt = member.status === "Online" ? "" : `, now ${member.status?.toLowerCase() ?? "unknown"}`;
  const since = member.state ? `${ago(member.state.Updated, now)}${doubt}` : "";
  const source = isNow
    ? "its own word, now"
    : [saidOf(member)?.source === "device" ? "its own word" : "", since].filter((part) => part !== "").join(", ");
  return `${said === undefined ? "" : said ? "yes, " : "no, "}${member.name}: ${inWords(house, member, values)} (${source})`;
}

function stateResult(member: Member, values: readonly StateValue[], isNow: boolean): Readonly<Record<string, unknown>> {
  return {
    deviceUdf: member.udf,
    localName: member.name,
    status: member.status,
    values: Object.fromEntries(values.map(({ Name, Value }) => [Name, Value])),
    source: isNow ? "device" : saidOf(member)?.source,
    now: isNow || undefined,
    updated: isNow ? undefined : member.state?.Updated,
  };
}
