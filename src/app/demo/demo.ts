/** `mesh-hub demo`: plays the story in a directory of its own and cleans up, or with --keep leaves everything running to be explored. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { asMeshError, MeshError } from "../../base/errors.ts";
import type { Bulb } from "./bulb.ts";
import { Cast } from "./cast.ts";
import { Narrator } from "./narrator.ts";
import { makeScene } from "./scene.ts";
import { play } from "./story.ts";

const usage = `usage: mesh-hub demo [--keep] [--step] [--dir DIRECTORY]

  --keep   leave everything running at the end, and print what to try
  --step   wait for Enter between the steps
  --dir    play in this directory (default: a new one for temporary files)
`;

function flagsOf(args: readonly string[]): { readonly keep: boolean; readonly step: boolean; readonly help: boolean; readonly dir?: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        keep: { type: "boolean", default: false },
        step: { type: "boolean", default: false },
        dir: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    return { keep: values.keep, step: values.step, help: values.help, ...(values.dir === undefined ? {} : { dir: values.dir }) };
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
  const dir = flags.dir ?? (await mkdtemp(join(tmpdir(), "mesh-hub-demo-")));
  const cast = new Cast(dir);
  const narrator = new Narrator({ stepwise: flags.step, out: process.stdout, input: process.stdin });
  const bulbs: Bulb[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(bulbs.map(({ device }) => device.stop()));
    await cast.end();
    if (flags.dir === undefined && !flags.keep) await rm(dir, { recursive: true, force: true });
  };
  const interrupted = new Promise<"interrupted">((resolve) => signal.addEventListener("abort", () => resolve("interrupted"), { once: true }));
  try {
    const scene = await makeScene(cast);
    if ((await Promise.race([play(scene, narrator, bulbs), interrupted])) === "interrupted") return 130;
    process.stdout.write(`\nAll of it held, in ${((performance.now() - begun) / 1000).toFixed(0)} s.\n`);
    if (flags.keep) {
      process.stdout.write(`\n${tryThese(dir)}\n`);
      await interrupted;
    }
    return 0;
  } catch (thrown) {
    const error = asMeshError(thrown);
    process.stderr.write(`\nerror: ${error.message}\nhint: the logs are in ${dir}\n`);
    return error.exitStatus;
  } finally {
    await end();
  }
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
