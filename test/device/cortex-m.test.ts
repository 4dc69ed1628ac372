/**
 * Firmware in C on a Cortex-M3, the light in a real house, the lock with its owner's phone as a script: it runs in qemu (mps2-an385) in place of a chip,
 * its UART a unix socket that the hub's serial medium opens. Its flash is files and its random octets are the host's, by semihosting. libsodium's source is
 * fetched from Debian.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { uintBytes } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { DevicePreconfigurationPrivate, ResetDevice } from "../../src/schema/index.ts";
import { SerialMedium } from "../../src/transport/serial/serial-medium.ts";
import { assert, describe, skipUnless } from "../harness/suite.ts";
import { order as ownerOrder } from "../kit/device.ts";
import { eventually } from "../kit/eventually.ts";
import { ports } from "../kit/household.ts";
import { collect, startHub, startWorld } from "../kit/hub.ts";
import { delegation, makePhone, orderOf, type Phone, verified, work } from "../kit/lock-house.ts";
import { type Holding, random } from "../kit/owner.ts";
import { Chip } from "./chip.ts";
import { valueNamed } from "./life.ts";
import { makeImage, missingForMachine, startMachine } from "./machine.ts";

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
const mostText = 110 * 1024;
const memory = 16 * 1024;

/** The figures of a row of docs/porting.md. */
function documented(target: string): number[] {
  const row = readFileSync(packagePath("docs", "porting.md"), "utf8")
    .split("\n")
    .find((text) => text.startsWith(`| ${target} |`));
  return (row?.split("|").slice(2, -1) ?? []).map((cell) => Number(cell.replaceAll(" ", "")));
}

const isNear = (figure: number, said: number | undefined): boolean => said !== undefined && Math.abs(figure - said) <= Math.max(256, said / 20);

/** Text, memory and stack of an image are within the bars, and what the table says. */
function holdsToTable(row: string, image: string, left: number): void {
  const sections = spawnSync("arm-none-eabi-size", ["-A", image], { encoding: "utf8" }).stdout;
  const section = (name: string): number => Number(new RegExp(`^\\${name}\\s+(\\d+)`, "m").exec(sections)?.[1] ?? 0);
  const [text, held] = [section(".text") + section(".ARM.exidx") + section(".data"), section(".data") + section(".bss")];
  const stack = memory - held - left;
  console.log(`${row}: text ${text}, memory ${held}, stack ${stack}`);
  assert.ok(text <= mostText && left >= 256, `text ${text}, left of 16 kB ${left}`);
  const said = documented(row);
  assert.ok(isNear(text, said[0]) && isNear(held, said[1]) && isNear(stack, said[2]), `docs/porting.md says ${said.join(", ")}`);
}

/** A reset by its owner leaves nothing in the flash; with MESH_POWER_CUTS neither where power is lost at any write since its start. */
async function isForgotten(chip: Chip, phone: Phone): Promise<void> {
  const { respond, epoch } = chip.owned().dealt;
  const secrets = [respond.LinkRoot, respond.EncryptShare, respond.SignatureShare, phone.key.public.octets];
  const left = (): number => {
    const files = records.map((name) => readFileSync(join(chip.dir, name)));
    return secrets.filter((octets) => files.some((file) => file.includes(Buffer.from(octets)))).length;
  };
  const reset = async (): Promise<unknown> => {
    const order = ownerOrder(ResetDevice, { DeviceUdf: chip.made.deviceUdf, DealEpoch: epoch, Nonce: random.bytes(16) }, held(chip), chip.hub);
    return (await (await chip.link()).request("Reset", order, { timeoutMs: 30_000 })).Result;
  };
  await chip.powerOff();
  assert.is(left(), secrets.length, "the search finds them");
  const before = records.map((name) => readFileSync(join(chip.dir, name)));
  const places = process.env.MESH_POWER_CUTS === undefined ? [] : [1, 2, 3, 4, 5, 6];
  for (const at of places) {
    for (const [which, name] of records.entries()) writeFileSync(join(chip.dir, name), before[which] ?? "");
    writeFileSync(join(chip.dir, "power-left"), uintBytes(at, 4).reverse());
    await chip.powerOn();
    const isDone = await Promise.race([
      reset().then(
        () => true,
        () => false,
      ),
      chip.machine.ended.then(() => false),
    ]);
    await chip.powerOff();
    rmSync(join(chip.dir, "power-left"));
    await chip.powerOn();
    const count = left();
    if (count > 0) await chip.link();
    console.log(
      `power lost at write ${at} since its start: ${isDone ? "no such write, " : ""}${count === 0 ? "forgotten" : `as before, with ${count} of ${secrets.length}`}`,
    );
    assert.ok(count === 0 || count === secrets.length, `power lost at write ${at}: ${count} secrets are left`);
    await chip.powerOff();
    if (isDone) break;
  }
  for (const [which, name] of records.entries()) writeFileSync(join(chip.dir, name), before[which] ?? "");
  await chip.powerOn();
  assert.is(await reset(), "Accept");
  await chip.powerOff();
  assert.is(left(), 0, "what is left after a reset");
}

const records = ["state-a", "state-b"];

function held(chip: Chip): Holding {
  if (chip.holding === undefined) throw new Error("the chip is not connected");
  return chip.holding;
}

describe("firmware in C on a Cortex-M3 in qemu", (it) => {
  it(
    "is connected by its printed code over its UART, commanded, cut off from power, and back, in less than 110 kB and 16 kB",
    async () => {
      skipUnless(missingForMachine() === undefined, missingForMachine() ?? "");
      const image = makeImage("light.elf");
      skipUnless(image !== undefined, "needs Debian's source of libsodium");

      const world = await startWorld();
      const made = await world.preconfigure();
      const flash = join(world.dir, "cortex-m3");
      mkdirSync(flash);
      writeFileSync(join(flash, "factory.jbcd"), encodeObjectB(DevicePreconfigurationPrivate, made.image));
      let machine = await startMachine(image, flash);
      const serial = new SerialMedium({ ports: [machine.uart], baud: 115_200, ...ports });
      await serial.start();
      const hub = await startHub({
        context: world.hubContext,
        media: [serial],
        dir: join(world.dir, "hub"),
        times: { findSeconds: 60, offerSeconds: 60 },
      });
      try {
        const last = (await collect(hub.onboarding.onboard({ uri: made.uri, name: "stairs light" }))).at(-1);
        assert.equal([last?.step, last?.state], ["register", "done"], last?.error?.message);
        const dim = {
          deviceUdf: made.deviceUdf,
          messageId: "NM3-1",
          command: "Set",
          arguments: [{ Name: "Brightness", Value: 40 }],
          timeoutMs: 60_000,
        };
        assert.is((await hub.links.command(dim)).Result, "Accept");
        const left = Math.min(...machine.told.map((line) => line.left));
        await machine.kill();
        machine = await startMachine(image, flash);
        const identify = { ...dim, command: "Identify", arguments: [] };
        await eventually("it is back, as it was", async () => {
          const { Result, State } = await hub.links.command({ ...identify, messageId: "NM3-2" });
          return Result === "Accept" && State?.Values.find(({ Name }) => Name === "Brightness")?.Value === 40;
        });

        holdsToTable("Cortex-M3", image ?? "", left);
      } finally {
        await hub.stop();
        await machine.kill();
        await serial.stop();
        await world.stop();
      }
    },
    { timeoutMs: 180_000 },
  );

  it(
    "the lock: it is connected, judges orders of its owner's phone, signs what came of them, and holds to them over a loss of power, in the same room",
    async () => {
      skipUnless(missingForMachine() === undefined, missingForMachine() ?? "");
      const image = makeImage("lock.elf");
      skipUnless(image !== undefined, "needs Debian's source of libsodium");
      const chip = new Chip(image ?? "", "lock");
      await chip.powerOn();
      const session = await chip.connect();
      await session.close();
      const atWork = async () => {
        let working: ReturnType<typeof work> | undefined;
        await chip.link((linked) => {
          working = work(linked, chip.owned());
        });
        if (working === undefined) throw new Error("no session");
        return { ...chip.owned(), ...working };
      };
      const house = await atWork();
      const phones = [makePhone(), makePhone(), makePhone(), makePhone()];
      const [, , , phone = makePhone()] = phones;
      const given = await house.session.request("Delegate", { Delegation: delegation(house, 1, phones) }, { timeoutMs: 30_000 });
      assert.is(given.Result, "Accept", given.ErrorReport);
      const locking = orderOf(house, phone, { Nonce: (await house.power.nonce(30)).nonce, Command: "Lock" });
      const done = await house.power.judge({ ...locking, timeoutMs: 30_000 });
      assert.is(done.result, "Accept", done.report);
      assert.is(valueNamed(verified(house, done.reported).Values, "Locked"), true);
      const foreign = orderOf(house, makePhone(), { Nonce: (await house.power.nonce(30)).nonce });
      assert.is((await house.power.judge({ ...foreign, timeoutMs: 30_000 })).result, "Reject");
      assert.is(
        (await house.session.request("Command", { Command: "Unlock", Arguments: [] }, { timeoutMs: 30_000 })).Result,
        "Reject",
        "the hub alone opens nothing",
      );
      const left = Math.min(...chip.machine.told.map((line) => line.left));
      await chip.powerOff();
      await chip.powerOn();
      const later = await atWork();
      assert.is((await later.power.judge({ ...locking, timeoutMs: 30_000 })).result, "Reject", "its nonce is gone");
      const opening = orderOf(later, phone, { Nonce: (await later.power.nonce(30)).nonce });
      const opened = await later.power.judge({ ...opening, timeoutMs: 30_000 });
      assert.is(opened.result, "Accept", opened.report);
      assert.is(valueNamed(verified(later, opened.reported).Values, "Locked"), false);
      holdsToTable("Cortex-M3, lock", image ?? "", left);
      await isForgotten(chip, phone);
    },
    { timeoutMs: 1_100_000 },
  );

  it("compiles for RV32 in the size that docs/porting.md says", () => {
    const isThere = has("riscv64-linux-gnu-gcc") && existsSync("/usr/include/newlib/string.h");
    skipUnless(isThere && missingForMachine() === undefined, "needs riscv64-linux-gnu-gcc and libnewlib-dev");
    const library = makeImage("light-rv32.a");
    skipUnless(library !== undefined, "needs Debian's source of libsodium");
    const total = spawnSync("riscv64-linux-gnu-size", ["-t", library], { encoding: "utf8" }).stdout.trim().split("\n").at(-1) ?? "";
    const [text = 0, data = 0, bss = 0] = total.trim().split(/\s+/).map(Number);
    console.log(`RV32: text ${text}, memory ${data + bss}`);
    const said = documented("RV32IMAC, without libsodium and board");
    assert.ok(isNear(text, said[0]) && isNear(data + bss, said[1]), `text ${text}, memory ${data + bss}; docs/porting.md says ${said.join(", ")}`);
  });
});
