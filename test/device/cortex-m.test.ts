/**
 * The light in C on a Cortex-M3, in a real house: it runs in qemu (mps2-an385) in place of a chip, its UART a unix socket that the hub's serial medium
 * opens. Its flash is files and its random octets are the host's, by semihosting. libsodium's source is fetched from Debian.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { DevicePreconfigurationPrivate } from "../../src/schema/index.ts";
import { SerialMedium } from "../../src/transport/serial/serial-medium.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { collect, startHub, startWorld } from "../kit/hub.ts";

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const mostText = 110 * 1024;
const memory = 16 * 1024;

/** Makes a target; undefined where the source of libsodium cannot be had. */
function make(dir: string, target: string): string | undefined {
  const path = join(dir, target);
  const made = spawnSync("make", ["-s", "-C", packagePath("firmware-stubs", "cortex-m"), `BUILD=${dir}`, path], { encoding: "utf8" });
  if (made.status !== 0 && !existsSync(join(dir, "libsodium.a"))) return undefined;
  assert.is(made.status, 0, made.stderr);
  return path;
}

interface Machine {
  /** The socket of its UART. */
  readonly uart: string;
  /** What it told: an event, and the octets of stack that were never used. */
  readonly told: { readonly event: string; readonly left: number }[];
  kill(): Promise<void>;
}

/** A machine that runs an image, with a directory for its flash. */
async function start(image: string, cwd: string): Promise<Machine> {
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
  const exited = new Promise<void>((resolve) => qemu.once("close", () => resolve()));
  const kill = async (): Promise<void> => {
    qemu.kill("SIGKILL");
    await exited;
  };
  onCleanup(kill);
  await eventually("it has started", () => told.some(({ event }) => event === "ready"));
  return { uart, told, kill };
}

/** The figures of a row of docs/porting.md. */
function documented(target: string): number[] {
  const row = readFileSync(packagePath("docs", "porting.md"), "utf8")
    .split("\n")
    .find((text) => text.startsWith(`| ${target} |`));
  return (row?.split("|").slice(2, -1) ?? []).map((cell) => Number(cell.replaceAll(" ", "")));
}

const isNear = (figure: number, said: number | undefined): boolean => said !== undefined && Math.abs(figure - said) <= Math.max(256, said / 20);

describe("the light in C on a Cortex-M3 in qemu", (it) => {
  it(
    "is connected by its printed code over its UART, commanded, cut off from power, and back, in less than 110 kB and 16 kB",
    async () => {
      skipUnless(has("arm-none-eabi-gcc") && has("qemu-system-arm") && has("make"), "needs arm-none-eabi-gcc and qemu-system-arm");
      const dir = tempDirectory();
      const image = make(dir, "light.elf");
      skipUnless(image !== undefined, "needs Debian's source of libsodium");

      const world = await startWorld();
      const made = await world.preconfigure();
      const flash = join(world.dir, "cortex-m3");
      mkdirSync(flash);
      writeFileSync(join(flash, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
      let machine = await start(image, flash);
      const serial = new SerialMedium({ ports: [machine.uart], baud: 115_200, ...ports });
      await serial.start();
      const hub = await startHub({
        context: world.hubContext,
        media: [serial],
        dir: join(world.dir, "hub"),
        times: { findSeconds: 8, offerSeconds: 20 },
      });
      try {
        const last = (await collect(hub.onboarding.onboard({ uri: made.uri, name: "stairs light" }))).at(-1);
        assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
        const dim = {
          deviceUdf: made.deviceUdf,
          messageId: "NM3-1",
          command: "Set",
          arguments: [{ Name: "Brightness", Value: 40 }],
          timeoutMs: 8000,
        };
        assert.is((await hub.links.command(dim)).Result, "Accept");
        const left = Math.min(...machine.told.map((line) => line.left));
        await machine.kill();
        machine = await start(image, flash);
        const identify = { ...dim, command: "Identify", arguments: [] };
        await eventually("it is back, as it was", async () => {
          const { Result, State } = await hub.links.command({ ...identify, messageId: "NM3-2" });
          return Result === "Accept" && State?.Values.find(({ Name }) => Name === "Brightness")?.Value === 40;
        });

        const sections = spawnSync("arm-none-eabi-size", ["-A", image], { encoding: "utf8" }).stdout;
        const section = (name: string): number => Number(new RegExp(`^\\${name}\\s+(\\d+)`, "m").exec(sections)?.[1] ?? 0);
        const [text, held] = [section(".text") + section(".ARM.exidx") + section(".data"), section(".data") + section(".bss")];
        const stack = memory - held - left;
        console.log(`cortex-m3: text ${text}, memory ${held}, stack ${stack}`);
        assert.ok(text <= mostText && left >= 256, `text ${text}, left of 16 kB ${left}`);
        const said = documented("Cortex-M3");
        assert.ok(isNear(text, said[0]) && isNear(held, said[1]) && isNear(stack, said[2]), `docs/porting.md says ${said.join(", ")}`);
      } finally {
        await hub.stop();
        await machine.kill();
        await serial.stop();
        await world.stop();
      }
    },
    { timeoutMs: 180_000 },
  );

  it("compiles for RV32 in the size that docs/porting.md says", () => {
    const isThere = has("riscv64-unknown-elf-gcc") && existsSync("/usr/lib/picolibc/riscv64-unknown-elf");
    skipUnless(isThere && has("arm-none-eabi-gcc") && has("make"), "needs riscv64-unknown-elf-gcc and picolibc-riscv64-unknown-elf");
    const library = make(tempDirectory(), "light-rv32.a");
    skipUnless(library !== undefined, "needs Debian's source of libsodium");
    const total = spawnSync("riscv64-unknown-elf-size", ["-t", library], { encoding: "utf8" }).stdout.trim().split("\n").at(-1);
    const text = Number(total?.trim().split(/\s+/)[0]);
    const said = documented("RV32IMAC, without libsodium and board")[0];
    assert.ok(isNear(text, said), `text ${text}, docs/porting.md says ${said}`);
  });
});
