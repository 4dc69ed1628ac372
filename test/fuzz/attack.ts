/** Attacks one decoder: whatever comes in, it returns or throws a MeshError that is no defect, soon, and leaves the language as it was. */
import fc from "fast-check";
import { MeshError } from "../../src/base/errors.ts";
import type { Target } from "./target.ts";

/** What one attack showed. */
export interface Attack {
  readonly cases: number;
  readonly accepted: number;
  readonly slowestMs: number;
}

/** Processor time that no input of some kilobytes may take more of. */
const limitMs = 1_000;

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Uint8Array.prototype] as const;
const namesOf = (): string => prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join(" ");
const untouched = namesOf();

/** Throws on the first input that breaks the rule, with what is needed to repeat it. */
export async function attack(target: Target, options: { readonly cases: number; readonly seed?: number }): Promise<Attack> {
  let [cases, accepted, slowestMs] = [0, 0, 0];
  const property = fc.asyncProperty(target.input, async (input) => {
    const start = process.cpuUsage();
    try {
      await target.decode(input as never);
      accepted++;
    } catch (error) {
      if (!(error instanceof MeshError)) throw new Error(`${target.name} threw ${String(error)}`, { cause: error });
      if (error.code === "ERR_INTERNAL") throw new Error(`${target.name} calls its input a defect: ${error.message}`);
      if (error.message.length > 1000) throw new Error(`${target.name} repeats its input in a message of ${error.message.length} characters`);
    }
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    slowestMs = Math.max(slowestMs, took);
    cases++;
    if (took > limitMs) throw new Error(`${target.name} took ${Math.round(took)} ms`);
    if (namesOf() !== untouched || "polluted" in {}) throw new Error(`${target.name} changed a prototype`);
  });
  await fc.assert(property, { numRuns: options.cases, ...(options.seed !== undefined && { seed: options.seed }), endOnFailure: false });
  return { cases, accepted, slowestMs };
}
