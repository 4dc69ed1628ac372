/** The steps of onboarding, by the names that journal, logs, progress and error table share (docs/design.md §4). */
import type { MeshError } from "../../base/errors.ts";
import { asMeshError } from "../../base/errors.ts";

/** Steps in their order. */
export const steps = ["scan", "find", "describe", "link", "offer", "accept", "deliver", "commit", "register"] as const;

/** One step. */
export type Step = (typeof steps)[number];

/** What happens to an onboarding, for whoever started it. `started` may come again with other words while a step waits. */
export interface OnboardProgress {
  readonly step: Step;
  readonly state: "started" | "done" | "failed";
  /** For people; a failure's cause in plain words. */
  readonly message: string;
  readonly deviceUdf?: string;
  /** What the account calls it, once it is connected. */
  readonly name?: string;
  /** Of a failure: its hint is the remedy. */
  readonly error?: MeshError;
}

/** A failure that knows its step. */
export class StepFailure extends Error {
  readonly step: Step;
  readonly error: MeshError;

  constructor(step: Step, cause: unknown) {
    super(step, { cause });
    this.name = "StepFailure";
    this.step = step;
    this.error = asMeshError(cause);
  }
}

/** A failure that the device itself has proven to be its own: no other peer can do better. */
export class Refusal extends StepFailure {}

/** Runs a part of a step; what it throws is a StepFailure of that step. */
export async function within<T>(step: Step, task: () => T | Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw error instanceof StepFailure ? error : new StepFailure(step, error);
  }
}

/** What is said when a step is done. */
export const doneText: Readonly<Record<Step, string>> = {
  scan: "the code is a device's",
  find: "a device answers to this code",
  describe: "the description belongs to the code",
  link: "the device has proven its keys",
  offer: "the offer lies with the account",
  accept: "the owner accepted",
  deliver: "the device has stored it",
  commit: "the device is under the owner's keys",
  register: "the device is connected",
};
