/** The common part of the firmware as a program that answers a line with a line (common/harness.c), with the sanitizers of gcc. */
import type { ChildProcessByStdio } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, onCleanup, skipUnless, tempDirectory } from "../harness/suite.ts";

/** Members of a vector. */
export type Fields = Readonly<Record<string, unknown>>;

/** Octets as a word of a line. */
export const word = (value: unknown): string => (value === "" ? "-" : String(value));

/** The harness, which answers a line with a line. */
class Harness {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(program: string) {
    this.#child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#waiting.shift()?.(line.trim()));
    this.#child.once("close", (code) => {
      for (const tell of this.#waiting.splice(0)) tell(`ended with ${code}`);
    });
    onCleanup(() => void this.#child.kill());
  }

  async ask(...words: readonly unknown[]): Promise<string> {
    const answer = new Promise<string>((resolve) => this.#waiting.push(resolve));
    this.#child.stdin.write(`${words.join(" ")}\n`);
    return answer;
  }

  /** A device that waits for the handshake of a vector. */
  async start(input: Fields): Promise<void> {
    const most = Math.min(4096, Number(input.max_packet));
    const mode = input.mode === "onboard" ? 0 : 1;
    await this.ask("start", input.medium, input.id, input.HubUdf, input.DealEpoch, mode, input.device, input.device_ephemeral, input.psk, most);
  }

  async packets(list: readonly string[]): Promise<string> {
    let last = "";
    for (const packet of list) last = await this.ask("packet", word(packet));
    return last;
  }
}

/** The C files of a folder. */
export const sourcesOf = (room: string): string[] =>
  readdirSync(room)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(room, name));

let program: string | undefined;

function build(): string {
  if (program !== undefined) return program;
  const common = packagePath("firmware-stubs", "common");
  const sources = sourcesOf(common);
  const out = join(tempDirectory(), "harness");
  const flags = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-O1",
    "-g",
    "-DMESH_LARGEST=4096",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
  ];
  const made = spawnSync("cc", [...flags, `-I${common}`, "-o", out, packagePath("test/device/common/harness.c"), ...sources, "-lsodium"], {
    encoding: "utf8",
  });
  assert.is(made.status, 0, made.stderr);
  program = out;
  return out;
}

/** Leaves out the test where nothing can be compiled. */
export function needsCompiler(): void {
  const isThere = spawnSync("sh", ["-c", "command -v cc"]).status === 0 && existsSync("/usr/include/sodium.h");
  skipUnless(isThere, "needs a C compiler and libsodium-dev");
}

/** One that has just been started; whoever comes first compiles it. */
export function harness(): Harness {
  needsCompiler();
  return new Harness(build());
}
