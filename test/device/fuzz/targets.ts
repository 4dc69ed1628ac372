/**
 * The parsers of the firmware in C under inputs that are guided by the code they reach (guide.c): made by the Makefile beside this file, each a process.
 * Cryptography is taken out (open_crypto.c), so that what is changed gets behind its checks.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../../src/base/package-root.ts";

/** What each is fed with: messages of a session and what is sealed in them, packets, a serial line, what a broker sends, values, the pipe to a radio. */
export const targets = ["messages", "packets", "line", "broker", "values", "radio"] as const;

/** One of them, or the riddle, which shows that the guide guides. */
export type Target = (typeof targets)[number] | "riddle";

/** What came of a run. */
export interface Fuzzed {
  /** 0, or the sanitizers', or 77 for an input that took too long. */
  readonly status: number;
  /** Where the input is that was the last. */
  readonly found: string;
  /** What the program said of what is wrong. */
  readonly words: string;
  readonly figures?: {
    readonly runs: number;
    readonly seeds: number;
    readonly inputs: number;
    readonly placesOfSeeds: number;
    readonly places: number;
  };
}

/** Why they cannot be made here; undefined when they can. */
export function missingForFuzzing(): string | undefined {
  const has = spawnSync("sh", ["-c", "command -v cc && command -v make"]).status === 0 && existsSync("/usr/include/sodium.h");
  return has ? undefined : "needs a C compiler, make and libsodium-dev";
}

/** Compiles them into a directory. Throws the compiler's words. */
export function makeTargets(dir: string, which: readonly Target[]): void {
  const words = ["-s", "-j2", "-C", packagePath("test", "device", "fuzz"), `BUILD=${dir}`, ...which.map((name) => join(dir, name))];
  const made = spawnSync("make", words, { encoding: "utf8" });
  if (made.status !== 0) throw new Error(made.stderr);
  writeFileSync(join(dir, "words"), namesInSource().join("\n"));
}

/** Names of verbs, members and commands, as they stand in the source. */
function namesInSource(): string[] {
  const files = ["common", "devices"].flatMap((room) => {
    const path = packagePath("firmware-stubs", room);
    return readdirSync(path)
      .filter((name) => name.endsWith(".c"))
      .map((name) => join(path, name));
  });
  const names = files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/"([A-Za-z][\w/-]{1,40})"/g)].map(([, name = ""]) => name));
  return [...new Set(names)].sort();
}

/** Runs one for so long. The same seed begins in the same way. */
export async function fuzz(dir: string, name: Target, { seconds, seed }: { readonly seconds: number; readonly seed: number }): Promise<Fuzzed> {
  const found = join(dir, `${name}-${seed}.found`);
  const child = spawn(join(dir, name), ["--seconds", String(seconds), "--seed", String(seed), "--words", join(dir, "words"), "--found", found], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [said, words] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (said += part.toString()));
  child.stderr.on("data", (part: Buffer) => (words += part.toString()));
  const status = await new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  const figures = status === 0 ? { figures: JSON.parse(said) as NonNullable<Fuzzed["figures"]> } : {};
  return { status, found, words: words.slice(0, 4000), ...figures };
}
