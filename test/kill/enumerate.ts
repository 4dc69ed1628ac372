/**
 * Every call with which a program changes a file during a story, and what becomes of the story when the program dies there. The points are
 * taken from a run of the program itself; each is tried before the call, in the middle of it (writes), after it, and with all lost that was not synced.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { House } from "./house.ts";
import type { Fault } from "./processes.ts";
import { pointsOf } from "./processes.ts";
import { live } from "./story.ts";

/** One death. */
export interface Death {
  readonly fault: Fault;
  /** Call and file. */
  readonly name: string;
}

/** What came of them. */
export interface Deaths {
  readonly points: number;
  readonly runs: number;
  /** Runs in which the program did not get as far as the point. */
  readonly unreached: number;
  readonly failures: readonly { readonly death: Death; readonly reason: string }[];
}

const modes = ["before", "torn", "after", "power"] as const;
/** Stories after which a new house is built: histories grow, and reading them with them. */
const storiesPerHouse = 25;

/** All deaths that a story of a program offers, and the house in which it was told. */
export async function deathsOf(
  program: "hub" | "service",
): Promise<{ readonly points: number; readonly deaths: readonly Death[]; readonly house: House }> {
  const house = await House.build();
  try {
    const trace = join(house.dir, "trace");
    if (program === "service") {
      await house.service?.kill("SIGTERM");
      await house.startService({ trace });
      await house.startHub();
    } else {
      await house.startHub({ trace });
      await live(house);
      // Once more from a directory that has a past: this is what the later runs meet.
      await house.hub?.kill("SIGTERM");
      mkdirSync(join(house.dir, "second"));
      await house.startHub({ trace: join(house.dir, "second", "trace") });
    }
    await live(house);
    await house[program]?.kill("SIGTERM");
    const points = pointsOf(program === "hub" ? join(house.dir, "second", "trace") : trace);
    const deaths = points.flatMap(({ number, call, path }) =>
      modes
        .filter((mode) => mode !== "torn" || call === "write" || call === "writeFile")
        .map((mode) => ({ fault: { at: number, mode }, name: `${call} ${path}` })),
    );
    return { points: points.length, deaths, house };
  } catch (error) {
    await house.close();
    throw error;
  }
}

/** Lives through deaths, one story each. @param first the house in which the first of them happen */
export async function survive(
  program: "hub" | "service",
  deaths: readonly Death[],
  first: House,
  tell: (line: string) => void = () => undefined,
): Promise<Omit<Deaths, "points">> {
  const failures: { death: Death; reason: string }[] = [];
  let unreached = 0;
  let house: House | undefined = first;
  for (const [i, death] of deaths.entries()) {
    try {
      if (!house || (i > 0 && i % storiesPerHouse === 0)) {
        await house?.close();
        house = await House.build();
        await house.startHub();
      }
      await house[program]?.kill("SIGTERM");
      const before = house.restarts;
      if (program === "hub") await house.startHub({ fault: death.fault });
      else await house.startService({ fault: death.fault });
      await live(house);
      if (house.restarts === before) unreached += 1;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failures.push({ death, reason });
      tell(`FAILED ${program} ${death.fault.mode} ${death.fault.at} ${death.name}: ${reason}`);
      await house?.close();
      house = undefined;
    }
    if (i % 20 === 19) tell(`${program}: ${i + 1} of ${deaths.length}, ${unreached} not reached, ${failures.length} failed`);
  }
  await house?.close();
  return { runs: deaths.length, unreached, failures };
}
