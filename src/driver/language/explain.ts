/** Times and rules in words, as they are listed: "every weekday at 07:00", "when Hall Door is open for 10 min, from sunset". The words are the language's (Explain). */
import { propertyOf } from "./act.ts";
import type { Language } from "./language.ts";
import type { NameIndex } from "./name-index.ts";
import { isCalledSeveral, put, showSetting } from "./reply.ts";
import type { DayPoint, Trigger, TriggerTest, Within } from "./rule.ts";
import type { When } from "./when.ts";

/** When something is to happen. */
export function sayWhen(when: When, language: Language): string {
  const { Explain } = language;
  switch (when.kind) {
    case "after":
    case "for":
      return put(Explain.In, { duration: saySpan(when.seconds, language) });
    case "at": {
      const at = put(Explain.At, { time: sayClock(when.minutes) });
      if (when.tomorrow === true) return put(Explain.Tomorrow, { time: at });
      return when.days === undefined ? at : `${put(Explain.On, { days: sayDays(when.days, language) })} ${at}`;
    }
    case "every":
      return `${sayEach(when.days, language)} ${put(Explain.At, { time: sayClock(when.minutes) })}`;
    case "sun": {
      const { offsetMinutes, event, days } = when;
      const sun = event === "sunset" ? Explain.Sunset : Explain.Sunrise;
      const span = saySpan(Math.abs(offsetMinutes) * 60, language);
      const at = offsetMinutes === 0 ? put(Explain.AtSun, { sun }) : put(offsetMinutes < 0 ? Explain.Before : Explain.After, { duration: span, sun });
      return days === undefined ? at : `${sayEach(days, language)} ${at}`;
    }
  }
}

/** What has to become so. */
export function sayTrigger(trigger: Trigger, index: NameIndex): string {
  const { language } = index.vocabulary;
  const { Explain } = language;
  const tests = trigger.tests.map((test) => sayTest(test, index)).join(trigger.every === true ? Explain.And : Explain.Or);
  const held = trigger.heldSeconds === undefined ? "" : ` ${put(Explain.Held, { duration: saySpan(trigger.heldSeconds, language) })}`;
  const within = trigger.within === undefined ? "" : sayWithin(trigger.within, language);
  return `${tests}${held}${within === "" ? "" : `, ${within}`}`;
}

/** A whole rule or schedule: when, what, and what after that. */
export function sayAutomation(
  {
    when,
    trigger,
    orders,
    back,
  }: {
    readonly when?: When | undefined;
    readonly trigger?: Trigger | undefined;
    readonly orders: readonly { readonly spoken: string }[];
    readonly back?: { readonly seconds: number; readonly orders: readonly { readonly spoken: string }[] } | undefined;
  },
  index: NameIndex,
): string {
  const { language } = index.vocabulary;
  const { Explain } = language;
  const time = when === undefined ? "" : sayWhen(when, language);
  const condition = trigger === undefined ? time : put(Explain.When, { condition: sayTrigger(trigger, index) });
  const what = (list: readonly { readonly spoken: string }[]): string => list.flatMap(({ spoken }) => (spoken === "" ? [] : [spoken])).join("; ");
  const after = back === undefined ? "" : `; ${put(Explain.Then, { duration: saySpan(back.seconds, language), what: what(back.orders) })}`;
  return `${condition}: ${what(orders)}${after}`;
}

function sayTest({ udf, property, test, value }: TriggerTest, index: NameIndex): string {
  const { language } = index.vocabulary;
  const thing = index.things.find((candidate) => candidate.udf === udf);
  if (thing === undefined) return put(language.Replies.Gone, { name: udf.slice(0, 14) });
  if (test === "changes") return put(language.Explain.Changes, { name: thing.name });
  const { name = "", True, False } = index.vocabulary.classes.get(thing.class)?.shown.get(property) ?? {};
  const described = propertyOf(thing, property);
  // "Open" of a gate is any number above its least.
  const state =
    described?.Type !== "number" || value !== (described.Minimum ?? 0) ? undefined : test === "above" ? True : test === "is" ? False : undefined;
  const shown = state ?? showSetting(thing, { Name: property, Value: value }, index.vocabulary);
  if (test === "is" || state !== undefined)
    return put(isCalledSeveral(thing.name, index.vocabulary) ? language.Explain.Are : language.Explain.Is, { name: thing.name, state: shown });
  const bare = name !== "" && shown.startsWith(`${name} `) ? shown.slice(name.length + 1) : shown;
  return put(test === "above" ? language.Explain.Above : language.Explain.Below, { name: thing.name, property: name, value: bare });
}

function sayWithin({ from, until, days }: Within, language: Language): string {
  const { Explain } = language;
  const point = (of: DayPoint): string => ("minutes" in of ? sayClock(of.minutes) : of.event === "sunset" ? Explain.Sunset : Explain.Sunrise);
  const hours =
    from !== undefined && until !== undefined
      ? put(Explain.Between, { from: point(from), until: point(until) })
      : from !== undefined
        ? put(Explain.From, { from: point(from) })
        : until !== undefined
          ? put(Explain.Until, { until: point(until) })
          : "";
  return [hours, days === undefined ? "" : sayDays(days, language)].filter((text) => text !== "").join(", ");
}

const weekdays = "1,2,3,4,5";
const weekends = "0,6";

function sayEach(days: readonly number[], language: Language): string {
  const { Explain } = language;
  const isNamed = [weekdays, weekends].includes(keyOfDays(days));
  if (days.length === 7) return Explain.EveryDay;
  return isNamed ? sayDays(days, language) : put(Explain.Every, { days: namesOf(days, language) });
}

function sayDays(days: readonly number[], language: Language): string {
  const { Explain } = language;
  const key = keyOfDays(days);
  if (key === weekdays) return Explain.Weekdays;
  return key === weekends ? Explain.Weekends : put(Explain.On, { days: namesOf(days, language) });
}

function keyOfDays(days: readonly number[]): string {
  return [...days].sort((a, b) => a - b).join(",");
}

function namesOf(days: readonly number[], { Explain }: Language): string {
  return days.map((day) => Explain.Days[day] ?? "").join(", ");
}

function sayClock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** "45 s", "10 min", "1 h 30 min". */
export function saySpan(seconds: number, { Explain }: Language): string {
  if (seconds < 60) return put(Explain.Seconds, { n: String(seconds) });
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.round((seconds % 3600) / 60);
  const parts = [
    ...(hours > 0 ? [put(Explain.Hours, { n: String(hours) })] : []),
    ...(minutes > 0 ? [put(Explain.Minutes, { n: String(minutes) })] : []),
  ];
  return parts.join(" ");
}
