/**
 * The writes at which a test kills: with `npm test` a sample, with MESH_KILL_PART=I/N every Nth from the Ith on. The N parts of
 * `npm run test:kill -- --only account` are every write; MESH_KILL_PART=1/1 is all of them in one go.
 */
export interface KillPoints {
  /** Writes count from 1. */
  readonly first: number;
  readonly stride: number;
  /** How often the process dies at least: a part that begins late may have nothing to do. */
  readonly least: number;
  /** Of the test, in milliseconds. */
  readonly timeoutMs: number;
}

/** @param sample the stride of the sample */
export function killPoints(sample: number): KillPoints {
  const [first, stride] = (process.env.MESH_KILL_PART ?? "").split("/").map(Number);
  if (!first || !stride) return { first: 1, stride: sample, least: 2, timeoutMs: 600_000 };
  return { first, stride, least: 0, timeoutMs: 3_600_000 };
}
