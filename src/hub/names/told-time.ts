/** When something is due, as it is told to whoever ordered it: "today at 19:30", "tomorrow at 07:30". The words are the language's (Explain). */
import type { Vocabulary } from "../../driver/index.ts";
import { put } from "../../driver/index.ts";
import { localTime } from "../automation/due.ts";

/** Fewer days than a week name a day without doubt. */
const daysNamed = 7;

/** @param due milliseconds since 1970 @param now the same; days are those of the house's clock */
export function toldTime(due: number, now: number, { Explain }: Vocabulary["language"]): string {
  const [date = "", clock = ""] = localTime(due).split(" ");
  const time = put(Explain.At, { time: clock });
  const today = new Date(now);
  const dayAfter = (days: number): string => {
    const noon = new Date(today.getFullYear(), today.getMonth(), today.getDate() + days, 12);
    return localTime(noon.getTime()).split(" ")[0] ?? "";
  };
  const days = Array.from({ length: daysNamed }, (_, turn) => dayAfter(turn)).indexOf(date);
  if (days === 0) return put(Explain.Today, { time });
  if (days === 1) return put(Explain.Tomorrow, { time });
  const day = days < 0 ? date : (Explain.Days[new Date(due).getDay()] ?? date);
  return `${put(Explain.On, { days: day })} ${time}`;
}
