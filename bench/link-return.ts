/**
 * A house that comes back: how long after READY the hub has a link with every device, and what processor time that takes of it. After an outage of
 * the hub alone, in which the devices have backed off as far as they do; after a power cut of all, over MQTT; and the same over TCP, found by mDNS.
 */
import { startCrowd } from "./kit/crowd.ts";
import { figureOf, openTable } from "./kit/figure.ts";
import { House, pause, pidOf } from "./kit/house.ts";
import { cpuSecondsOf, machineLine } from "./kit/machine.ts";

const many = Number(process.env.MESH_BENCH_DEVICES ?? 200);
const rounds = Number(process.env.MESH_BENCH_ROUNDS ?? 3);
/** Devices that guess back off to 30 s in the first minute. */
const awayMs = 1000 * Number(process.env.MESH_BENCH_AWAY ?? 60);
/** A session of some seconds is told when to come back. */
const toldMs = 8000;

interface Back {
  readonly seconds: number;
  readonly cpuMs: number;
}

/** From the start of the hub to the last link; the time counts from READY. */
async function comeBack(house: House): Promise<Back> {
  await house.startHub();
  const pid = pidOf(house.hub);
  const [begun, cpu] = [performance.now(), cpuSecondsOf(pid)];
  await house.untilOnline(many);
  return { seconds: (performance.now() - begun) / 1000, cpuMs: 1000 * (cpuSecondsOf(pid) - cpu) };
}

const { add } = openTable(`A house that comes back (${machineLine()})`);
function tell(what: string, backs: readonly Back[], note: string): void {
  const bar = { better: "less", median: 5 } as const;
  add(
    figureOf(
      `READY to ${many} links up, ${what}`,
      "s",
      backs.map(({ seconds }) => seconds),
      { bar, note },
    ),
    figureOf(
      `processor time of the hub for each link, ${what}`,
      "ms",
      backs.map(({ cpuMs }) => cpuMs / many),
    ),
  );
}

const house = await House.open({ devices: many, claim: false });
let crowd = startCrowd(house.scene.brokerPort);
try {
  for (const [index, box] of house.boxes.entries()) {
    await crowd.power(box.imageDir);
    await pause(100);
    await house.onboard(box, `light number ${index}`);
  }
  await pause(toldMs);
  const restart = async (on: "mqtt" | "tcp"): Promise<Back> => {
    await house.hub.kill("SIGKILL");
    await crowd.stop();
    crowd = startCrowd(house.scene.brokerPort);
    const powered = Promise.all(house.boxes.map(({ imageDir }) => crowd.power(imageDir, on)));
    const back = await comeBack(house);
    await powered;
    return back;
  };
  const after = async (act: () => Promise<Back>): Promise<Back[]> => {
    const backs: Back[] = [];
    for (let round = 0; round < rounds; round += 1) {
      backs.push(await act());
      await pause(toldMs);
    }
    return backs;
  };
  const outage = async (): Promise<Back> => {
    await house.hub.kill("SIGKILL");
    await pause(awayMs);
    return comeBack(house);
  };
  tell("after an outage of the hub (MQTT)", await after(outage), `away for ${awayMs / 1000} s`);
  tell("after a power cut of all (MQTT)", await after(() => restart("mqtt")), "");
  tell("after a power cut of all (TCP)", await after(() => restart("tcp")), "");
} finally {
  await crowd.stop();
  await house.close();
}
