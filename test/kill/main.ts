/**
 * All kills: every point of hub and service, at random under load, the tests of this folder at full length, and every write of what an account does in steps. Hours of work, done in pieces, each
 * a process of its own, two at a time. What is done is kept in `.tmp/kill.jsonl`: the same command goes on where it was stopped, and --fresh begins
 * anew, as does a change of the code. A piece that hangs is ended and counts as failed. The last line is `N passed, N failed`.
 *   node --import tsx test/kill/main.ts [--only hub|service|random|tests|account] [--every K] [--random N] [--jobs N] [--fresh]
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { Progress } from "./progress.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    every: { type: "string", default: "1" },
    random: { type: "string", default: "200" },
    jobs: { type: "string", default: "2" },
    fresh: { type: "boolean", default: false },
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

/** Tests of what an account does in steps, each with the parts that its writes are tried in. */
const steps: Readonly<Record<string, number>> = {
  "epoch/kill": 16,
  "epoch/go-over": 2,
  "epoch/power": 8,
  "epoch/service-kill": 4,
  "epoch/repair-kill": 64,
  "contact/exchange-kill": 8,
  "recovery/kill": 32,
};

type Kind = "hub" | "service" | "random" | "tests" | "account";

const tell = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

async function piece(only: string, part: string): Promise<boolean> {
  if (only === "random") {
    const { killAtRandom } = await import("./at-random.ts");
    const { kills, lost, presses, commands } = await killAtRandom({ kills: Number(part.split("#")[0]) });
    tell(`random: ${kills} kills, ${lost} answers lost, ${presses} presses, ${commands} commands: all counted once`);
    return true;
  }
  const { deathsOf, survive } = await import("./enumerate.ts");
  const program = only === "hub" ? "hub" : "service";
  const [index = 1, parts = 1] = part.split("/").map(Number);
  const { points, deaths, house } = await deathsOf(program);
  // Neighbours go to different pieces, so that each piece sees all of the story.
  const chosen = deaths.filter((_, i) => i % every === 0).filter((_, i) => i % parts === index - 1);
  const { runs, unreached, failures } = await survive(program, chosen, house, tell);
  tell(
    `${program} ${part}: ${points} points, ${deaths.length} deaths; ${runs} runs, ${unreached} did not reach their point, ${failures.length} failed`,
  );
  return failures.length === 0;
}

function piecesOf(kind: Kind): string[] {
  const parts = Math.ceil(mostDeaths / every / deathsPerPiece);
  switch (kind) {
    case "tests":
      return readdirSync("test/kill").filter((file) => file.endsWith(".test.ts"));
    case "account":
      return Object.entries(steps).flatMap(([name, parts]) => Array.from({ length: parts }, (_, i) => `${name}#${i + 1}/${parts}`));
    case "random":
      return Array.from({ length: Math.ceil(randoms / killsPerPiece) }, (_, i) => `${Math.min(killsPerPiece, randoms - i * killsPerPiece)}#${i}`);
    default:
      return Array.from({ length: parts }, (_, i) => `${i + 1}/${parts}`);
  }
}

function commandOf(kind: Kind, part: string): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  switch (kind) {
    case "tests":
      return { args: ["test/harness/run.ts", `test/kill/${part}`], env: { MESH_KILL_ALL: "1" } };
    case "account": {
      const [name = "", points = ""] = part.split("#");
      return { args: ["test/harness/run.ts", `test/account/${name}.test.ts`], env: { MESH_KILL_PART: points } };
    }
    default:
      return { args: ["test/kill/main.ts", "--only", kind, "--part", part, "--every", values.every], env: {} };
  }
}

/** Ends in its time, if need be by force. */
async function runPiece(kind: Kind, part: string): Promise<boolean> {
  const { args, env: own } = commandOf(kind, part);
  const env = { ...process.env, MESH_TEST_LIMIT_MS: String(pieceLimitMs), ...own };
  // A group of its own, so that the programs of a piece that hangs end with it.
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), ...args], { stdio: "inherit", detached: true, env });
  const endGroup = (): void => {
    try {
      process.kill(-(child.pid ?? 0), "SIGKILL");
    } catch {
      // Gone already.
    }
  };
  const late = setTimeout(() => {
    tell(`${kind} ${part} took longer than ${pieceLimitMs / 60_000} minutes and is ended`);
    endGroup();
  }, 2 * pieceLimitMs);
  process.once("exit", endGroup);
  const [status] = (await once(child, "exit")) as [number | null];
  process.removeListener("exit", endGroup);
  clearTimeout(late);
  endGroup();
  return status === 0;
}

/** What was tried: pieces of another commit, or of other pieces, do not count. */
function buildName(): string {
  try {
    const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8" }).trim();
    return `${git("rev-parse", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+"}`;
  } catch {
    return "no repository";
  }
}

async function all(): Promise<boolean> {
  const progress = Progress.open({ build: buildName(), fresh: values.fresh });
  const kinds = (["hub", "service", "random", "tests", "account"] as const).filter((kind) => values.only === undefined || values.only === kind);
  const pieces = kinds.flatMap((kind) => piecesOf(kind).map((part) => ({ kind, part, name: `${kind} ${part} every ${every}` })));
  const waiting = pieces.filter(({ name }) => !progress.hasPassed(name));
  if (waiting.length < pieces.length) tell(`${pieces.length - waiting.length} of ${pieces.length} pieces passed before; --fresh runs them again`);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const passed = await runPiece(next.kind, next.part);
      progress.note(next.name, passed);
      if (!passed) tell(`FAILED ${next.kind} ${next.part}`);
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
  const failed = pieces.filter(({ name }) => !progress.hasPassed(name)).length;
  console.log(`${pieces.length - failed} passed, ${failed} failed`);
  return failed === 0;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const isGood = values.part === undefined ? await all() : await piece(values.only ?? "", values.part);
process.exit(isGood ? 0 : 1);
