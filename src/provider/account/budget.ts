/**
 * What one account may hold at the service (design: budgets per account). Checked before a change is made; what is there already stays. A part of each
 * figure is kept for administrators: whatever others fill, they can be removed, and what they wrote can be written once more under other keys.
 */
import { MeshError } from "../../base/errors.ts";
import type { AccountBudget } from "../../protocol/index.ts";
import type { StoreLabel } from "../../schema/index.ts";
import type { Limits } from "../limits.ts";
import type { Append, IdleSequence, StoreEnd, StoreEnds, Switch } from "../store/service-store.ts";

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

/** Who writes: "administrator" uses what is kept in reserve for these, too. Of the audit it is who asked for what is written down. */
export type Spender = "administrator" | "other";

/** Against what is judged. */
export interface Budgeting {
  readonly limits: Limits;
  readonly spender: Spender;
}

/** What an account holds. */
export interface Holding {
  readonly ends: StoreEnds;
  readonly idle: readonly IdleSequence[];
}

/** Frames for the ends of sequences, in force or staged, within the budgets. ERR_QUOTA names the budget, its figure, and what to do. */
export function requireBudget({ ends, idle }: Holding, appends: readonly Append[], { limits, spender }: Budgeting): void {
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
    if (limit === undefined) continue;
    const most = mostOf(limits[limit], limits.reservedStorePercent, spender);
    if (append.index + append.frames.length > most)
      throw overBudget(`${most} frames in ${append.store}`, { store: append.store, limit: most }, { of: limits[limit], most });
  }
  const { accountOctets, accountFrames, reservedPercent } = limits;
  const most = { octets: mostOf(accountOctets, reservedPercent, spender), frames: mostOf(accountFrames, reservedPercent, spender) };
  if (octets > most.octets) throw overBudget(`${most.octets} octets`, { limit: most.octets }, { of: accountOctets, most: most.octets });
  if (frames > most.frames) throw overBudget(`${most.frames} frames in all stores`, { limit: most.frames }, { of: accountFrames, most: most.frames });
}

/** What of a figure somebody may use. */
export function mostOf(figure: number, reservedPercent: number, spender: Spender): number {
  return spender === "administrator" ? figure : Math.ceil((figure * (100 - reservedPercent)) / 100);
}

/** What an account holds, beside what it may: as far as whoever asks may fill it, and of an administrator how far others may. */
export function budgetsOf({ ends, idle }: Holding, { limits, spender }: Budgeting): readonly AccountBudget[] {
  const all = [...ends.values(), ...idle.map(({ end }) => end)];
  const sum = (of: (end: StoreEnd) => number): number => all.reduce((total, end) => total + of(end), 0);
  const { accountOctets, accountFrames, reservedPercent, reservedStorePercent } = limits;
  const figures = (of: number, reserved: number): Pick<AccountBudget, "Most" | "Others"> => ({
    Most: mostOf(of, reserved, spender),
    ...(spender === "administrator" ? { Others: mostOf(of, reserved, "other") } : {}),
  });
  return [
    { Unit: "octets", Used: sum(({ octets }) => octets), ...figures(accountOctets, reservedPercent) },
    { Unit: "frames", Used: sum(({ count }) => count), ...figures(accountFrames, reservedPercent) },
    ...Object.entries(storeLimits).map(([label, limit]) => ({
      Container: label,
      Unit: "frames",
      Used: ends.get(label as StoreLabel)?.count ?? 0,
      ...figures(limits[limit], reservedStorePercent),
    })),
  ];
}

/** One more staged sequence. ERR_QUOTA. */
export function requireStage({ idle }: Holding, { limits: { stages, reservedPercent }, spender }: Budgeting): void {
  const most = mostOf(stages, reservedPercent, spender);
  if (idle.filter(({ stage }) => stage !== undefined).length >= most)
    throw overBudget(`${most} staged sequences`, { limit: most }, { of: stages, most });
}

/** One more former epoch for each of these switches. Whoever is no administrator begins so many of one sequence. ERR_QUOTA. */
export function requireEpochs({ idle }: Holding, switches: readonly Pick<Switch, "store">[], { limits, spender }: Budgeting): void {
  if (switches.length === 0) return;
  const { keptEpochs, keptEpochsEach, reservedPercent } = limits;
  const kept = idle.filter(({ stage }) => stage === undefined);
  const most = mostOf(keptEpochs, reservedPercent, spender);
  if (kept.length + switches.length > most) throw overBudget(`${most} former epochs`, { limit: most }, { of: keptEpochs, most });
  if (spender === "administrator") return;
  const full = switches.find((one) => kept.filter(({ store }) => store === one.store).length >= keptEpochsEach)?.store;
  if (full !== undefined) throw overBudget(`${keptEpochsEach} former epochs of ${full}`, { store: full, limit: keptEpochsEach });
}

/** A budget of an account that is used up. @param part the figure, and what of it others than administrators may use */
export function overBudget(
  what: string,
  detail: Readonly<Record<string, unknown>>,
  { of, most }: { readonly of: number; readonly most: number } = { of: 0, most: 0 },
): MeshError {
  const rest = of > most ? `; ${of - most} more are kept for its administration devices` : "";
  return new MeshError("ERR_QUOTA", `the account has used its budget at this service: ${what}${rest}`, {
    hint: "ask whoever runs the service for a larger budget, or move to another account",
    detail: { quota: detail },
  });
}

function octetsOf({ frames }: Append): number {
  let octets = 0;
  for (const { headerOctets, body, trailerOctets } of frames) octets += headerOctets.length + body.length + trailerOctets.length;
  return octets;
}
