/**
 * The interface for programs beside the hub's socket: a command to a device's own word, in turns over each, and what the hub takes of memory
 * when nothing happens, with the page and without.
 */
import { request } from "node:http";
import { figureOf, openTable } from "./kit/figure.ts";
import { House, pause, pidOf } from "./kit/house.ts";
import { machineLine, rssOf } from "./kit/machine.ts";

const turns = Number(process.env.MESH_BENCH_LOCAL ?? 1000);
const idleSeconds = Number(process.env.MESH_BENCH_IDLE ?? 60);
const lights = 10;
const warmUp = 50;

/** Memory of the hub after it has done nothing for a while, MB. */
async function idleMemory(house: House): Promise<number> {
  await pause(idleSeconds * 1000);
  return rssOf(pidOf(house.hub));
}

async function houseOfLights(page: boolean): Promise<House> {
  const house = await House.open({ devices: lights, claim: false, page });
  for (const [at, box] of house.boxes.entries()) {
    await house.power(box);
    await house.onboard(box, `light ${at + 1}`);
  }
  return house;
}

/** Orders by the interface for programs, over one connection. */
async function programOf({ scene }: House): Promise<(udf: string, on: boolean) => Promise<void>> {
  const { secret } = await scene.cast.ask<{ secret: string }>("mesh-hub", ["token", "add", "bench", "--command", ...scene.hubArgs]);
  const at = scene.hubArgs.find((word) => word.startsWith("web.port="))?.slice("web.port=".length);
  const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
  return (udf, on) =>
    new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port: at, path: "/v1/command", method: "POST", headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("end", () => {
          const text = Buffer.concat(parts).toString();
          if ((JSON.parse(text) as { result?: string }).result === "Accept") resolve();
          else reject(new Error(`the command came to ${answer.statusCode} ${text}`));
        });
      });
      sent.on("error", reject);
      sent.end(JSON.stringify({ device: udf, command: "Set", arguments: [{ name: "On", value: on }] }));
    });
}

const { add } = openTable(`The interface for programs (${machineLine()})`);
const plain = await houseOfLights(false);
try {
  add(figureOf(`memory of a hub with ${lights} lights, page off`, "MB", [await idleMemory(plain)], { bar: { better: "less", median: 95 } }));
} finally {
  await plain.close();
}
const house = await houseOfLights(true);
try {
  const [{ udf }] = await house.client.devices().then((all) => all as [(typeof all)[number]]);
  const order = await programOf(house);
  const times = { socket: [] as number[], program: [] as number[] };
  for (let turn = 0; turn < turns + warmUp; turn += 1) {
    for (const way of ["socket", "program"] as const) {
      const begun = performance.now();
      await (way === "socket" ? house.command(udf, turn % 2 === 0) : order(udf, turn % 2 === 1));
      if (turn >= warmUp) times[way].push(performance.now() - begun);
      // A device reports after each command: the next one is not to queue behind that.
      await pause(5);
    }
  }
  add(figureOf("a command by the hub's socket", "ms", times.socket));
  add(figureOf("the same by a program with a token", "ms", times.program));
  const later = times.program.map((time, at) => time - (times.socket[at] ?? 0));
  add(figureOf("how much later, pair by pair", "ms", later, { bar: { better: "less", median: 2 } }));
  add(figureOf(`memory of a hub with ${lights} lights, page on`, "MB", [await idleMemory(house)], { bar: { better: "less", median: 110 } }));
} finally {
  await house.close();
}
