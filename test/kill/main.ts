/**
 * All kills: every point of hub and service, then at random under load. The work is done in pieces, each a process of its own, two at a time.
 *   node --import tsx test/kill/main.ts [--only hub|service|random] [--every K] [--random N] [--jobs N]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    every: { type: "string", default: "1" },
    random: { type: "string", default: "200" },
    jobs: { type: "string", default: "2" },
    /** Of a piece: I/N. */
    part: { type: "string" },
  },
});
const every = Number(values.every);
const randoms = Number(values.random);
/** As many as a process can live through in its time on a slow machine. */
const deathsPerPiece = 24;
const killsPerPiece = 25;
const pieceLimitMs = 1_800_000;
/** More than any of the programs offers; pieces beyond the last death have nothing to do. */
const mostDeaths = 760;

const tell = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

async function piece(only: string, part: string): Promise<boolean> {
  if (only === "random") {
    const { killAtRandom } = await import("./at-random.ts");
    const { kills, lost, presses, commands } = await killAtRandom({ kills: Number(part) });
    tell(`random: ${kills} kills, ${lost} answers lost, ${presses} presses, ${commands} commands: all counted once`);
    return true;
  }
  const { deathsOf, survive } = await import("./enumerate.ts");
  const program = only === "hub" ? "hub" : "service";
  const [index = 1, parts = 1] = part.split("/").map(Number);
  const { points, deaths } = await deathsOf(program);
  // Neighbours go to different pieces, so that each piece sees all of the story.
  const chosen = deaths.filter((_, i) => i % every === 0).filter((_, i) => i % parts === index - 1);
  const { runs, unreached, failures } = await survive(program, chosen, tell);
  tell(
    `${program} ${part}: ${points} points, ${deaths.length} deaths; ${runs} runs, ${unreached} did not reach their point, ${failures.length} failed`,
  );
  return failures.length === 0;
}

async function all(): Promise<boolean> {
  const parts = Math.ceil(mostDeaths / every / deathsPerPiece);
  const pieces = (["hub", "service", "random"] as const)
    .filter((name) => values.only === undefined || values.only === name)
    .flatMap((name) =>
      name === "random"
        ? Array.from({ length: Math.ceil(randoms / killsPerPiece) }, (_, i) => [name, String(Math.min(killsPerPiece, randoms - i * killsPerPiece))])
        : Array.from({ length: parts }, (_, i) => [name, `${i + 1}/${parts}`]),
    );
  let isGood = true;
  const worker = async (): Promise<void> => {
    for (let next = pieces.shift(); next; next = pieces.shift()) {
      const [only = "", part = ""] = next;
      const args = ["--import", import.meta.resolve("tsx"), "test/kill/main.ts", "--only", only, "--part", part, "--every", values.every];
      const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, MESH_TEST_LIMIT_MS: String(pieceLimitMs) } });
      const [status] = (await once(child, "exit")) as [number | null];
      if (status !== 0) {
        tell(`FAILED ${only} ${part}`);
        isGood = false;
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  return isGood;
}

const isGood = values.part === undefined ? await all() : await piece(values.only ?? "", values.part);
process.exit(isGood ? 0 : 1);
