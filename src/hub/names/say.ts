/**
 * Carries out what somebody says or types (docs/design.md §8): a command goes to every device that is meant, a question is answered from the shadows,
 * what is ambiguous is asked back. Nothing is guessed, and what is told at the end is what the devices reported.
 */

import type { SaidTarget, SayResult } from "../../api/index.ts";
import { type Clock, isPlausibleTime } from "../../base/clock.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import { appendAll } from "../../base/list.ts";
import type { CommandTarget, Interpretation, KnownValue, SpeakerContext, SpokenOrder, Vocabulary } from "../../driver/index.ts";
import { interpret, put, referredBy, sayAutomation, sayWhen } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import type { Automations } from "../automation/automations.ts";
import { isRepeat, minutesOfDay } from "../automation/due.ts";
import { asBefore } from "../automation/ends.ts";
import type { Orders } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import type { OwnerQuestions } from "../owner/owner-questions.ts";
import type { UnconfirmedOrder } from "../owner/question.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import { answer, sayState } from "./answer.ts";
import type { Conversations } from "./conversations.ts";
import { plainValues } from "./plain-values.ts";
import { questionOf } from "./question.ts";
import { toldTime } from "./told-time.ts";

type Replies = Vocabulary["language"]["Replies"];

/** What it takes to act on words. */
export interface SayOptions {
  /** Who speaks. */
  readonly principal: Principal;
  /** On the monotonic clock: no order of the sentence is given later, and nobody is asked for it. */
  readonly until?: number | undefined;
  /** In the language that is spoken. */
  readonly book: SpokenBook;
  readonly orders: Orders;
  readonly keeper: StateKeeper;
  readonly clock: Clock;
  /** Keeps orders for another time; without it they are refused. */
  readonly automations?: Pick<Automations, "add" | "remove" | "ends" | "endAlone"> | undefined;
  /** Puts what the speaker may not order by himself before the owner's devices; without it that is refused. */
  readonly questions?: Pick<OwnerQuestions, "askOrder"> | undefined;
  /** What was spoken of before, and by which name the speaker's conversation goes; without one "it" means nothing. */
  readonly conversation?: { readonly book: Conversations; readonly name: string } | undefined;
  /** Done when the owner confirms what a device is told, before it is: its time begins then. */
  readonly onConfirmed?: ((deviceUdf: string) => Promise<unknown>) | undefined;
}

/** Does what a sentence says, or tells why not; never throws on what people say. */
export async function say(text: string, options: SayOptions, context: SpeakerContext = {}): Promise<SayResult> {
  const { principal, conversation } = options;
  const known: KnownValue = (udf, property) => {
    // "Toggle" and "lower" would tell how it is now.
    if (!mayRead(udf, options)) return undefined;
    const shadow = options.keeper.shadow(udf);
    return shadow?.restored === false ? shadow.reported?.Values.find(({ Name }) => Name === property)?.Value : undefined;
  };
  const { index } = options.book;
  const referred = conversation?.book.referred(principal, conversation.name);
  // By a clock that is not set nobody knows which seven comes next.
  const time = options.clock.now();
  const now: SpeakerContext = { ...context, known, referred, ...(isPlausibleTime(time) ? { minutes: minutesOfDay(time) } : {}) };
  const meant = interpret(text, index, now);
  const spokenOf = referredBy(meant, index);
  if (spokenOf !== undefined) conversation?.book.spoke(principal, conversation.name, spokenOf);
  switch (meant.kind) {
    case "command":
      return carryOut(meant, options);
    case "timed":
      return meant.back === undefined ? later(text, meant, options) : forTime(text, meant, meant.back, options);
    case "rule":
      return note(text, meant, options);
    case "query":
      return answer(meant.asks, options);
    case "question":
      return questionOf(meant, { text, index, context: now, mayRead: (udf) => mayRead(udf, options) }) ?? notUnderstood(options);
    case "unknown":
      return { kind: "unknown", text: meant.text, suggestions: [...meant.suggestions] };
  }
}

function notUnderstood({ book }: SayOptions): SayResult {
  return { kind: "unknown", text: book.vocabulary.language.Replies.NotUnderstood, suggestions: [] };
}

function mayRead(deviceUdf: string, { orders, principal }: SayOptions): boolean {
  return orders.refusal(principal, { deviceUdf }) === undefined;
}

/** Notes an order for another time, and says for when. What follows it is noted first: nothing is left on for want of an end. */
async function later(
  said: string,
  { when, orders, spoken, next, notes = [] }: Extract<Interpretation, { kind: "timed" }>,
  { automations, principal, book, clock }: SayOptions,
): Promise<SayResult> {
  const { language } = book.vocabulary;
  const { Replies: replies } = language;
  if (!automations) return { kind: "unknown", text: replies.NoTimes, suggestions: [] };
  try {
    const following = next && (await automations.add({ said, ...next, follows: when, principal }));
    const first = await automations.add({ said, spoken, when, orders, principal }).catch(async (thrown: unknown) => {
      if (following) await automations.remove(following.key);
      throw thrown;
    });
    const texts = [first, ...(following ? [following] : [])].map(({ when: time, spoken: what, due }) => {
      const next = due === undefined ? "" : toldTime(due, clock.now(), language);
      return isRepeat(time) ? put(replies.Again, { what, when: sayWhen(time, language), time: next }) : put(replies.Later, { what, time: next });
    });
    return { kind: "done", text: [...texts, ...notes].join("; "), targets: [] };
  } catch (thrown) {
    return notNoted(next ? `${spoken}; ${next.spoken}` : spoken, thrown);
  }
}

/** Notes a rule, and says it. */
async function note(said: string, rule: Extract<Interpretation, { kind: "rule" }>, { automations, principal, book }: SayOptions): Promise<SayResult> {
  const { Replies: replies } = book.vocabulary.language;
  if (!automations) return { kind: "unknown", text: replies.NoTimes, suggestions: [] };
  const { trigger, orders, back, spoken } = rule;
  try {
    await automations.add({ said, spoken, trigger, orders, principal, ...(back === undefined ? {} : { back }) });
    return { kind: "done", text: put(replies.Ruled, { rule: sayAutomation(rule, book.index) }), targets: [] };
  } catch (thrown) {
    return notNoted(spoken, thrown);
  }
}

/**
 * "For ten minutes", "until eleven": what ends it is noted first; when nothing was done there is nothing to end. What waits for the owner is ended so long after he has
 * confirmed it.
 */
async function forTime(
  said: string,
  { when, orders, spoken, notes }: Extract<Interpretation, { kind: "timed" }>,
  back: readonly SpokenOrder[],
  options: SayOptions,
): Promise<SayResult> {
  const { automations, principal, book, clock } = options;
  const { language } = book.vocabulary;
  const { Replies: replies } = language;
  if (!automations) return { kind: "unknown", text: replies.NoTimes, suggestions: [] };
  const noteEnd = (ends: readonly SpokenOrder[]) =>
    automations.add({
      said,
      spoken: wordsOf(ends),
      when: when.kind === "for" ? { kind: "after", seconds: when.seconds } : when,
      orders: asBefore(ends, automations.ends()),
      principal,
      ends: true,
    });
  let end: { readonly key: string; readonly due?: number };
  try {
    end = await noteEnd(back);
  } catch (thrown) {
    return notNoted(wordsOf(back), thrown);
  }
  const { due: endsAt } = end;
  const onConfirmed = async (udf: string) => {
    // "Until nine", confirmed behind nine: the next nine is a day later.
    if (when.kind !== "for" && endsAt !== undefined && clock.now() >= endsAt)
      throw new MeshError("ERR_COMMAND_EXPIRED", "the end of the order has come before its turn");
    await automations.endAlone((await noteEnd(ofDevices(back, [udf]))).key);
  };
  const done = await carryOut({ kind: "command", orders, spoken, ...(notes === undefined ? {} : { notes }) }, { ...options, onConfirmed });
  if (done.kind !== "done" && done.kind !== "failed") return done;
  const begun = done.targets.flatMap((target) => (mayBeDone(target) ? [target.udf] : []));
  const then = ofDevices(back, begun);
  // Of what waits yet the end is not so soon; where that cannot be noted, too soon is better than never.
  const isPartly = begun.length > 0 && done.targets.some(({ result }) => result === "Pending");
  const own = isPartly ? await noteEnd(then).catch(() => undefined) : undefined;
  if (begun.length === 0 || own !== undefined) await automations.remove(end.key);
  if (begun.length === 0) return done;
  end = own ?? end;
  // "For half an hour" said again: the first one does not end it.
  await automations.endAlone(end.key);
  const later = put(replies.Later, { what: wordsOf(then), time: end.due === undefined ? "" : toldTime(end.due, clock.now(), language) });
  return { ...done, text: `${done.text}; ${later}` };
}

/** A device that was told and has not answered may have done it. */
function mayBeDone({ result, error }: SaidTarget): boolean {
  return result === "Accept" || error?.code === "ERR_TIMEOUT" || error?.code === "ERR_LINK";
}

function wordsOf(orders: readonly SpokenOrder[]): string {
  return orders.map(({ spoken }) => spoken).join("; ");
}

/** Orders as far as they are of some devices. */
function ofDevices(orders: readonly SpokenOrder[], udfs: readonly string[]): readonly SpokenOrder[] {
  return orders
    .map((order) => ({ ...order, targets: order.targets.filter(({ udf }) => udfs.includes(udf)) }))
    .filter(({ targets }) => targets.length > 0);
}

function notNoted(spoken: string, thrown: unknown): SayResult {
  const { code, message, hint } = asMeshError(thrown);
  return {
    kind: "failed",
    text: message,
    targets: [{ udf: "", name: spoken, result: "Reject", text: message, error: { code, message, hint }, values: [] }],
  };
}

/** One order after the other, each judged by itself: what becomes of one does not keep the next from being tried. */
async function carryOut({ orders, notes = [] }: Extract<Interpretation, { kind: "command" }>, options: SayOptions): Promise<SayResult> {
  const results: SaidTarget[] = [];
  for (const { command, targets } of orders) appendAll(results, await Promise.all(targets.map((target) => tell(command, target, options))));
  const texts = results.map(({ text }) => text);
  const failed = results.filter(({ result }) => result !== "Accept").length;
  return { kind: failed === 0 ? "done" : "failed", text: [...texts, ...notes].join("; "), targets: results };
}

async function tell(command: string, { udf, arguments: args }: CommandTarget, options: SayOptions): Promise<SaidTarget> {
  const { book, orders, principal, until, clock } = options;
  const thing = book.thing(udf);
  const name = thing?.name ?? udf;
  const { Replies: replies } = book.vocabulary.language;
  if (book.device(udf)?.own !== true) {
    const text = put(thing === undefined ? replies.Gone : replies.Elsewhere, { name });
    return { udf, name, result: "Reject", text, error: { code: "ERR_COMMAND", message: text }, values: [] };
  }
  try {
    if (until !== undefined && clock.monotonic() >= until)
      throw new MeshError("ERR_COMMAND_EXPIRED", "the end of the order has come before its turn");
    const { result, report, shadow } = await orders.give({ principal, deviceUdf: udf, command, arguments: args, until });
    // Who may order and not see learns that it was done.
    const reported = shadow?.restored === false && mayRead(udf, options) ? (shadow.reported?.Values ?? []) : [];
    if (result !== "Accept")
      return {
        udf,
        name,
        result,
        text: `${put(replies.Refused, { name })}${report === undefined ? "" : `: ${report}`}`,
        values: plainValues(reported),
      };
    // What was set is told, in the device's own values: a device that rounds or refuses a part says so by them.
    const told = args.length === 0 ? [] : reported.filter(({ Name }) => args.some((wanted) => wanted.Name === Name));
    const text = told.length > 0 && thing ? sayState(thing, told, book.vocabulary) : put(replies.Done, { name });
    return { udf, name, result, text, values: plainValues(reported) };
  } catch (thrown) {
    const error = asMeshError(thrown);
    if (error.code !== "ERR_CONFIRMATION_NEEDED" || !options.questions) return failed(udf, name, error);
    const { onConfirmed } = options;
    const before = onConfirmed && (() => onConfirmed(udf));
    return ask(options.questions, { principal, deviceUdf: udf, command, arguments: args, before }, { udf, name, refused: error, replies });
  }
}

/** Puts an order before the owner's devices. Nothing is done until one of them has confirmed it. */
function ask(
  questions: Pick<OwnerQuestions, "askOrder">,
  order: UnconfirmedOrder,
  { udf, name, refused, replies }: { readonly udf: string; readonly name: string; readonly refused: MeshError; readonly replies: Replies },
): SaidTarget {
  try {
    questions.askOrder(order);
  } catch (thrown) {
    return failed(udf, name, asMeshError(thrown));
  }
  const { code, message, hint } = refused;
  return { udf, name, result: "Pending", text: put(replies.Confirm, { name }), error: { code, message, hint }, values: [] };
}

function failed(udf: string, name: string, { code, message, hint }: MeshError): SaidTarget {
  return { udf, name, result: "Reject", text: `${name}: ${message}`, error: { code, message, hint }, values: [] };
}
