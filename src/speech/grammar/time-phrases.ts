/** Words for a time, as far as they are likely to be said to a house: spans, times of the day, sunrise and sunset; no days of the week, no repetition. */
import type { Language, Vocabulary } from "../../driver/index.ts";
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
  return times.when.all.flatMap(({ row }) => {
    const slots = row.flatMap((piece) => ("slot" in piece ? [piece.slot] : []));
    // What begins with a number would stand behind every name that can end a sentence: it makes the grammar several times as large.
    if (slots.length > 1 || slots.some((slot) => slot !== "duration" && slot !== "clock") || !("word" in (row[0] ?? {}))) return [];
    if (slots.length === 0 ? row.length > 2 : row.length > 3) return [];
    const fillers = slots.includes("duration") ? durations : slots.includes("clock") ? clocks : [[]];
    return fillers.map((filler) => row.flatMap((piece) => ("word" in piece ? [piece.word] : filler)));
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

/** Of each hour the full one, the half and the quarters as the language has them, and minutes by fives: others are hardly said, and heard instead. */
function clockPhrases({ clock }: Vocabulary["times"]): Phrase[] {
  const minutes = Array.from({ length: 11 }, (_, at) => numberWords(5 * (at + 1)));
  return clock.all.flatMap(({ row, form }) => {
    const slots = row.flatMap((piece) => ("slot" in piece ? [piece.slot] : []));
    if (slots.includes("clock")) return [];
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
