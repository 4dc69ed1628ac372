/**
 * A voice, by a program of this machine: flite for English where it is installed, as it sounds more natural, espeak-ng else. The words come from devices and
 * people: they go in by a file or a pipe and are no part of a command line, are short, and the program is ended when it takes too long.
 */
import { spawn } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { MeshError } from "../../base/errors.ts";
import { inTime } from "../../base/in-time.ts";
import { type Clip, clipRate, longestClip, readWav } from "./clip.ts";

/** Where Debian puts the programs. */
const programs = { flite: "/usr/bin/flite", "espeak-ng": "/usr/bin/espeak-ng" } as const;
/** Letters that are said; about fifteen seconds. */
const mostLetters = 240;
const mostWav = 4_000_000;
const deadlineMs = 20_000;

/** Whether there is a voice on this machine. */
export function hasVoice(): boolean {
  return isThere(programs.flite) || isThere(programs["espeak-ng"]);
}

function isThere(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Words as a clip. @param language tag. Errors: ERR_ADAPTER without a program, ERR_TIMEOUT. */
export async function synthesise(text: string, language: string, clock: Clock): Promise<Clip> {
  const said = plain(text);
  if (!/[\p{L}\p{N}]/u.test(said)) return new Int16Array(0);
  const english = language === "en" || language.startsWith("en-");
  const program = english && isThere(programs.flite) ? "flite" : "espeak-ng";
  if (!isThere(programs[program]))
    throw new MeshError("ERR_ADAPTER", "this machine has no voice", { hint: "install Debian's package espeak-ng, or flite for English" });
  const dir = await mkdtemp(join(tmpdir(), "mesh-voice-"));
  try {
    const [words, sound] = [join(dir, "words"), join(dir, "sound.wav")];
    await writeFile(words, `${said}\n`, { mode: 0o600 });
    const voice = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/.test(language) ? language : "en";
    const args = program === "flite" ? ["-voice", "slt", "-f", words, "-o", sound] : ["-v", voice, "-f", words, "-w", sound];
    await run(programs[program], args, clock);
    const file = readFileSync(sound);
    return readWav(file.subarray(0, mostWav)).subarray(0, longestClip * clipRate);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** One line without what a program may take for markup. */
function plain(text: string): string {
  return text
    .replace(/[\p{C}<>&\\|[\]{}]/gu, " ")
    .slice(0, mostLetters)
    .trim();
}

async function run(program: string, args: readonly string[], clock: Clock): Promise<void> {
  const child = spawn(program, args, { env: { PATH: "/usr/bin:/bin" }, stdio: "ignore" });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", (cause) => reject(new MeshError("ERR_ADAPTER", `${program}: ${cause.message}`, { cause })));
    child.once("close", (code) => (code === 0 ? resolve() : reject(new MeshError("ERR_ADAPTER", `${program} ended with ${code ?? "a signal"}`))));
  });
  const late = () => {
    child.kill("SIGKILL");
    return new MeshError("ERR_TIMEOUT", `${program} took more than ${deadlineMs / 1000} s`);
  };
  await inTime(ended, { ms: deadlineMs, clock, late });
}
