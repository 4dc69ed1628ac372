/** Randomness as a port, so that tests can repeat a run. */
import { randomFillSync } from "node:crypto";

/** A source of random octets. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** Salts and nonces, which are drawn one for each record and cost more to ask for than to make; keys are longer and drawn alone. */
const longestPooled = 16;
const pool = new Uint8Array(2048);
let used = pool.length;

/** The system's cryptographic generator. */
export const systemRandom: Random = {
  bytes: (length) => (length <= longestPooled ? fromPool(length) : randomFillSync(new Uint8Array(length))),
};

/** Octets are handed out once and leave no copy behind. */
function fromPool(length: number): Uint8Array {
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const out = pool.slice(used, used + length);
  pool.fill(0, used, used + length);
  used += length;

  return out;
}
