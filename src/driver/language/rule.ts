/**
 * Rules in words: "when the hall door opens after sunset, turn on the hall light for ten minutes" (docs/extensions.md §22). What a condition looks like
 * is data of the language (Rules). A rule that is in doubt is asked back, like an order; what is not understood whole is no rule. Left out: several
 * conditions that all have to hold, and what did not happen.
 */
import { propertyNamed, propertyOf, wanted } from "./act.ts";
import { lastShown, readClock } from "./clock.ts";
import type { Context, SpeakerContext } from "./context.ts";
import type { Found } from "./find.ts";
import { find, thingsOfPlace } from "./find.ts";
import type { Interpretation } from "./interpret.ts";
import type { Language } from "./language.ts";
import type { NamedThing, NameIndex } from "./name-index.ts";
import type { Capture, Row } from "./pattern.ts";
import { matchRow } from "./pattern.ts";
import { askWhich, put } from "./reply.ts";
import { candidateOf } from "./resolve.ts";
import type { FormRow, RowIndex } from "./row-index.ts";
import { isQuantifier, keyOf } from "./text.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { inUnit, readMeasure } from "./vocabulary.ts";
import { readDays, readDuration } from "./when.ts";

/** How a property is compared. Numbers alone are above and below; a counter of presses changes. */
export type Comparison = "is" | "above" | "below" | "changes";

/** What one property of one device has to be. */
export interface TriggerTest {
  readonly udf: string;
  readonly property: string;
  readonly test: Comparison;
  readonly value: boolean | number | string;
}

/** A time of each day: minutes on the house's clock, or the sun's. */
export type DayPoint = { readonly minutes: number } | { readonly event: "sunrise" | "sunset" };

/** The part of the day and the days, from Sunday, 0, in which a rule counts; what is absent limits nothing. */
export interface Within {
  readonly from?: DayPoint | undefined;
  readonly until?: DayPoint | undefined;
  readonly days?: readonly number[] | undefined;
}

/** When a rule is carried out: when one of the tests becomes true, or all of them are, or that has been so for `heldSeconds`. */
export interface Trigger {
  readonly tests: readonly TriggerTest[];
  /** All of them have to be true. */
  readonly every?: true | undefined;
  readonly heldSeconds?: number | undefined;
  readonly within?: Within | undefined;
}

/** Words for rules of one language, made ready. */
export interface RuleRows {
  readonly say: RowIndex<{ readonly row: Row }>;
  readonly conditions: RowIndex<FormRow<ConditionForm>>;
  readonly held: RowIndex<FormRow<object>>;
  readonly within: RowIndex<FormRow<WithinForm>>;
}
type ConditionForm = Language["Rules"]["Conditions"][number];
type WithinForm = Language["Rules"]["Within"][number];

/** Most devices that one rule looks at. */
export const mostTests = 16;
/** Most ways to take a part of the day, or a span, out of a sentence. */
const mostWays = 12;
/** Longest words for one of them, in tokens. */
const partLimit = 10;

/** What a rule's orders are, as a sentence of their own, in which "it" is what the condition is about. */
type ReadOrders = (tokens: readonly string[], about: readonly string[]) => Interpretation | undefined;

/** The sentence as a rule; a question where something in it is in doubt; undefined when it is none. */
export function readRule(tokens: readonly string[], index: NameIndex, context: Context, readOrders: ReadOrders): Interpretation | undefined {
  const { rules } = index.vocabulary;
  const rows = rules.say.fitting(tokens);
  if (rows.length === 0) return undefined;
  let doubt: Interpretation | undefined;
  for (const { within, rest } of withParts(tokens, index.vocabulary)) {
    for (const { row } of rows) {
      // The longest condition first: in "if the window is open for ten minutes turn off ..." the time is of the window.
      for (const { condition = [], orders = [] } of matchRow(row, rest).reverse()) {
        const read = readCondition(condition, index, context);
        if (read === undefined) continue;
        const meant = readOrders(orders, "kind" in read ? [] : read.tests.map(({ udf }) => udf));
        if (meant === undefined) continue;
        if (meant.kind !== "command" && !(meant.kind === "timed" && meant.when.kind === "for")) {
          if (meant.kind === "question") doubt ??= meant;
          continue;
        }
        if ("kind" in read) return read;
        const back =
          meant.kind === "timed" && meant.back !== undefined && "seconds" in meant.when
            ? { seconds: meant.when.seconds, orders: meant.back }
            : undefined;
        return {
          kind: "rule",
          trigger: { ...read, ...(within === undefined ? {} : { within }) },
          orders: meant.orders,
          ...(back === undefined ? {} : { back }),
          spoken: meant.spoken,
        };
      }
    }
  }
  return doubt;
}

/** The sentence as it is, and without up to two parts that say when it counts. */
function* withParts(tokens: readonly string[], vocabulary: Vocabulary): Generator<{ readonly within?: Within; readonly rest: readonly string[] }> {
  yield { rest: tokens };
  let left = mostWays;
  for (const first of parts(tokens, vocabulary.rules.within)) {
    const within = withinOf(first.form, first.capture, vocabulary);
    if (within === undefined || left-- === 0) continue;
    yield { within, rest: first.rest };
    for (const second of parts(first.rest, vocabulary.rules.within)) {
      const more = withinOf(second.form, second.capture, vocabulary);
      // A part of the day, and days: never two of one.
      if (more === undefined || Object.keys(more).some((name) => Object.hasOwn(within, name))) continue;
      yield { within: { ...within, ...more }, rest: second.rest };
    }
  }
}

/** Every way in which some tokens are one of the rows, the longest first. */
function* parts<T>(
  tokens: readonly string[],
  rows: RowIndex<FormRow<T>>,
): Generator<{ readonly form: T; readonly capture: Capture; readonly rest: readonly string[] }> {
  const fitting = rows.fitting(tokens);
  if (fitting.length === 0) return;
  for (let length = Math.min(partLimit, tokens.length - 1); length > 0; length--) {
    for (let start = 0; start + length <= tokens.length; start++) {
      const span = tokens.slice(start, start + length);
      for (const { row, form } of fitting) {
        for (const capture of matchRow(row, span)) yield { form, capture, rest: [...tokens.slice(0, start), ...tokens.slice(start + length)] };
      }
    }
  }
}

function withinOf(form: WithinForm, capture: Capture, { language, times }: Vocabulary): Within | undefined {
  const clock = capture.clock === undefined ? undefined : readClock(capture.clock, language, times);
  const until = capture.until === undefined ? undefined : readClock(capture.until, language, times);
  const named = capture.days === undefined ? undefined : readDays(capture.days, language);
  if ((capture.clock && clock === undefined) || (capture.until && until === undefined) || (capture.days && !named)) return undefined;
  // "In the evening" is a part of each day, and which part nobody has said.
  if (named?.half !== undefined) return undefined;
  const isOpen = clock?.said === "face" && until?.said === "half";
  const from = clock && (isOpen ? lastShown(clock.minutes, until.minutes) : clock.minutes);
  const start: DayPoint | undefined =
    form.From !== undefined ? { event: form.From } : from !== undefined && form.Ends !== true ? { minutes: from } : undefined;
  const last = until?.minutes ?? (form.Ends === true ? clock?.minutes : undefined);
  const end: DayPoint | undefined = form.Until !== undefined ? { event: form.Until } : last !== undefined ? { minutes: last } : undefined;
  const days = named?.days ?? form.Days;
  return { ...(start === undefined ? {} : { from: start }), ...(end === undefined ? {} : { until: end }), ...(days === undefined ? {} : { days }) };
}

/** What has to become so: tests, or what there is to ask or to say of it. The same words stand in many ways to take a sentence apart. */
function readCondition(tokens: readonly string[], index: NameIndex, context: Context): Trigger | Interpretation | undefined {
  const words = tokens.join(" ");
  if (!context.conditions.has(words)) context.conditions.set(words, readConditionAnew(tokens, index, context));
  return context.conditions.get(words);
}

function readConditionAnew(tokens: readonly string[], index: NameIndex, context: Context): Trigger | Interpretation | undefined {
  const { vocabulary } = index;
  const whole = readState(tokens, index, context);
  if (whole !== undefined) return whole;
  for (const { capture, rest } of parts(tokens, vocabulary.rules.held)) {
    const heldSeconds = capture.duration === undefined ? undefined : readDuration(capture.duration, vocabulary.language);
    const state = heldSeconds === undefined ? undefined : readState(rest, index, context);
    if (state !== undefined) return "kind" in state ? state : { ...state, heldSeconds };
  }
  return undefined;
}

function readState(tokens: readonly string[], index: NameIndex, context: SpeakerContext): Trigger | Interpretation | undefined {
  const { vocabulary } = index;
  for (const { row, form } of vocabulary.rules.conditions.fitting(tokens)) {
    for (const capture of matchRow(row, tokens)) {
      const state = stateSaid(form, capture, vocabulary);
      const found = foundBy(form, { target: capture.target, state }, index, context);
      if (found === undefined || found.kind === "none") continue;
      if (found.kind === "ambiguous") {
        const candidates = found.things.map((thing) => candidateOf(thing, index));
        return { kind: "question", text: askWhich(candidates, vocabulary.language), candidates };
      }
      if (found.things.length > mostTests)
        return { kind: "unknown", text: put(vocabulary.language.Replies.RuleTooWide, { most: String(mostTests) }), suggestions: [] };
      const tests = found.things.flatMap((thing) => testOf(thing, form, state, vocabulary) ?? []);
      const { language } = vocabulary;
      const isEvery = tests.length > 1 && (capture.target ?? []).some((token) => isQuantifier(token, language) && !language.Any.includes(token));
      return { tests, ...(isEvery ? { every: true } : {}) };
    }
  }
  return undefined;
}

function foundBy(
  form: ConditionForm,
  { target, state }: { readonly target: readonly string[] | undefined; readonly state: StateSaid },
  index: NameIndex,
  context: SpeakerContext,
): Found | undefined {
  const ability = (thing: NamedThing): boolean => testOf(thing, form, state, index.vocabulary) !== undefined;
  if (target === undefined) return undefined;
  const named = find(target, index, { ...context, ability });
  return named.kind === "none" ? thingsOfPlace(target, index, { ...context, ability }) : named;
}

/** What a condition says, in the form in which words are looked up: once, and not for each thing that it may be said of. */
interface StateSaid {
  readonly property: string | undefined;
  readonly values: readonly { readonly words: readonly string[]; readonly key: string }[];
}

function stateSaid(form: ConditionForm, capture: Capture, { language }: Vocabulary): StateSaid {
  const values = form.Value?.map((word) => [word]) ?? [capture.value ?? []];
  return {
    property: capture.property === undefined ? undefined : keyOf(capture.property.join(" "), language),
    values: values.map((words) => ({ words, key: form.Test === "is" ? keyOf(words.join(" "), language) : "" })),
  };
}

/** What a thing has to be for a condition; undefined where it has nothing of the kind. */
function testOf(thing: NamedThing, form: ConditionForm, { property, values }: StateSaid, vocabulary: Vocabulary): TriggerTest | undefined {
  const named = property === undefined ? undefined : propertyNamed(thing, property, vocabulary);
  if (property !== undefined && named === undefined) return undefined;
  const name = named ?? form.Property;
  if (form.Test === "changes")
    return name === undefined || propertyOf(thing, name) === undefined ? undefined : { udf: thing.udf, property: name, test: "changes", value: true };
  for (const { words, key } of values) {
    const found =
      form.Test === "is"
        ? (stateOf(thing, name, key, vocabulary) ?? partlyOf(thing, name, key, vocabulary))
        : numberOf(thing, name, words, vocabulary);
    if (found !== undefined) return { udf: thing.udf, test: form.Test, ...found };
  }
  return undefined;
}

type Wanted = Pick<TriggerTest, "property" | "value">;

/** Keys of the words that drivers have for true and false, which are as many as these. */
const shownKeys = new WeakMap<Language, Map<string, string>>();

function shownKey(word: string, language: Language): string {
  const keys = shownKeys.get(language) ?? new Map<string, string>();
  shownKeys.set(language, keys);
  const key = keys.get(word) ?? keyOf(word, language);
  keys.set(word, key);
  return key;
}

/** "Open", "on", "wet": by the words that its class has for a boolean, else as what can be set is said. */
function stateOf(thing: NamedThing, name: string | undefined, text: string, vocabulary: Vocabulary): Wanted | undefined {
  if (text === "") return undefined;
  const { language } = vocabulary;
  const shown = vocabulary.classes.get(thing.class)?.shown;
  for (const { Name, Type } of thing.description.Properties) {
    if (Type !== "boolean" || (name !== undefined && Name !== name)) continue;
    const { True, False } = shown?.get(Name) ?? {};
    if (True !== undefined && shownKey(True, language) === text) return { property: Name, value: true };
    if (False !== undefined && shownKey(False, language) === text) return { property: Name, value: false };
  }
  const settings = Object.entries(wanted(thing, name, { value: text.split(" ") }, vocabulary) ?? {});
  const [first] = settings;
  if (first === undefined || settings.length > 1 || propertyOf(thing, first[0]) === undefined) return undefined;
  return { property: first[0], value: first[1] };
}

/** "Open" of a gate: by the words that its class has for a number that is at its least, or above it. */
function partlyOf(
  thing: NamedThing,
  name: string | undefined,
  text: string,
  { classes, language }: Vocabulary,
): Omit<TriggerTest, "udf"> | undefined {
  for (const { Name, Type, Minimum: value = 0 } of thing.description.Properties) {
    if (Type !== "number" || (name !== undefined && Name !== name)) continue;
    const { True, False } = classes.get(thing.class)?.shown.get(Name) ?? {};
    if (True !== undefined && shownKey(True, language) === text) return { property: Name, test: "above", value };
    if (False !== undefined && shownKey(False, language) === text) return { property: Name, test: "is", value };
  }
  return undefined;
}

/** A number of the property that is named, or of the one that has the unit, or of the one that bare numbers are for. */
function numberOf(thing: NamedThing, name: string | undefined, value: readonly string[], vocabulary: Vocabulary): Wanted | undefined {
  const measure = readMeasure(value, vocabulary);
  if (measure === undefined) return undefined;
  const numbers = thing.description.Properties.filter(({ Type }) => Type === "number");
  const fitting = numbers.filter(({ Name, Unit }) => (name === undefined || Name === name) && inUnit(measure, Unit) !== undefined);
  const usual = vocabulary.classes.get(thing.class)?.number;
  const property =
    fitting.length === 1 && (name !== undefined || measure.unit !== undefined) ? fitting[0] : fitting.find(({ Name }) => Name === (name ?? usual));
  const number = property && inUnit(measure, property.Unit);
  return property === undefined || number === undefined ? undefined : { property: property.Name, value: number };
}
