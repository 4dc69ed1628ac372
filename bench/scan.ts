/**
 * Scan to controllable: from the URI string handed to the running hub's socket to the first command that the device has acknowledged.
 * The description comes from the device, the owner's agent has an open window on loopback. Once with a fresh house for each device (nothing is
 * warm: as a person has it who connects one device a year) and once with many devices in a row; and with the claim posted at the maker's service.
 */
import { figureOf, report } from "./kit/figure.ts";
import { House, type Onboarded } from "./kit/house.ts";
import { machineLine } from "./kit/machine.ts";

const bar = { better: "less", median: 500, p95: 750 } as const;
const fresh = Number(process.env.MESH_BENCH_FRESH ?? 8);
const inARow = Number(process.env.MESH_BENCH_ROW ?? 20);

async function connect(house: House, count: number): Promise<Onboarded[]> {
  const done: Onboarded[] = [];
  for (const [index, box] of house.boxes.slice(0, count).entries()) {
    const device = await house.power(box);
    done.push(await house.onboard(box, `lamp ${index}`));
    await device.status();
  }
  return done;
}

async function row(claim: boolean): Promise<Onboarded[]> {
  const house = await House.open({ devices: inARow, claim });
  try {
    return await connect(house, inARow);
  } finally {
    await house.close();
  }
}

const first: Onboarded[] = [];
for (let run = 0; run < fresh; run += 1) {
  const house = await House.open({ devices: 1, claim: false });
  try {
    first.push(...(await connect(house, 1)));
  } finally {
    await house.close();
  }
}
const unclaimed = await row(false);
const claimed = await row(true);

const times = (list: readonly Onboarded[]): number[] => list.map(({ controllable }) => controllable);
report(`Scan to controllable (${machineLine()})`, [
  figureOf("first device of a fresh house, claim off", "ms", times(first), { bar }),
  figureOf("devices in a row, claim off", "ms", times(unclaimed), { bar }),
  figureOf("devices in a row, claim posted", "ms", times(claimed), { bar }),
]);
const names = Object.keys(unclaimed[0]?.steps ?? {});
report(
  "where the time goes: when each step was done, devices in a row, claim off",
  names.map((name) =>
    figureOf(
      name,
      "ms",
      unclaimed.map(({ steps }) => steps[name] ?? Number.NaN),
    ),
  ),
);
report(
  "the same, first device of a fresh house",
  names.map((name) =>
    figureOf(
      name,
      "ms",
      first.map(({ steps }) => steps[name] ?? Number.NaN),
    ),
  ),
);
