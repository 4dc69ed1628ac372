/**
 * A house that several tests of a file begin with: it is made once, by its service and its machines, and put to rest; each test goes on in a copy of its
 * disk, with a service and machines that are started there. What they knew in memory alone they have forgotten, as after a night.
 */
import { cpSync } from "node:fs";
import { tempDirectory } from "../harness/suite.ts";
import type { HouseDisk, Household } from "./household.ts";

/** Gives the function that starts another copy. @param make makes the house @param start starts one of a disk */
export function madeOnce<H extends Household>(make: () => Promise<Household>, start: (disk: HouseDisk) => Promise<H>): () => Promise<H> {
  let made: Promise<HouseDisk> | undefined;
  const rest = async (): Promise<HouseDisk> => {
    const house = await make();
    const port = Number(new URL(house.service.url).port);
    await house.stop();
    return { dir: house.dir, port };
  };
  return async () => {
    made ??= rest();
    const { dir, port } = await made;
    const copy = tempDirectory();
    cpSync(dir, copy, { recursive: true });
    return start({ dir: copy, port });
  };
}
