/** Firmware of firmware-stubs/cortex-m in qemu (mps2-an385), in place of a chip: its UART a unix socket, its flash a directory, by semihosting. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { assert, onCleanup, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { makeIn, roomOf } from "../kit/made-once.ts";

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** What is missing to make and run it; undefined when nothing is. */
export const missingForMachine = (): string | undefined =>
  has("arm-none-eabi-gcc") && has("qemu-system-arm") && has("make") ? undefined : "needs arm-none-eabi-gcc and qemu-system-arm";

/** Where everything of a test file is made, but libsodium. */
const dir = tempDirectory();

/** Makes a target; undefined where the source of libsodium cannot be had. */
export function makeImage(target: string, words: readonly string[] = []): string | undefined {
  const path = join(dir, target);
  const folder = join("firmware-stubs", "cortex-m");
  const sodium = roomOf({ name: "libsodium", folders: [folder], compiler: "arm-none-eabi-gcc" });
  if (words.length > 0) rmSync(path.replace(/bin$/, "elf"), { force: true });
  const made = makeIn(sodium, ["-C", packagePath(folder), `BUILD=${dir}`, `SODIUM=${sodium}`, ...words, path]);
  if (made.status !== 0 && !existsSync(join(sodium, "libsodium.a"))) return undefined;
  assert.is(made.status, 0, made.stderr);
  return path;
}

/** A machine that runs. */
export interface Machine {
  /** The socket of its UART. */
  readonly uart: string;
  /** What it told: an event, and the octets of stack that were never used. */
  readonly told: { readonly event: string; readonly left: number }[];
  /** It has lost its power: by `kill`, or by itself. */
  readonly ended: Promise<void>;
  kill(): Promise<void>;
}

/** Starts an image, with a directory for its flash; once it has told that it is ready. */
export async function startMachine(image: string, cwd: string): Promise<Machine> {
  const uart = join(cwd, "uart");
  const chardev = `socket,id=u,path=${uart},server=on,wait=off`;
  const flags = ["-M", "mps2-an385", "-kernel", image, "-display", "none", "-monitor", "none", "-chardev", chardev, "-serial", "chardev:u"];
  const qemu = spawn("qemu-system-arm", [...flags, "-semihosting"], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const told: { event: string; left: number }[] = [];
  let line = "";
  for (const output of [qemu.stdout, qemu.stderr]) {
    output.on("data", (chunk: Buffer) => {
      const lines = `${line}${chunk.toString()}`.split("\n");
      line = lines.pop() ?? "";
      for (const [, event = "", left = ""] of lines.map((one) => /^(\S+) (\d+)$/.exec(one) ?? []))
        if (event !== "") told.push({ event, left: Number(left) });
    });
  }
  let isOver = false;
  const ended = new Promise<void>((resolve) => qemu.once("close", () => resolve())).then(() => {
    isOver = true;
  });
  const kill = async (): Promise<void> => {
    qemu.kill("SIGKILL");
    await ended;
  };
  onCleanup(kill);
  await eventually("it has started", () => isOver || told.some(({ event }) => event === "ready"));
  return { uart, told, ended, kill };
}
