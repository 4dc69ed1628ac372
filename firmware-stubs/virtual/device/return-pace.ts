/** When the device comes back to a hub that it has lost: as that hub has told it, within bounds, so that no hub keeps it away or makes it a nuisance. */
import type { BackOff } from "../../../src/base/back-off.ts";

const least = { firstMs: 100, mostMs: 500 };
const most = { firstMs: 5000, mostMs: 60_000 };

/** Pauses that a device keeps, from those that it was told. Milliseconds. */
export function boundedPace({ firstMs, mostMs }: BackOff): BackOff {
  const longest = Math.min(most.mostMs, Math.max(least.mostMs, mostMs));
  return { firstMs: Math.min(longest, most.firstMs, Math.max(least.firstMs, firstMs)), mostMs: longest };
}
