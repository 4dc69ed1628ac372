/** When a grant ends, as people say it: "2h", "3d", "sunday" (the end of it), "tomorrow", a date (its end) or a time. */
import { MeshError } from "../../../base/errors.ts";
import { durationOf } from "../values.ts";

const days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/** The end, in milliseconds since 1970, by the calendar of this machine. @param now the same, from which it counts. Errors: ERR_USAGE. */
export function untilOf(text: string, now: number): number {
  const word = text.trim().toLowerCase();
  const today = new Date(now);
  if (word === "today" || word === "tonight") return endOfDay(today, 0);
  if (word === "tomorrow") return endOfDay(today, 1);
  const day = days.findIndex((name) => name === word || (word.length === 3 && name.startsWith(word)));
  if (day >= 0) return endOfDay(today, (day - today.getDay() + 7) % 7);
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(word) ?? [];
  if (year !== undefined) {
    const begin = new Date(Number(year), Number(month) - 1, Number(date));
    if (begin.getMonth() !== Number(month) - 1 || begin.getDate() !== Number(date)) throw noTime(text);
    return endOfDay(begin, 0);
  }
  if (/^\d{4}-\d\d-\d\dt[\d:.]+(z|[+-]\d\d:\d\d)?$/.test(word)) {
    const time = Date.parse(word.toUpperCase());
    if (Number.isNaN(time)) throw noTime(text);
    return time;
  }
  if (!/^\d+\s*[smhd]?$/.test(word)) throw noTime(text);
  return now + durationOf(word, "d") * 1000;
}

/** Midnight after that day, which may have 23 or 25 hours. */
function endOfDay(date: Date, ahead: number): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + ahead + 1).getTime();
}

function noTime(text: string): MeshError {
  return new MeshError("ERR_USAGE", `${JSON.stringify(text.slice(0, 40))} is no end that is known here`, {
    hint: "say for how long (2h, 3d), a day (sunday, tomorrow), a date (2026-12-24) or a time (2026-12-24T18:00)",
  });
}
