/** `mesh-hub demo`: plays the story in a directory of its own and cleans up, or with --keep leaves everything running to be explored. */
import { constants } from "node:fs";
import { access, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeDirectory } from "../../base/directory.ts";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Bulb } from "./bulb.ts";
import { Cast } from "./cast.ts";
import { Narrator } from "./narrator.ts";
import { makeScene, openPage } from "./scene.ts";
import { play } from "./story.ts";

const usage = `usage: mesh-hub demo [--keep] [--step] [--page] [--dir DIRECTORY]

  --keep   leave everything running at the end, and print what to try
  --page   at the end print a link to the hub's page, and leave everything running as --keep does
  --step   wait for Enter between the steps
  --dir    play in this directory (default: a new one for temporary files)
`;

function flagsOf(args: readonly string[]): {
  readonly keep: boolean;
  readonly step: boolean;
  readonly page: boolean;
  readonly help: boolean;
  readonly dir?: string;
} {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        keep: { type: "boolean", default: false },
        step: { type: "boolean", default: false },
        page: { type: "boolean", default: false },
        dir: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    const { keep, step, page, help } = values;
    return { keep: keep || page, step, page, help, ...(values.dir === undefined ? {} : { dir: values.dir }) };
  } catch (cause) {
    throw new MeshError("ERR_USAGE", cause instanceof Error ? cause.message : "bad options", { hint: usage, cause });
  }
}

/** Plays the demo. @returns the exit status */
export async function demo(args: readonly string[], signal: AbortSignal): Promise<number> {
  const flags = flagsOf(args);
  if (flags.help) {
    process.stdout.write(usage);
    return 0;
  }
  const begun = performance.now();
  const dir = flags.dir === undefined ? await mkdtemp(join(tmpdir(), "mesh-hub-demo-")) : await stageAt(flags.dir);
  const cast = new Cast(dir);
  const narrator = new Narrator({ stepwise: flags.step, out: process.stdout, input: process.stdin, signal });
  const bulbs: Bulb[] = [];
  let played: Promise<void> | undefined;
  /** Whoever is told where the logs are has to find them there. */
  let hasFailed = false;
  const end = async (): Promise<void> => {
    await cast.end();
    // Without its programs the story ends at its next sentence; a bulb that was being powered is in the list by then.
    await played?.catch(() => undefined);
    await Promise.all(bulbs.map(({ device }) => device.stop()));
    if (flags.dir === undefined && !flags.keep && !hasFailed) await rm(dir, { recursive: true, force: true });
  };
  const interrupted = new Promise<"interrupted">((resolve) => signal.addEventListener("abort", () => resolve("interrupted"), { once: true }));
  try {
    const scene = await makeScene(cast, { page: flags.page });
    played = play(scene, narrator, bulbs);
    if ((await Promise.race([played, interrupted])) === "interrupted") return 130;
    process.stdout.write(`\nAll of it held, in ${((performance.now() - begun) / 1000).toFixed(0)} s.\n`);
    if (flags.keep) {
      process.stdout.write(`\n${tryThese(dir)}\n`);
      if (flags.page)
        process.stdout.write(`\nThe page, within a minute ('mesh-hub open' as above prints another link):\n\n  ${await openPage(scene)}\n`);
      await interrupted;
    }
    return 0;
  } catch (thrown) {
    if (signal.aborted) return 130;
    hasFailed = true;
    const error = asMeshError(thrown);
    process.stderr.write(`\nerror: ${error.message}\nhint: the logs are in ${dir}\n`);
    return error.exitStatus;
  } finally {
    await end();
  }
}

/**
 * The directory of a demo: made, or an empty one of this user that nobody else can read, since keys are kept in it.
 * Errors: ERR_USAGE when it holds something, ERR_PERMISSION, ERR_STORE.
 */
async function stageAt(path: string): Promise<string> {
  const dir = resolve(path);
  await makeDirectory(dir);
  const { mode, uid } = await stat(dir);
  if (uid !== process.getuid?.()) throw new MeshError("ERR_PERMISSION", `${dir} belongs to another user`, { hint: "choose a directory of your own" });
  if ((mode & 0o077) !== 0) {
    throw new MeshError("ERR_PERMISSION", `${dir} can be read by others (mode ${(mode & 0o777).toString(8)}); keys will be kept in it`, {
      hint: `run 'chmod 700 ${dir}', or choose a directory that is not there yet`,
    });
  }
  if ((await readdir(dir)).length > 0) {
    throw new MeshError("ERR_USAGE", `${dir} is not empty`, {
      hint: "choose a directory that is empty or not there yet; an earlier demo cannot be gone on with",
    });
  }
  await access(dir, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new MeshError("ERR_PERMISSION", `${dir} cannot be written`, { hint: `run 'chmod 700 ${dir}', or choose another directory`, cause });
  });
  return dir;
}

function tryThese(dir: string): string {
  return `Everything still runs. In another terminal:

  cd ${dir}
  mesh-hub say --config hub.config.json "dim the kitchen light"
  mesh-hub devices --config hub.config.json
  meshman --dir phone device list
  meshman --dir phone device say "what is the kitchen light"
  meshman --dir alice account status
  mesh-hub onboard --config hub.config.json factory/*/code.png

Ctrl-C ends it.`;
}
