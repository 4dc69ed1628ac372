/**
 * The link in C on a Cortex-M3: firmware-stubs/common, compiled by arm-none-eabi-gcc, runs in qemu (mps2-an385) in place of a chip, its UART a unix
 * socket that the hub's own serial medium opens. Random octets are the host's, by semihosting. libsodium's source is fetched from Debian.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { packagePath } from "../../src/base/package-root.ts";
import { SerialMedium } from "../../src/transport/serial/serial-medium.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory } from "../harness/suite.ts";
import { ports } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";
import { honestHub } from "../kit/honest.ts";

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const mostText = 110 * 1024;

/** Builds the image; undefined where the source of libsodium cannot be had. */
function build(dir: string): string | undefined {
  const made = spawnSync("make", ["-s", "-C", packagePath("firmware-stubs", "cortex-m"), `BUILD=${dir}`, `${dir}/honest.elf`], { encoding: "utf8" });
  if (made.status !== 0 && !existsSync(join(dir, "libsodium.a"))) return undefined;
  assert.is(made.status, 0, made.stderr);
  return join(dir, "honest.elf");
}

/** A machine that runs the image; gives the socket of its UART. */
async function start(image: string, dir: string): Promise<{ uart: string; kill(): Promise<void> }> {
  const uart = join(dir, "uart");
  const qemu = spawn(
    "qemu-system-arm",
    [
      "-M",
      "mps2-an385",
      "-kernel",
      image,
      "-display",
      "none",
      "-monitor",
      "none",
      "-semihosting",
      "-chardev",
      `socket,id=u,path=${uart},server=on,wait=off`,
    ].concat(["-serial", "chardev:u"]),
    { stdio: "ignore" },
  );
  const exited = new Promise<void>((resolve) => qemu.once("close", () => resolve()));
  const kill = async (): Promise<void> => {
    qemu.kill("SIGKILL");
    await exited;
  };
  onCleanup(kill);
  await eventually("its UART is there", () => existsSync(uart));
  return { uart, kill };
}

describe("the link in C on a Cortex-M3 in qemu", (it) => {
  it(
    "hails, shakes hands and answers over its UART, after noise and a restart, in less than 110 kB and 16 kB",
    async () => {
      skipUnless(has("arm-none-eabi-gcc") && has("qemu-system-arm") && has("make"), "needs arm-none-eabi-gcc and qemu-system-arm");
      const dir = tempDirectory();
      const image = build(dir);
      skipUnless(image !== undefined, "needs Debian's source of libsodium");
      const sizes = spawnSync("arm-none-eabi-size", [image], { encoding: "utf8" }).stdout.split("\n")[1]?.trim().split(/\s+/).map(Number) ?? [];
      const [text = 0, data = 0, bss = 0] = sizes;
      assert.ok(text > 0 && text + data <= mostText, `${text} octets of text`);

      const machine = await start(image, dir);
      const medium = new SerialMedium({ ports: [machine.uart], baud: 115_200, ...ports });
      await medium.start();
      onCleanup(() => medium.stop());
      await eventually("its hail", () => medium.hails().length > 0);
      const session = async () => honestHub(await medium.open({ medium: "serial", address: machine.uart }), 10_000);
      const first = await session();
      for (let count = 0; count < 20; count++) assert.is((await first.request("Ping", {})).Result, "Accept");
      // In several packets each way: what it takes is longer than its largest frame.
      const long = Array.from({ length: 20 }, (_, at) => ({ Name: `Name${at}`, Value: "x".repeat(60) }));
      assert.is((await first.request("Command", { Command: "Set", Arguments: long })).Result, "Accept");
      const second = await session();
      await eventually("the older session is over", () => first.isClosed);
      const { ErrorReport } = await second.request("Command", { Command: "Stack", Arguments: [] });
      const left = Number(ErrorReport);
      console.log(`cortex-m3: text ${text}, data ${data}, bss ${bss}, stack ${16_384 - data - bss - left}, left of 16 kB ${left}`);
      assert.ok(left >= 512, `${left} octets of stack were left`);
      await machine.kill();
      await eventually("it is gone", () => medium.hails().length === 0);
    },
    { timeoutMs: 120_000 },
  );
});
