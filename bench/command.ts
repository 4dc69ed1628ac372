/**
 * From a command to the device's own acknowledgement. Local: through the running hub's socket, over its broker, to a device process and back.
 * From afar: signed by another device of the owner, sealed to the hub, through the service on loopback, carried out, and the hub's answer opened
 * and verified. Programs and their accounts are open already: starting them is no part of it.
 */
import { AccountContext, sendCommands } from "../src/account/index.ts";
import { systemClock as clock } from "../src/base/clock.ts";
import { silentLog as log } from "../src/base/log.ts";
import { systemRandom as random } from "../src/base/random.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { House, pause, pidOf } from "./kit/house.ts";
import { cpuSecondsOf, machineLine } from "./kit/machine.ts";

const locals = Number(process.env.MESH_BENCH_LOCAL ?? 2000);
const remotes = Number(process.env.MESH_BENCH_REMOTE ?? 200);
const warmUp = 50;

/** Times of an order given again and again, milliseconds; the first ones are not counted. */
async function timed(count: number, order: (turn: number) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count + warmUp; turn += 1) {
    const begun = performance.now();
    await order(turn);
    if (turn >= warmUp) times.push(performance.now() - begun);
    // A device reports after each command: the next one is not to queue behind that.
    await pause(5);
  }
  return times;
}

const table = openTable(`Commands (${machineLine()})`);
const house = await House.open({ devices: 1, claim: false });
try {
  const [box] = house.boxes;
  if (!box) throw new Error("no device was made");
  await house.power(box);
  const { udf } = await house.onboard(box, "kitchen light");
  const dir = await house.join("phone", "web,command");
  const local = await timed(locals, (turn) => house.command(udf, turn % 2 === 0));
  table.add(figureOf("local command to the device's acknowledgement", "ms", local, { bar: { better: "less", median: 5, p99: 25 } }));
  const phone = await AccountContext.open({ dir, ports: { clock, random, log }, serviceUrl: house.scene.serviceUrl });
  await phone.sync();
  const programs = { hub: pidOf(house.hub), service: pidOf(house.service), phone: process.pid };
  const used = (): number[] => Object.values(programs).map(cpuSecondsOf);
  const before = used();
  const remote = await timed(remotes, async (turn) => {
    const order = { deviceUdf: udf, class: "light", command: "Set", arguments: [{ Name: "On", Value: turn % 2 === 0 }] };
    const [outcome] = await sendCommands(phone, [order]);
    if (outcome?.result !== "Accept") throw new Error(`the command came to ${outcome?.result}: ${outcome?.error?.message}`);
  });
  const after = used();
  await phone.close();
  table.add(figureOf("command from afar and the hub's answer", "ms", remote, { bar: { better: "less", median: 100 } }));
  for (const [at, name] of Object.keys(programs).entries()) {
    const each = (1000 * ((after[at] ?? 0) - (before[at] ?? 0))) / (remotes + warmUp);
    table.add(figureOf(`processor time of the ${name} for a command from afar`, "ms", [each]));
  }
} finally {
  await house.close();
}
