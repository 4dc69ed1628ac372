/** What one account may hold at the service (design: budgets per account). Checked before a change is made; what is there already stays. */
import { MeshError } from "../../base/errors.ts";
import type { AccountBudget } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import type { Limits } from "../limits.ts";
import type { Append, IdleSequence, StoreEnd, StoreEnds } from "../store/service-store.ts";

/** Frames that some stores may have, by the limit that says it. */
const storeLimits = {
  MMM_Access: "accessFrames",
  MMM_Inbound: "inboundFrames",
  MMM_Outbound: "outboundFrames",
  MMM_Local: "localFrames",
  MMM_Command: "commandFrames",
  MMM_Publication: "publicationFrames",
  MMM_Joined: "joinedFrames",
  MMM_Audit: "auditFrames",
} as const satisfies Partial<Record<StoreLabel, keyof Limits>>;

/** What an account holds. */
export interface Holding {
  readonly ends: StoreEnds;
  readonly idle: readonly IdleSequence[];
}

/** Frames for the ends of sequences, in force or staged, within the budgets. ERR_QUOTA names the budget, its figure, and what to do. */
export function requireBudget({ ends, idle }: Holding, appends: readonly Append[], limits: Limits): void {
  if (appends.length === 0) return;
  let octets = 0;
  let frames = 0;
  const add = (end: StoreEnd): void => {
    octets += end.octets;
    frames += end.count;
  };
  for (const end of ends.values()) add(end);
  for (const { end } of idle) add(end);
  for (const append of appends) {
    frames += append.frames.length;
    octets += octetsOf(append);
    const limit = (storeLimits as Partial<Record<StoreLabel, keyof Limits>>)[append.store];
    const most = limit === undefined ? Number.POSITIVE_INFINITY : limits[limit];
    if (append.index + append.frames.length > most) throw overBudget(`${most} frames in ${append.store}`, { store: append.store, limit: most });
  }
  if (octets > limits.accountOctets) throw overBudget(`${limits.accountOctets} octets`, { limit: limits.accountOctets });
  if (frames > limits.accountFrames) throw overBudget(`${limits.accountFrames} frames in all stores`, { limit: limits.accountFrames });
}

/** What an account holds, beside what it may. */
export function budgetsOf({ ends, idle }: Holding, limits: Limits): readonly AccountBudget[] {
  const all = [...ends.values(), ...idle.map(({ end }) => end)];
  const sum = (of: (end: StoreEnd) => number): number => all.reduce((total, end) => total + of(end), 0);
  return [
    { Unit: "octets", Used: sum(({ octets }) => octets), Most: limits.accountOctets },
    { Unit: "frames", Used: sum(({ count }) => count), Most: limits.accountFrames },
    ...Object.entries(storeLimits).map(([label, limit]) => ({
      Container: label,
      Unit: "frames",
      Used: ends.get(label as StoreLabel)?.count ?? 0,
      Most: limits[limit],
    })),
  ];
}

/** One more staged sequence. ERR_QUOTA. */
export function requireStage({ idle }: Holding, { stages }: Limits): void {
  if (idle.filter(({ stage }) => stage !== undefined).length >= stages) throw overBudget(`${stages} staged sequences`, { limit: stages });
}

/** So many more former epochs. ERR_QUOTA. */
export function requireEpochs({ idle }: Holding, more: number, { keptEpochs }: Limits): void {
  const kept = idle.filter(({ stage }) => stage === undefined).length;
  if (more > 0 && kept + more > keptEpochs) throw overBudget(`${keptEpochs} former epochs`, { limit: keptEpochs });
}

/** A budget of an account that is used up. */
export function overBudget(what: string, detail: Readonly<Record<string, unknown>>): MeshError {
  return new MeshError("ERR_QUOTA", `the account has used its budget at this service: ${what}`, {
    hint: "ask whoever runs the service for a larger budget, or move to another account",
    detail: { quota: detail },
  });
}

function octetsOf({ frames }: Append): number {
  let octets = 0;
  for (const { headerOctets, body, trailerOctets } of frames) octets += headerOctets.length + body.length + trailerOctets.length;
  return octets;
}
