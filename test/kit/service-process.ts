/** mesh-service as a process of its own, which can be killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onCleanup } from "../harness/suite.ts";
import { nodeWords } from "./node-words.ts";

/** The program from its source, as `node` takes it. */
export const serviceProgram = nodeWords("src/app/mesh-service.ts");

/** A service that runs. */
export interface ServiceProcess {
  readonly url: string;
  readonly udf: string;
  /** True when a line of its log has all the words. */
  says(...words: readonly string[]): boolean;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts one that everybody may have an account at; it ends with the test. */
export async function startServiceProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [...serviceProgram, "--open", "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const gone = once(child, "exit");
  let log = "";
  child.stderr.on("data", (part) => {
    log += String(part);
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  onCleanup(() => end("SIGKILL"));
  const line = once(createInterface({ input: child.stdout }), "line") as Promise<[string]>;
  const [text] = await Promise.race([line, gone.then(() => Promise.reject(new Error(`it did not start: ${log}`)))]);
  return {
    ...(JSON.parse(text) as { url: string; udf: string }),
    says: (...words) => log.split("\n").some((one) => words.every((word) => one.includes(word))),
    end,
  };
}
