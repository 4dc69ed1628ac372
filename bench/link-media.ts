/**
 * The link over each medium, with the light in C and the one in TypeScript in turns: from the URI string handed to the hub's socket to the first command that
 * the device has acknowledged, commands one by one, and messages of 2 kB to the device, each answered before the next, through the hub's own medium alone. One
 * device is powered at a time, since the virtual radio carries one connection. Needs a C compiler, make and libsodium-dev; Bluetooth LE needs btvirt: the radio
 * is the program `mesh-hub radio` on btvirt's controllers, where times are those of processes and not of the air. A serial line is a unix socket without a speed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownProgram } from "../src/base/package-root.ts";
import { DeviceUnderTest } from "../test/device/device-under-test.ts";
import { type MediumName, startReach } from "../test/device/reach.ts";
import { missingForBtvirt } from "../test/kit/btvirt.ts";
import { eventually } from "../test/kit/eventually.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { makeFirmware } from "./kit/firmware.ts";
import { House, pause } from "./kit/house.ts";
import { machineLine } from "./kit/machine.ts";
import { prepareWay } from "./kit/way.ts";

const inARow = Number(process.env.MESH_BENCH_ROW ?? 7);
const commands = Number(process.env.MESH_BENCH_COMMANDS ?? 200);
const messages = Number(process.env.MESH_BENCH_MESSAGES ?? 200);
const messageLength = 2048;
const chosen = process.env.MESH_BENCH_MEDIA?.split(",");

const dir = mkdtempSync(join(tmpdir(), "mesh-bench-media-"));
const firmware = makeFirmware(dir);
const sides = ["C", "TypeScript"] as const;
type Side = (typeof sides)[number];

/** Words that start a device; undefined for the one in TypeScript. */
function programOf(side: Side, medium: MediumName): readonly string[] | undefined {
  if (side === "TypeScript") return undefined;
  return medium === "ble" ? [process.execPath, ...ownProgram("firmware-stubs", "virtual", "radio-part"), firmware] : [firmware];
}

interface Times {
  readonly controllable: number[];
  readonly command: number[];
  readonly perSecond: number[];
}

/** Devices connected one after the other at a hub, each commanded and then powered off. */
async function atHub(medium: MediumName, times: Readonly<Record<Side, Times>>): Promise<void> {
  const devices = inARow * sides.length;
  const way = await prepareWay(medium, devices, dir);
  const house = await House.open({ devices, claim: false, settings: way.settings });
  try {
    for (const [at, box] of house.boxes.entries()) {
      const side = sides[at % sides.length] ?? "C";
      const program = programOf(side, medium);
      const device = await house.power(box, { medium, args: way.argsOf(at), ...(program ? { program } : {}) });
      way.announce(device);
      await pause(500);
      const { udf, controllable } = await house.onboard(box, `${side} lamp ${at}`);
      times[side].controllable.push(controllable);
      for (let count = 0; count < commands / inARow; count += 1) {
        const begun = performance.now();
        await house.command(udf, count % 2 === 1);
        times[side].command.push(performance.now() - begun);
      }
      await device.stop();
    }
  } finally {
    await house.close();
    await way.end();
  }
}

/** Octets a second in messages that the device answers one by one; what they hold it rejects, as every device does that takes no programs. */
async function throughput(medium: MediumName, side: Side): Promise<number[]> {
  const program = (): readonly string[] | undefined => programOf(side, medium);
  const implementation = { name: side, program, missing: () => undefined, powerCuts: [], takesSplits: true, rests: true };
  const device = new DeviceUnderTest({ implementation, className: "light", reach: await startReach(medium) });
  await device.powerOn();
  let { session } = await device.connect();
  // A device that was just connected is a stranger at the broker still, whose packets are few: it comes back and logs in.
  if (medium === "mqtt") {
    const [before, stranger] = [device.process.events.length, session];
    await device.process.send("fault lose-network 300");
    await device.process.waitFor("network-back", { from: before });
    await eventually("the first session is over", () => stranger.isClosed);
    session = (await device.link()).session;
  }
  const found: number[] = [];
  const Data = new Uint8Array(messageLength);
  for (let count = 0; count < messages; count += 1) {
    const begun = performance.now();
    await session.request("Update", { Offset: 0, Data });
    found.push(messageLength / (performance.now() - begun));
  }
  await device.process.stop();
  return found;
}

const table = openTable(`The link over each medium (${machineLine()})`);
try {
  for (const medium of ["mqtt", "tcp", "serial", "ble"] as const) {
    if (chosen && !chosen.includes(medium)) continue;
    const missing = medium === "ble" ? missingForBtvirt() : undefined;
    if (missing !== undefined) {
      process.stdout.write(`${medium} was left out: ${missing}\n`);
      continue;
    }
    const times = { C: { controllable: [], command: [], perSecond: [] }, TypeScript: { controllable: [], command: [], perSecond: [] } } as Record<
      Side,
      Times
    >;
    await atHub(medium, times);
    for (const side of sides) times[side].perSecond.push(...(await throughput(medium, side)));
    const bars =
      medium === "ble"
        ? { onboard: { bar: { better: "less", median: 1500 } as const }, command: { bar: { better: "less", median: 30 } as const } }
        : {};
    for (const side of sides) {
      const { controllable, command, perSecond } = times[side];
      table.add(
        figureOf(`${medium}, ${side}: scan to controllable`, "ms", controllable, bars.onboard ?? {}),
        figureOf(`${medium}, ${side}: command, through the hub's socket`, "ms", command, bars.command ?? {}),
        figureOf(`${medium}, ${side}: to the device, in messages of 2 kB`, "kB/s", perSecond),
      );
    }
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exit(0);
