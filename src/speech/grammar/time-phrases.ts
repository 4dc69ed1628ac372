/** Words for a time, as far as they are likely to be said to a house: spans, times of the day and of days of the week, sunrise and sunset. */
import type { Language, PhraseRow, Vocabulary } from "../../driver/index.ts";
import { numberWords } from "./spoken-word.ts";
import type { Phrase } from "./target-phrases.ts";

/** What the slots of a time stand for; `<minutes>` is the number slot 2 to 59. */
export const minutesSlot = "<number:2:59>";
const longestUnit = 3600;
const hours = 12;

/** Phrases for a time, with `<number:2:59>` in them. */
export function timePhrases({ language, times }: Vocabulary): Phrase[] {
  const durations = durationPhrases(language);
  const clocks = clockPhrases(times);
  const inHalves = [
    ...clocks,
    ...halvesOfDay(times, language).flatMap((half) => clockPhrases(times, { isOfFace: true }).map((clock) => [...clock, ...half])),
  ];
  // One word for "every" is enough.
  const every = language.All.find((word) => times.when.all.some(({ row: [first] }) => first && "word" in first && first.word === word));
  const onDays = times.when.all.flatMap((when) => dayPhrases(when, every, language).flatMap((day) => clocks.map((clock) => [...day, ...clock])));
  const once = times.when.all.flatMap(({ row, form }) => {
    // What goes on until a time is typed: "until sunset" would be heard behind every order.
    if (form.Kind === "now" || form.End !== undefined) return [];
    const slots = row.flatMap((piece) => ("slot" in piece ? [piece.slot] : []));
    // What begins with a number would stand behind every name that can end a sentence: it makes the grammar several times as large.
    if (slots.length > 1 || slots.some((slot) => slot !== "duration" && slot !== "clock") || !("word" in (row[0] ?? {}))) return [];
    if (slots.length === 0 ? row.length > 2 : row.length > 3) return [];
    const fillers = slots.includes("duration") ? durations : slots.includes("clock") ? inHalves : [[]];
    return fillers.map((filler) => row.flatMap((piece) => ("word" in piece ? [piece.word] : filler)));
  });
  return [...once, ...onDays];
}

/** The words before the clock in "every day at seven", "on mondays at seven", "tomorrow evening at seven"; what stands behind the clock would stand behind each one of them. */
function dayPhrases(
  { row, form }: Vocabulary["times"]["when"]["all"][number],
  every: string | undefined,
  { Connectors, Times: { Days } }: Language,
): Phrase[] {
  const [first, days, at, clock] = row;
  const isSlot = (piece: PhraseRow["row"][number] | undefined, slot: string): boolean =>
    piece !== undefined && "slot" in piece && piece.slot === slot;
  if (row.length !== 4 || !first || !("word" in first) || !isSlot(days, "days") || !at || !("word" in at) || !isSlot(clock, "clock")) return [];
  const { word } = first;
  const said = Days.flatMap(({ Words: [one = "", many = one], Days: which, Each = false, Half }) => {
    if (form.Tomorrow === true) return Half === undefined ? [] : [one];
    // "Every monday" and not "every mondays".
    if (word === every) return Each && which.length === 1 ? [] : [one];
    if (!Connectors.includes(word) || Half !== undefined || which.length === 7) return [];
    return [Each && which.length > 1 ? many : one];
  });
  return said.map((day) => [word, day, at.word]);
}

/** "In the evening", "at night", "tonight", as they are said behind a time. */
function halvesOfDay({ clock }: Vocabulary["times"], { Connectors, Times: { Days } }: Language): Phrase[] {
  return clock.all.flatMap(({ row: [first, ...others] }) => {
    if (!first || !("slot" in first) || first.slot !== "clock") return [];
    const words = others.flatMap((piece) => ("word" in piece ? [piece.word] : []));
    const [word = ""] = words;
    // "AM" is written; "tonight" and "this evening" are of the day's parts.
    return Connectors.includes(word) || (words.length <= 2 && Days.some(({ Words }) => Words.includes(words.at(-1) ?? ""))) ? [words] : [];
  });
}

function durationPhrases({ Times: { Units, Spans } }: Language): Phrase[] {
  const spans = Spans.flatMap(({ Words }) => Words.map((words) => words.split(" ")));
  const counted = Units.filter(({ Seconds }) => Seconds <= longestUnit).flatMap(({ Words }) => {
    const [one = "", many = one] = Words;
    return [
      [minutesSlot, many],
      ["one", one],
      [/^(hour|[aeiou])/.test(one) ? "an" : "a", one],
    ];
  });
  return [...spans, ...counted];
}

/** Of each hour the full one, the half and the quarters as the language has them, and minutes by fives from ten: others are hardly said, and heard instead. */
function clockPhrases({ clock }: Vocabulary["times"], { isOfFace = false } = {}): Phrase[] {
  const minutes = Array.from({ length: 10 }, (_, at) => numberWords(5 * (at + 2)));
  return clock.all.flatMap(({ row, form }) => {
    const slots = row.flatMap((piece) => ("slot" in piece ? [piece.slot] : []));
    if (slots.includes("clock") || (isOfFace && form.Minutes !== undefined)) return [];
    const first = row[0];
    const isPlain = slots.includes("minutes") && first !== undefined && "slot" in first && form.Sign === undefined;
    if (slots.includes("minutes") && !isPlain) return [];
    const rest = isPlain ? minutes : [[]];
    const times = slots.length === 0 ? [0] : Array.from({ length: hours }, (_, at) => at + 1);
    return times.flatMap((hour) =>
      rest.map((minute) => row.flatMap((piece) => ("word" in piece ? [piece.word] : piece.slot === "hour" ? numberWords(hour) : minute))),
    );
  });
}
