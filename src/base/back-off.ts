/** Waiting times of reconnects: doubling with jitter, so that a house full of devices does not return in one instant. */
import { readUint } from "./bytes.ts";
import type { Random } from "./random.ts";

/** How long the first pause is at most, and how long any. Milliseconds. */
export interface BackOff {
  readonly firstMs: number;
  readonly mostMs: number;
}

const usual: BackOff = { firstMs: 250, mostMs: 30_000 };

/** Milliseconds before attempt `attempt` (from 0): between half and all of the first pause doubled `attempt` times, up to the longest. */
export function backOffMs(attempt: number, random: Random, { firstMs, mostMs }: BackOff = usual): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(attempt, 16));
  return full / 2 + (full / 2) * (readUint(random.bytes(2), 0, 2) / 0xffff);
}
