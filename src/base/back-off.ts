/** Waiting times of reconnects: doubling with jitter, so that a house full of devices does not return in one instant. */
import { readUint } from "./bytes.ts";
import type { Random } from "./random.ts";

const firstMs = 250;
const mostMs = 30_000;

/** Milliseconds before attempt `attempt` (from 0): between half and all of 250 ms doubled `attempt` times, at most 30 s. */
export function backOffMs(attempt: number, random: Random): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 16));
  return full / 2 + (full / 2) * (readUint(random.bytes(2), 0, 2) / 0xffff);
}
