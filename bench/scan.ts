/**
 * Scan to controllable: from the URI string handed to the running hub's socket to the first command that the device has acknowledged.
 * The description comes from the device, the owner's agent has an open window on loopback. Once with a fresh house for each device (nothing is
 * warm: as a person has it who connects one device a year) and once with many devices in a row; and with the claim posted at the maker's service.
 * matter.js, where it is installed, takes its turns between ours: from commissionNode to the first acknowledged toggle, fresh stores each time.
 */
import { type Figure, figureOf, report } from "./kit/figure.ts";
import { House, type Onboarded } from "./kit/house.ts";
import { machineLine } from "./kit/machine.ts";
import { isMatterInstalled, type MatterRun, matterRun } from "./kit/matter.ts";

const bar = { better: "less", median: 500, p95: 750 } as const;
const fresh = Number(process.env.MESH_BENCH_FRESH ?? 10);
const inARow = Number(process.env.MESH_BENCH_ROW ?? 20);

async function connect(count: number, claim: boolean): Promise<Onboarded[]> {
  const house = await House.open({ devices: count, claim });
  try {
    const done: Onboarded[] = [];
    for (const [index, box] of house.boxes.entries()) {
      await house.power(box);
      done.push(await house.onboard(box, `lamp ${index}`));
    }
    return done;
  } finally {
    await house.close();
  }
}

const first: Onboarded[] = [];
const known: MatterRun[] = [];
const found: MatterRun[] = [];
for (let run = 0; run < fresh; run += 1) {
  first.push(...(await connect(1, false)));
  if (!isMatterInstalled()) continue;
  known.push(await matterRun({ run: 2 * run, how: "known", toggles: 50 }));
  found.push(await matterRun({ run: 2 * run + 1, how: "mdns", toggles: 50 }));
}
const unclaimed = await connect(inARow, false);
const claimed = await connect(inARow, true);

const times = (list: readonly { readonly controllable: number }[]): number[] => list.map(({ controllable }) => controllable);
const peers = (): Figure[] => [
  figureOf(
    "matter.js, address known: commissionNode",
    "ms",
    known.map(({ commissioning }) => commissioning),
  ),
  figureOf("matter.js, address known: to the first toggle", "ms", times(known)),
  figureOf(
    "matter.js, by mDNS: commissionNode",
    "ms",
    found.map(({ commissioning }) => commissioning),
  ),
  figureOf("matter.js, by mDNS: to the first toggle", "ms", times(found)),
  figureOf(
    "matter.js: toggle",
    "ms",
    [...known, ...found].flatMap(({ toggles }) => toggles),
  ),
  figureOf(
    "matter.js: RSS of the controller",
    "MB",
    [...known, ...found].map(({ rss }) => rss),
  ),
];
report(`Scan to controllable (${machineLine()})`, [
  figureOf("first device of a fresh house, claim off", "ms", times(first), { bar }),
  figureOf("devices in a row, claim off", "ms", times(unclaimed), { bar }),
  figureOf("devices in a row, claim posted", "ms", times(claimed), { bar }),
  ...(known.length > 0 ? peers() : []),
]);
if (known.length === 0) process.stdout.write("matter.js is not installed (npm run bench -- --peers scan) and was left out.\n");

function steps(list: readonly Onboarded[]): Figure[] {
  return Object.keys(list[0]?.steps ?? {}).map((name) =>
    figureOf(
      name,
      "ms",
      list.map((one) => one.steps[name] ?? Number.NaN),
    ),
  );
}
report("Where the time goes: when each step was done, devices in a row, claim off", steps(unclaimed));
report("The same, first device of a fresh house", steps(first));
