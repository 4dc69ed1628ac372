/** What a question is answered with: how things are, by what they have reported; whose word that is, and how old. */
import type { SaidTarget, SayResult } from "../../api/index.ts";
import type { Clock } from "../../base/clock.ts";
import { fromDateTime } from "../../base/clock.ts";
import type { AskedState, NamedThing, Vocabulary } from "../../driver/index.ts";
import { put, sayIs, sayNotReported, showSetting } from "../../driver/index.ts";
import type { SpokenBook } from "../../names/name-book.ts";
import type { StateValue } from "../../schema/index.ts";
import type { Orders } from "../command/order.ts";
import type { Principal } from "../command/principal.ts";
import { isOwnWord } from "../state/shadow-book.ts";
import type { StateKeeper } from "../state/state-keeper.ts";
import { plainValues } from "./plain-values.ts";
import { type Answered, leastTogether, tellSilent, tellTogether } from "./tell-together.ts";

type Replies = Vocabulary["language"]["Replies"];

/** What it takes. */
export interface AnswerOptions {
  /** Who asks. */
  readonly principal: Principal;
  readonly book: SpokenBook;
  readonly orders: Pick<Orders, "refusal">;
  readonly keeper: Pick<StateKeeper, "shadow">;
  readonly clock: Pick<Clock, "now">;
}

/** Of one thing: what is told of it, and where it can be told of several together, how it is. */
interface Told {
  readonly target: SaidTarget;
  readonly answered?: Answered;
  /** Whether it is as was asked. */
  readonly isSo?: boolean | undefined;
  /** It has not reported what was asked. */
  readonly isSilent?: true;
}

/** The answer to all that was asked. What the speaker does not see he is told of only where he sees none of it. */
export function answer(asks: readonly AskedState[], options: AnswerOptions): SayResult {
  const all = asks.flatMap((ask) => ask.targets.map((udf) => answerTo(udf, ask, options)));
  const seen = all.filter(({ target }) => target.error?.code !== "ERR_NOT_AUTHORIZED");
  const told = seen.length > 0 ? seen : all;
  const together = told.flatMap(({ answered }) => answered ?? []);
  const { vocabulary } = options.book;
  const silent = told.flatMap(({ target, isSilent }) => (isSilent ? [target.name] : []));
  const reported = told.filter(({ isSilent }) => isSilent !== true);
  const isOtherwise = told.some(({ isSo }) => isSo === false);
  const texts =
    together.length === 0 || together.length + silent.length < leastTogether
      ? reported.map(({ target }) => target.text)
      : [
          tellTogether(together, { vocabulary, isOtherwise, isPartial: silent.length > 0 }, sourceOf),
          ...reported.flatMap(({ target, answered }) => (answered ? [] : [target.text])),
        ];
  const missing = silent.length === 0 ? [] : [tellSilent(silent, vocabulary, reported.length === 0)];
  return { kind: "answer", text: [...texts, ...missing].join("; "), targets: told.map(({ target }) => target) };
}

function answerTo(udf: string, { property, expected }: AskedState, { book, keeper, orders, principal, clock }: AnswerOptions): Told {
  const { language } = book.vocabulary;
  const { Replies: replies } = language;
  const thing = book.thing(udf);
  const name = thing?.name ?? udf;
  const refused = orders.refusal(principal, { deviceUdf: udf });
  if (refused) {
    const { code, message, hint } = refused;
    return { target: { udf, name, result: "Reject", text: `${name}: ${message}`, error: { code, message, hint }, values: [] } };
  }
  const shadow = keeper.shadow(udf);
  const values = (shadow?.reported?.Values ?? []).filter(({ Name }) => property === undefined || Name === property);
  if (!thing || !shadow?.reported || values.length === 0)
    return { target: { udf, name, result: "Pending", text: sayNotReported(name, book.vocabulary), values: [] }, isSilent: true };
  const since = clock.now() - (shadow.lastContact ?? fromDateTime(shadow.reported.Time ?? ""));
  const ageMs = Number.isNaN(since) ? 0 : since;
  const { restored } = shadow;
  const source = { ageMs, restored, isOwn: isOwnWord(shadow), isOfSeveral: false };
  const isSo = expected?.every((wanted) => values.some(({ Name, Value }) => Name === wanted.Name && Value === wanted.Value));
  const verdict = isSo === undefined ? "" : isSo ? replies.Yes : replies.No;
  const target: SaidTarget = {
    udf,
    name,
    result: "Accept",
    text: `${verdict}${sayState(thing, values, book.vocabulary)} (${sourceOf(source, replies)})`,
    ageMs: Math.max(0, Math.round(ageMs)),
    restored,
    values: plainValues(values),
  };
  if (isSo === undefined || !speaksForItself(thing, values)) return { target, isSo };
  const state = values.map((value) => showSetting(thing, value, book.vocabulary)).join(", ");
  return { target, isSo, answered: { name, state, isSo, source } };
}

/** "kitchen light is off", "kitchen light is on, brightness 40 %", "hall sensor: temperature 21.5 °C". */
export function sayState(thing: NamedThing, values: readonly StateValue[], vocabulary: Vocabulary): string {
  if (values.length === 0) return `${thing.name} has reported nothing`;
  const shown = values.map((value) => showSetting(thing, value, vocabulary)).join(", ");
  return speaksForItself(thing, values) ? sayIs(thing.name, shown, vocabulary) : `${thing.name}: ${shown}`;
}

/** "is on", and not "mode heat". */
function speaksForItself({ description }: NamedThing, [first]: readonly StateValue[]): boolean {
  return description.Properties.find(({ Name }) => Name === first?.Name)?.Type === "boolean";
}

/** "just now", "40 s ago", "3 min ago", "2 h ago", "5 days ago". */
export function sayAge(ms: number, { JustNow, SecondsAgo, MinutesAgo, HoursAgo, DaysAgo }: Replies): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const count = (template: string, unit: number): string => put(template, { n: String(Math.round(seconds / unit)) });
  if (seconds < 2) return JustNow;
  if (seconds < 120) return count(SecondsAgo, 1);
  if (seconds < 7200) return count(MinutesAgo, 60);
  if (seconds < 172_800) return count(HoursAgo, 3600);
  return count(DaysAgo, 86_400);
}

/** Whose word a value is, and how old: what a device has not signed the hub vouches for. Of several it is the oldest. */
function sourceOf({ ageMs, restored, isOwn, isOfSeveral }: Answered["source"], replies: Replies): string {
  const age = sayAge(ageMs, replies);
  const told = isOfSeveral && age !== replies.JustNow ? put(replies.AtMost, { age }) : age;
  return `${isOwn ? (isOfSeveral ? replies.OwnWords : replies.OwnWord) : replies.HubWord}, ${restored ? replies.Restored : ""}${told}`;
}
