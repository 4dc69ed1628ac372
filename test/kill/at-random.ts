/** Kills at random moments of hub and service, while buttons are pressed and commands given, and answers of the service are lost on their way. */
import { ports } from "../kit/household.ts";
import type { Lamp } from "./house.ts";
import { House } from "./house.ts";
import { agree, answeredOnce, askFromAfar, command, onboard, press } from "./story.ts";

/** What was done. */
export interface Battered {
  readonly kills: number;
  readonly lost: number;
  readonly presses: number;
  readonly commands: number;
}

/** Requests of at least this size are Transacts: others carry no frames. */
const transactOctets = 1500;
/** One answer in so many is lost. */
const lostOneIn = 4;
const killsPerHouse = 50;

/** Kills `kills` times and checks that nothing was lost and nothing told twice. Fails with what it found. */
export async function killAtRandom(options: { readonly kills: number; readonly tell?: (line: string) => void }): Promise<Battered> {
  const { kills, tell = () => undefined } = options;
  const sum = { kills: 0, lost: 0, presses: 0, commands: 0 };
  while (sum.kills < kills) {
    const house = await House.build();
    try {
      await batter(house, Math.min(killsPerHouse, kills - sum.kills), sum);
      sum.lost += house.proxy.lost;
      tell(`random: ${sum.kills} kills, ${sum.lost} answers lost, ${sum.presses} presses`);
    } finally {
      await house.close();
    }
  }
  return sum;
}

async function batter(house: House, kills: number, sum: { kills: number; presses: number; commands: number }): Promise<void> {
  await house.startHub();
  const lamps: Lamp[] = [await house.lamp(), await house.lamp()];
  for (const lamp of lamps) await onboard(house, lamp);
  house.proxy.lose = (octets) => octets >= transactOctets && Math.random() < 1 / lostOneIn;
  let isOver = false;
  const load = (async () => {
    for (let n = 0; !isOver; n++) {
      const lamp = lamps[n % lamps.length] as Lamp;
      // A device keeps so many events; more than that nobody presses in the time that a hub is away.
      if (Number(lamp.core.status().unreported) < 40) press(lamp, 1);
      await ports.clock.sleep(20 + 60 * Math.random());
    }
  })();
  let failure: unknown;
  const commands = (async () => {
    for (let n = 0; !isOver; n++) {
      await command(house, lamps[n % 2] as Lamp, n % 4 < 2);
      if (n % 5 === 0) await askFromAfar(house, lamps[n % 2] as Lamp, 1 + (n % 99));
      sum.commands += 1;
    }
  })().catch((error: unknown) => {
    failure ??= error;
  });
  for (let kill = 0; kill < kills && failure === undefined; kill++) {
    await ports.clock.sleep(100 + 1200 * Math.random());
    const victims = Math.random() < 0.15 ? (["hub", "service"] as const) : Math.random() < 0.6 ? (["hub"] as const) : (["service"] as const);
    await Promise.all(victims.map((name) => house[name]?.kill()));
    sum.kills += 1;
    await house.mend();
  }
  isOver = true;
  await Promise.all([load, commands]);
  if (failure !== undefined) throw failure;
  house.proxy.lose = () => false;
  await answeredOnce(house);
  for (const lamp of lamps) {
    await agree(house, lamp);
    sum.presses += lamp.pressed;
    await lamp.off();
  }
}
