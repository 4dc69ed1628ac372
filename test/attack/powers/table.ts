/**
 * Who may do what, alone and together: the one table that docs/threat-model.md shows (test/docs/powers.test.ts compares) and powers.test.ts tries, a
 * test for each cell.
 */

/** Attackers, each with the whole disk and memory of its machine. */
export const attackers = ["hub", "service", "device", "laptop", "phone", "maker"] as const;
export type Attacker = (typeof attackers)[number];

export const powers = [
  "open a file",
  "sign a report",
  "open the lock",
  "connect a device",
  "read a group",
  "read mail",
  "act after removal",
] as const;
export type Power = (typeof powers)[number];

/**
 * What comes of it. `served`: while a part that is not the attacker's does its share, each time, until its owner deletes it; `until met`: until the
 * device in question has met what its owner wrote; `within limits`: by itself, as far as the split goes that its owner granted; `-`: there is nothing
 * to try.
 */
export const outcomes = ["no", "served", "until met", "within limits", "yes", "-"] as const;
export type Outcome = (typeof outcomes)[number];

/** One attacker, or two that share all they have. */
export type Party = readonly [Attacker] | readonly [Attacker, Attacker];

export const parties: readonly Party[] = [
  ...attackers.map((one) => [one] as const),
  ...attackers.flatMap((one, at) => attackers.slice(at + 1).map((other) => [one, other] as const)),
];

export const nameOf = (party: Party): string => party.join(" + ");

/** What somebody gets beyond "no", by who is in it; the first line that fits counts. */
const exceptions: Readonly<Record<Power, readonly (readonly [outcome: Outcome, ...who: Attacker[]])[]>> = {
  "open a file": [
    ["yes", "service", "phone"],
    ["served", "phone"],
  ],
  "sign a report": [
    ["yes", "hub", "device"],
    ["served", "device"],
  ],
  "open the lock": [
    ["served", "phone"],
    ["until met", "hub", "laptop"],
    ["until met", "service", "laptop"],
  ],
  "connect a device": [
    ["within limits", "service", "phone"],
    ["served", "phone"],
  ],
  "read a group": [
    ["yes", "service", "phone"],
    ["yes", "service", "laptop"],
    ["served", "phone"],
  ],
  "read mail": [
    ["yes", "service", "phone"],
    ["served", "phone"],
  ],
  "act after removal": [
    ["yes", "service", "phone"],
    ["yes", "service", "laptop"],
    ["until met", "hub"],
  ],
};

/** Service and maker are no devices of the account: there is nothing to remove. */
const members: readonly Attacker[] = ["hub", "device", "laptop", "phone"];

/** What the table says. */
export function expected(party: Party, power: Power): Outcome {
  const has = (one: Attacker): boolean => party.some((other) => other === one);
  if (power === "act after removal" && !members.some(has)) return "-";
  return exceptions[power].find(([, ...who]) => who.every(has))?.[0] ?? "no";
}

/** The rows of the table as docs/threat-model.md has them. */
export function rows(): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(["attacker", ...powers]),
    line(["---", ...powers.map(() => "---")]),
    ...parties.map((party) => line([nameOf(party), ...powers.map((power) => emphasised(expected(party, power)))])),
  ];
}

const bold: readonly Outcome[] = ["yes", "until met", "within limits"];
const emphasised = (outcome: Outcome): string => (bold.includes(outcome) ? `**${outcome}**` : outcome);
