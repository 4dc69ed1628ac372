/** Times as people and programs want them: how long ago on a terminal, the exact time on a pipe. */
import { fromDateTime } from "../../base/clock.ts";
import type { Output } from "./output.ts";

const units = [
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** "3 min ago"; a time that lies ahead (clocks differ) is "just now". */
export function ago(dateTime: string, now: number): string {
  const seconds = Math.floor((now - fromDateTime(dateTime)) / 1000);
  if (Number.isNaN(seconds)) return dateTime;
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? [0, ""];
  return size === 0 ? "just now" : `${Math.floor(seconds / size)} ${name} ago`;
}

/** "in 3 min"; a time that is over is "now". On a pipe the exact time. */
export function showDue(output: Output, dateTime: string, now: number): string {
  if (!output.isTerminal) return dateTime;
  const seconds = Math.ceil((fromDateTime(dateTime) - now) / 1000);
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? [0, ""];
  return size === 0 ? "now" : `in ${Math.round(seconds / size)} ${name}`;
}

/** An RFC 3339 time for this output; "" when there is none. */
export function showTime(output: Output, dateTime: string | undefined, now: number): string {
  if (dateTime === undefined) return "";
  return output.isTerminal ? ago(dateTime, now) : dateTime;
}
