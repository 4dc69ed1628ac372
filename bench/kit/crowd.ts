/** The process of crowd-main.ts, seen from the bench. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { packagePath } from "../../src/base/package-root.ts";

/** Many devices in one process. */
export interface Crowd {
  power(imageDir: string, on?: "mqtt" | "tcp"): Promise<void>;
  /** Each device changes a value every so many milliseconds; 0 ends it. @returns changes so far */
  report(periodMs: number): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the process; it has no devices yet. */
export function startCrowd(brokerPort: number): Crowd {
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), packagePath("bench", "kit", "crowd-main.ts"), `127.0.0.1:${brokerPort}`],
    {
      env: {},
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (order: string): Promise<number> => {
    child.stdin.write(`${order}\n`);
    const answer = await answers.next();
    if (answer.done) throw new Error(`the crowd ended at ${order}`);
    return (JSON.parse(answer.value) as { sent: number }).sent;
  };
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    power: async (imageDir, on = "mqtt") => void (await ask(`${on === "mqtt" ? "power" : "power-tcp"} ${imageDir}`)),
    report: (periodMs) => ask(`report ${periodMs}`),
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
