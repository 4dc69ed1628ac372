/** The codes that a person has shown to the page, each with its own progress. They outlive the view: the hub goes on whatever is looked at. */
import type { Signal } from "@preact/signals";
import { signal } from "@preact/signals";
import type { OnboardLine } from "../../api/hub-v1.ts";
import { lines } from "../hub/call.ts";

/** A code on its way. */
export interface Code {
  readonly uri: string;
  readonly name: string;
  readonly place: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  /** The newest line of each step. */
  readonly steps: ReadonlyMap<string, OnboardLine>;
  readonly last?: OnboardLine | undefined;
  /** The hub did not answer, or no more. */
  readonly error?: unknown;
}

/** Steps of every onboarding, in their order. */
export const steps = ["scan", "find", "describe", "link", "offer", "accept", "deliver", "commit", "register"] as const;
/** More codes than a person photographs at once. */
const mostCodes = 32;

export const codes = signal<readonly Signal<Code>[]>([]);

/** Adds a code unless it is there. @returns whether it was added */
export function addCode(uri: string): boolean {
  if (codes.value.some((code) => code.value.uri === uri) || codes.value.length >= mostCodes) return false;
  codes.value = [...codes.value, signal<Code>({ uri, name: "", place: "", state: "waiting", steps: new Map() })];
  return true;
}

/** Takes a code from the list; what the hub has begun goes on. */
export function removeCode(code: Signal<Code>): void {
  codes.value = codes.value.filter((other) => other !== code);
}

/** Connects the device of a code, and tells each step. */
export async function connectCode(code: Signal<Code>): Promise<void> {
  if (code.value.state === "running") return;
  const { uri, name, place } = code.value;
  code.value = { ...code.value, state: "running", steps: new Map(), last: undefined, error: undefined };
  try {
    const request = { uri, ...(name.trim() === "" ? {} : { name: name.trim() }), ...(place.trim() === "" ? {} : { place: place.trim() }) };
    for await (const line of lines<OnboardLine>("/v1/onboard", request)) {
      code.value = { ...code.value, steps: new Map(code.value.steps).set(line.step, line), last: line };
    }
  } catch (error) {
    code.value = { ...code.value, state: "failed", error };
    return;
  }
  const { last } = code.value;
  code.value = { ...code.value, state: last?.step === "register" && last.state === "done" ? "done" : "failed" };
}
