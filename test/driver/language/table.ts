/**
 * Sentences with their right reading, as data: `house.LANG.json` and `sentences.LANG.txt`. In the table a line "= reading" says what the
 * sentences below it mean; "#" begins a comment, "####" the part of which nothing may ever be carried out; "@place" before a sentence is where it
 * is said; of "a >> b", said in one conversation, the reading is that of b. Readings: `Set 1 2: On=true`, orders joined by " & ", before " | " the
 * time or the condition, after "then" what follows, and after "next" the time after that; `ask 8: Temperature`, what is asked of others joined by " & "; `which 5 6`; `back: turn on the lamp`, a part that is
 * asked back; `refused`, with the name of a reply where one is due.
 */
import { readFileSync } from "node:fs";
import { packagePath } from "../../../src/base/package-root.ts";
import type { AskedState, DayPoint, Interpretation, NameIndex, SpeakerContext, SpokenOrder, Trigger, When } from "../../../src/driver/index.ts";
import { interpret, loadLanguage, makeNameIndex, makeVocabulary, referredBy } from "../../../src/driver/index.ts";
import { catalogue, thing, udfOf } from "../../kit/named-things.ts";

interface HouseFile {
  readonly Places: readonly { readonly key: string; readonly name: string; readonly parent?: string }[];
  readonly Things: readonly {
    readonly Number: number;
    readonly Name: string;
    readonly Class: string;
    readonly Place?: string;
    readonly Aliases?: readonly string[];
  }[];
  readonly Groups: readonly { readonly Name: string; readonly Things: readonly number[] }[];
  readonly Scenes: readonly {
    readonly Name: string;
    readonly Aliases?: readonly string[];
    readonly Orders: readonly {
      readonly Command: string;
      readonly Things: readonly number[];
      readonly Arguments: Readonly<Record<string, boolean | number>>;
    }[];
  }[];
  readonly Recipes: readonly { readonly Name: string; readonly Programmes: Readonly<Record<string, string>> }[];
  readonly Known: Readonly<Record<string, boolean | number>>;
  /** Sentences in which an order, "…", is denied, asked for or told of; and in which a time is said with it. */
  readonly Denied: readonly string[];
  readonly Timed: readonly string[];
}

/** One sentence of the table. */
export interface Row {
  /** Said one after the other; the reading is that of the last one. */
  readonly said: readonly string[];
  readonly place?: string;
  readonly reading: string;
  /** In the part of which nothing may be carried out. */
  readonly isRefused: boolean;
  readonly line: number;
}

/** The house of a language, and how its things are now. */
export interface House {
  readonly index: NameIndex;
  readonly context: SpeakerContext;
  readonly numberOf: (udf: string) => number;
  readonly denied: readonly string[];
  readonly timed: readonly string[];
}

export function rowsOf(language: string): readonly Row[] {
  const rows: Row[] = [];
  let reading = "";
  let isRefused = false;
  for (const [at, line] of textOf(`sentences.${language}.txt`).split("\n").entries()) {
    if (line.startsWith("####")) isRefused = true;
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("= ")) {
      reading = line.slice(2);
      continue;
    }
    const [, place, text = ""] = /^(?:@(\S+) )?(.*)$/.exec(line) ?? [];
    rows.push({ said: text.split(" >> "), ...(place === undefined ? {} : { place }), reading, isRefused, line: at + 1 });
  }
  return rows;
}

export function houseOf(language: string): House {
  const { Places, Things, Groups, Scenes, Recipes, Known, Denied: denied, Timed: timed } = JSON.parse(textOf(`house.${language}.json`)) as HouseFile;
  const numbers = new Map(Things.map(({ Number: number }) => [udfOf(number), number]));
  return {
    index: makeNameIndex({
      things: Things.map(({ Number: number, Name, Class, Place, Aliases }) =>
        thing(number, Name, {
          class: Class,
          ...(Place === undefined ? {} : { place: Place }),
          ...(Aliases === undefined ? {} : { aliases: Aliases }),
        }),
      ),
      places: Places,
      groups: Groups.map(({ Name: name, Things: numbered }) => ({ name, things: numbered.map(udfOf) })),
      scenes: Scenes.map(({ Name: name, Aliases, Orders }) => ({
        key: name,
        name,
        aliases: Aliases?.map((Name) => ({ Name })),
        orders: Orders.map(({ Command: command, Things: numbered, Arguments: values }) => ({
          command,
          targets: numbered.map((number) => ({
            udf: udfOf(number),
            arguments: Object.entries(values).map(([Name, Value]) => ({ Name, Value })),
          })),
        })),
      })),
      recipes: Recipes.map(({ Name: name, Programmes }) => ({
        key: name,
        name,
        programmes: Object.entries(Programmes).map(([kind, programme]) => ({ class: kind, programme })),
      })),
      vocabulary: makeVocabulary(catalogue.drivers.values(), loadLanguage(language)),
    }),
    context: { known: (_, property) => Known[property] },
    numberOf: (udf) => numbers.get(udf) ?? 0,
    denied,
    timed,
  };
}

function textOf(file: string): string {
  return readFileSync(packagePath("test", "driver", "language", file), "utf8");
}

/** What the last sentence of a row means, in the words of the table; a refusal with the name of its reply, or else its text. */
export function readingOf({ said, place }: Pick<Row, "said" | "place">, { index, context, numberOf }: House): string {
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(place ?? "") ?? [];
  const from: SpeakerContext = hour === undefined ? { place } : { minutes: Number(hour) * 60 + Number(minute) };
  let referred: SpeakerContext["referred"];
  let reading = "";
  for (const sentence of said) {
    const meant = interpret(sentence, index, { ...context, ...from, referred });
    referred = referredBy(meant, index) ?? referred;
    const numbers = (udfs: readonly string[]) =>
      udfs
        .map(numberOf)
        .sort((a, b) => a - b)
        .join(" ");
    const asked = ({ targets, property, expected = [] }: AskedState) =>
      `${numbers(targets)}: ${property ?? "all"}${expected.map(({ Name, Value }) => ` ${Name}=${String(Value)}?`).join("")}`;
    switch (meant.kind) {
      case "command":
        reading = meant.orders.map((order) => shown(order, numberOf)).join(" & ");
        break;
      case "timed":
        reading = `${timeOf(meant.when, meant.back !== undefined)} | ${shownAll(meant.orders, numberOf)}${meant.back ? ` then ${shownAll(meant.back, numberOf)}` : ""}${shownNext(meant, numberOf)}`;
        break;
      case "rule": {
        const { trigger, orders, back } = meant;
        const then = back === undefined ? "" : ` then in ${back.seconds} s ${shownAll(back.orders, numberOf)}`;
        reading = `${conditionOf(trigger, numberOf)} | ${shownAll(orders, numberOf)}${then}`;
        break;
      }
      case "query":
        reading = `ask ${meant.asks.map(asked).join(" & ")}`;
        break;
      case "question":
        reading = meant.sentence === undefined ? `which ${numbers(meant.candidates.map(({ udf }) => udf))}` : `back: ${meant.sentence}`;
        break;
      case "unknown":
        reading = `refused: ${replyName(meant.text, index) ?? meant.text}`;
    }
  }
  return reading;
}

function replyName(text: string, { vocabulary }: NameIndex): string | undefined {
  const { Replies } = vocabulary.language;
  const starts = (template: string) => text.startsWith(template.split("{")[0] || "\u0000");
  const named = ["Denied", "Asked", "TimeUnknown", "TimeOfWhich", "NoReferent", "NoCook"] as const;
  return named.find((name) => starts(Replies[name]));
}

function shownNext({ next }: Extract<Interpretation, { kind: "timed" }>, numberOf: (udf: string) => number): string {
  return next === undefined ? "" : ` next ${timeOf(next.when)} | ${shownAll(next.orders, numberOf)}`;
}

function shownAll(orders: readonly SpokenOrder[], numberOf: (udf: string) => number): string {
  return orders.map((order) => shown(order, numberOf)).join(" & ");
}

/** "if 19.Open is true", "if every 1.On is true 2.On is true for 600 s from sunset until 06:00 on 12345". */
function conditionOf({ tests, every, heldSeconds, within = {} }: Trigger, numberOf: (udf: string) => number): string {
  const point = (of: DayPoint): string => ("minutes" in of ? clock(of.minutes) : of.event);
  const one = ({ udf, property, test, value }: Trigger["tests"][number]): string =>
    `${numberOf(udf)}.${property} ${test}${test === "changes" ? "" : ` ${String(value)}`}`;
  return [
    every ? "if every" : "if",
    ...tests.map(one),
    ...(heldSeconds === undefined ? [] : [`for ${heldSeconds} s`]),
    ...(within.from === undefined ? [] : [`from ${point(within.from)}`]),
    ...(within.until === undefined ? [] : [`until ${point(within.until)}`]),
    ...(within.days === undefined ? [] : [`on ${within.days.join("")}`]),
  ].join(" ");
}

function shown({ command, targets }: SpokenOrder, numberOf: (udf: string) => number): string {
  const groups = new Map<string, number[]>();
  for (const { udf, arguments: args } of targets) {
    const what = args.map(({ Name, Value }) => `${Name}=${String(Value)}`).join(" ");
    groups.set(what, [...(groups.get(what) ?? []), numberOf(udf)]);
  }
  return [...groups].map(([what, numbers]) => `${command} ${numbers.sort((a, b) => a - b).join(" ")}: ${what}`.trim()).join("; ");
}

function timeOf(when: When, isEnd = false): string {
  if (isEnd && when.kind !== "for") return `until ${timeOf(when).replace(/^at /, "")}`;
  switch (when.kind) {
    case "after":
      return `in ${when.seconds} s`;
    case "for":
      return `for ${when.seconds} s`;
    case "at":
      return `${when.tomorrow ? "tomorrow" : when.days ? `on ${when.days.join("")}` : "at"} ${clock(when.minutes)}`;
    case "every":
      return `every ${when.days.join("")} ${clock(when.minutes)}`;
    case "sun":
      return `${when.event}${when.offsetMinutes < 0 ? "" : "+"}${when.offsetMinutes}${when.days ? ` every ${when.days.join("")}` : ""}`;
  }
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** True when a reading carries something out, now or later. */
export function isOrder(reading: string): boolean {
  return !/^(ask|which|back|refused)\b/.test(reading);
}
