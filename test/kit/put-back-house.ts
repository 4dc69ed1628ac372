/** A household whose service can be put back to an earlier day, as an operator does with a backup. */
import { cpSync, rmSync } from "node:fs";
import { type HouseDisk, type Household, startHousehold } from "./household.ts";
import { startService } from "./service.ts";

export interface PutBackHouse extends Household {
  /** Keeps the service's directory as it is. */
  backUp(): Promise<void>;
  /** Puts the service back to what was kept. */
  putBack(): Promise<void>;
}

/** Starts one, or one that was there before; the service keeps its port. */
export async function startPutBackHouse(disk?: HouseDisk): Promise<PutBackHouse> {
  let running: Awaited<ReturnType<typeof startService>>["service"];
  let place = "";
  const house = await startHousehold(async (dir, port = 0) => {
    place = dir;
    running = (await startService({ dir, port })).service;
    return { url: running.url, stop: () => running.stop() };
  }, disk);
  const port = Number(new URL(house.service.url).port);
  const whileDown = async (task: () => void): Promise<void> => {
    await running.stop();
    task();
    running = (await startService({ dir: place, port })).service;
  };
  return {
    ...house,
    backUp: () =>
      whileDown(() => {
        rmSync(`${place}-kept`, { recursive: true, force: true });
        cpSync(place, `${place}-kept`, { recursive: true });
      }),
    putBack: () =>
      whileDown(() => {
        rmSync(place, { recursive: true });
        cpSync(`${place}-kept`, place, { recursive: true });
      }),
  };
}
