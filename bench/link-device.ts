/**
 * The light in C (firmware-stubs/posix) and the one in TypeScript, at the same hub over MQTT: from the URI string handed to the hub's socket to the first
 * command that the device has acknowledged, and then commands one by one. The device is powered and hails before the time counts. Needs a C compiler,
 * make and libsodium-dev; the two take turns, so that whatever else the machine does falls on both.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { figureOf, openTable } from "./kit/figure.ts";
import { makeFirmware } from "./kit/firmware.ts";
import { House, type Onboarded } from "./kit/house.ts";
import { machineLine } from "./kit/machine.ts";

const fresh = Number(process.env.MESH_BENCH_FRESH ?? 10);
const inARow = Number(process.env.MESH_BENCH_ROW ?? 20);
const commands = Number(process.env.MESH_BENCH_COMMANDS ?? 500);

/** One language. */
interface Side {
  readonly name: string;
  readonly program?: readonly string[];
  readonly bar: boolean;
  readonly first: number[];
  readonly row: number[];
  readonly command: number[];
}

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-c-"));
const sides: readonly Side[] = [
  { name: "C", program: [makeFirmware(dir)], bar: true, first: [], row: [], command: [] },
  { name: "TypeScript", bar: false, first: [], row: [], command: [] },
];

async function connect(house: House, at: number, { name, program }: Side): Promise<Onboarded> {
  const box = house.boxes[at];
  if (box === undefined) throw new Error("the house has no more devices");
  await house.power(box, program === undefined ? {} : { program });
  return house.onboard(box, `${name} lamp ${at}`);
}

const table = openTable(`The firmware in C and in TypeScript, over MQTT (${machineLine()})`);
/** A line for each language; the bar is of the one in C. */
function tell(what: string, samplesOf: (side: Side) => readonly number[], median?: number): void {
  for (const side of sides) {
    const bar = side.bar && median !== undefined ? { bar: { better: "less", median } as const } : {};
    table.add(figureOf(`${what}, ${side.name} device on MQTT`, "ms", samplesOf(side), bar));
  }
}

try {
  for (let run = 0; run < fresh; run += 1) {
    for (const side of sides) {
      const house = await House.open({ devices: 1, claim: false });
      try {
        side.first.push((await connect(house, 0, side)).controllable);
      } finally {
        await house.close();
      }
    }
  }
  tell("scan to controllable, fresh house", ({ first }) => first, 300);
  const house = await House.open({ devices: 2 * inARow, claim: false });
  try {
    const last: string[] = [];
    for (let at = 0; at < 2 * inARow; at += 1) {
      const side = sides[at % 2];
      if (side === undefined) continue;
      const { udf, controllable } = await connect(house, at, side);
      side.row.push(controllable);
      last[at % 2] = udf;
    }
    tell("scan to controllable, in a row", ({ row }) => row, 220);
    for (let count = 0; count < 2 * commands; count += 1) {
      const begun = performance.now();
      await house.command(last[count % 2] ?? "", count % 4 < 2);
      sides[count % 2]?.command.push(performance.now() - begun);
    }
  } finally {
    await house.close();
  }
  tell("command, through the hub's socket", ({ command }) => command);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
