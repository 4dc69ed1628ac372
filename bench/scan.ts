/**
 * Scan to controllable: from the URI string handed to the running hub's socket to the first command that the device has acknowledged.
 * The description comes from the device, the owner's agent has an open window on loopback. Once with a fresh house for each device (nothing is
 * warm: as a person has it who connects one device a year) and once with many devices in a row; and with the claim posted at the maker's service.
 * matter.js, where it is installed, takes its turns between ours: from commissionNode to the first acknowledged toggle, fresh stores each time.
 */
import { figureOf, openTable } from "./kit/figure.ts";
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

const times = (list: readonly { readonly controllable: number }[]): number[] => list.map(({ controllable }) => controllable);
const table = openTable(`Scan to controllable (${machineLine()})`);
const first: Onboarded[] = [];
const known: MatterRun[] = [];
const found: MatterRun[] = [];
/** A peer that has not answered once is not asked again. */
let peerAnswers = isMatterInstalled();
for (let run = 0; run < fresh; run += 1) {
  first.push(...(await connect(1, false)));
  for (const [list, how] of [
    [known, "known"],
    [found, "mdns"],
  ] as const) {
    if (!peerAnswers) continue;
    const taken = await matterRun({ run: 2 * run + (how === "known" ? 0 : 1), how, toggles: 50 });
    if (taken) list.push(taken);
    else peerAnswers = false;
  }
}
table.add(figureOf("first device of a fresh house, claim off", "ms", times(first), { bar }));
const unclaimed = await connect(inARow, false);
table.add(figureOf("devices in a row, claim off", "ms", times(unclaimed), { bar }));
table.add(figureOf("devices in a row, claim posted", "ms", times(await connect(inARow, true)), { bar }));

function tellPeer(name: string, unit: string, samples: readonly number[]): void {
  if (samples.length > 0) table.add(figureOf(`matter.js${name}`, unit, samples));
}
for (const [how, list] of [
  ["address known", known],
  ["by mDNS", found],
] as const) {
  tellPeer(
    `, ${how}: commissionNode`,
    "ms",
    list.map(({ commissioning }) => commissioning),
  );
  tellPeer(`, ${how}: to the first toggle`, "ms", times(list));
}
const peers = [...known, ...found];
tellPeer(
  ": toggle",
  "ms",
  peers.flatMap(({ toggles }) => toggles),
);
tellPeer(
  ": RSS of the controller",
  "MB",
  peers.map(({ rss }) => rss),
);
if (!isMatterInstalled()) process.stdout.write("matter.js is not installed (npm run bench -- --peers scan) and was left out.\n");

function tellSteps(title: string, list: readonly Onboarded[]): void {
  const steps = openTable(title);
  for (const name of Object.keys(list[0]?.steps ?? {})) {
    steps.add(
      figureOf(
        name,
        "ms",
        list.map((one) => one.steps[name] ?? Number.NaN),
      ),
    );
  }
}
tellSteps("Where the time goes: when each step was done, devices in a row, claim off", unclaimed);
tellSteps("The same, first device of a fresh house", first);
