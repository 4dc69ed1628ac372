/** Randomness as a port, so that tests can repeat a run. */
import { randomFillSync } from "node:crypto";

/** A source of random octets. */
export interface Random {
  bytes(length: number): Uint8Array;
}

/** The system's cryptographic generator. */
export const systemRandom: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
};
