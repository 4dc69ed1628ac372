/** matter.js as the peer of onboarding and commands: only where `npm run bench -- --peers` has installed it (bench/peers). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { packagePath } from "../../src/base/package-root.ts";
import { freePort } from "./house.ts";

/** One commissioning, in milliseconds. */
export interface MatterRun {
  /** From commissionNode to its end. */
  readonly commissioning: number;
  /** To the first acknowledged toggle. */
  readonly controllable: number;
  readonly toggles: readonly number[];
  /** Of the controller, MB. */
  readonly rss: number;
}

const passcode = "20202021";
/** For one commissioning with its toggles. */
const runMs = 60_000;

/** Whether there is a peer. */
export function isMatterInstalled(): boolean {
  return existsSync(packagePath("bench", "peers", "node_modules", "@matter", "main"));
}

/** Commissions a light in fresh processes with fresh stores, at a known address or found by mDNS; undefined when it does not answer in time. */
export async function matterRun(options: {
  readonly run: number;
  readonly how: "known" | "mdns";
  readonly toggles: number;
}): Promise<MatterRun | undefined> {
  const { run, how, toggles } = options;
  const dir = await mkdtemp(join(tmpdir(), "mesh-bench-matter-"));
  const port = String(await freePort());
  const discriminator = String(256 + run);
  const script = (name: string): string => packagePath("bench", "peers", name);
  const light = spawn(process.execPath, [script("matter-light.js"), join(dir, "light"), port, discriminator, passcode], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const signal = AbortSignal.timeout(runMs);
  let control: ReturnType<typeof spawn> | undefined;
  try {
    await once(createInterface({ input: light.stdout }), "line", { signal });
    const args = [script("matter-control.js"), join(dir, "control"), port, discriminator, passcode, how, String(toggles)];
    const controller = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    control = controller;
    const [line] = (await once(createInterface({ input: controller.stdout }), "line", { signal })) as [string];
    return JSON.parse(line) as MatterRun;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`matter.js, ${how}: no answer within ${runMs / 1000} s, left out\n`);
    return undefined;
  } finally {
    control?.kill("SIGKILL");
    light.stdin.end();
    const patience = setTimeout(() => light.kill("SIGKILL"), 5000);
    await once(light, "close");
    clearTimeout(patience);
    await rm(dir, { recursive: true, force: true });
  }
}
