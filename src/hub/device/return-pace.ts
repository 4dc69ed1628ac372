/**
 * When devices come back that have lost their hub: the hub tells them, since it alone knows how many there are (docs/device-link.md §7, Return).
 * All of a house are back within two seconds of a hub that has started again, and while it is away they try a hundred times a second together at most.
 */
import type { BackOff } from "../../base/back-off.ts";

const firstMs = 500;
const leastMs = 1000;
const mostMs = 30_000;
/** What one device adds to the longest pause. */
const eachMs = 10;

/** The pauses of each device in a house of so many. */
export function returnPace(devices: number): BackOff {
  return { firstMs, mostMs: Math.min(mostMs, Math.max(leastMs, eachMs * devices)) };
}
