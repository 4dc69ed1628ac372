/**
 * Updates on a Cortex-M3 in qemu (docs/device-link.md §7.3): a boot loader, two slots in a flash of files, and the light as the program, over its UART.
 * Power is cut at writes of the flash, half of the last one done: the old program or the new one runs afterwards. At all of them by `npm run
 * test:power-cuts`, in parts, since the runner gives a file 20 minutes.
 */
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toHex, uintBytes } from "../../src/base/bytes.ts";
import { generatePrivateKey, sha512 } from "../../src/crypto/index.ts";
import type { LinkSession } from "../../src/link/index.ts";
import { assert, describe, skipUnless, tempDirectory, within } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { random } from "../kit/owner.ts";
import { Chip } from "./chip.ts";
import { makeImage, missingForMachine } from "./machine.ts";
import { firmwareFor, giveFirmware, refusal } from "./update.ts";

const maker = generatePrivateKey("Ed25519", random);
const firmware = firmwareFor("cortex-m3", maker);
/** What fits into a message of this build. */
const pieceLength = 3072;
const give = (session: LinkSession, file: ReturnType<typeof firmware>): Promise<void> => giveFirmware(session, file, pieceLength);
/** As in "2/6": the second, the eighth, and so on. */
const part = process.env.MESH_POWER_CUTS?.split("/").map(Number);

/** The writes at which power is lost; the last one comes after all of them. */
function placesOf(pieces: number, last: number): readonly number[] {
  if (part === undefined) return [1, 2, pieces + 3, pieces + 4, last];
  const [which = 1, of = 1] = part;
  return Array.from({ length: last }, (_, index) => index + 1).filter((at) => (at - which) % of === 0);
}

/** The program of a version; undefined where it cannot be made. */
function makeProgram(version: number): Uint8Array | undefined {
  const made = makeImage("program.bin", [`VERSION=${version}`, `MAKER=${toHex(maker.public.octets)}`]);
  return made === undefined ? undefined : new Uint8Array(readFileSync(made));
}

/** A connected chip of version 1, and version 2. */
async function house(): Promise<{ readonly chip: Chip; readonly session: LinkSession; readonly program: Uint8Array }> {
  skipUnless(missingForMachine() === undefined, missingForMachine() ?? "");
  const boot = makeImage("boot.elf");
  skipUnless(boot !== undefined, "needs Debian's source of libsodium");
  const first = makeProgram(1);
  const program = makeProgram(2);
  assert.ok(first && program);
  const chip = new Chip(boot ?? "", "light");
  writeFileSync(join(chip.dir, "program-a"), first ?? "");
  await chip.powerOn();
  return { chip, session: await chip.connect(), program: program ?? new Uint8Array() };
}

/** Version of the program that started last, and whether it is on trial. */
function running(chip: Chip): string {
  const told = chip.machine.told.map(({ event }) => event);
  const at = told.findLastIndex((event) => event.startsWith("version-"));
  return `${told[at]?.slice(-1)}${told.slice(at).includes("on-trial") && !told.slice(at).includes("update-kept") ? " on trial" : ""}`;
}

const starts = (chip: Chip): number => chip.machine.told.filter(({ event }) => event === "ready").length;

describe("updates on a Cortex-M3", (it) => {
  it(
    "takes what its maker has signed for it and is newer, keeps it when it has met its hub, and goes back where that does not come",
    async () => {
      skipUnless(part === undefined, "needs the whole file");
      const { chip, session, program } = await house();
      assert.is(running(chip), "1");
      const changed = program.slice();
      changed[5000] = (changed[5000] ?? 0) ^ 1;
      const wrong = {
        "another's signature": firmware(program, {}, generatePrivateKey("Ed25519", random)),
        "another product": firmware(program, { Product: "posix" }),
        "the version that runs": firmware(program, { Version: 1 }),
        "a lower version": firmware(program, { Version: 0 }),
        "more than a slot has room for": firmware(program, { Length: 1 << 20 }),
        "a program that was changed": { ...firmware(program), program: changed },
        "a program that was cut short": firmware(program.subarray(0, 9000), { Digest: sha512(program) }),
      };
      for (const [what, file] of Object.entries(wrong)) assert.is(await refusal(give(session, file)), "ERR_DELIVERY", what);

      // A program that is none: its vectors lead nowhere. qemu gives up a processor that is locked up, where a watchdog would start it anew.
      await give(session, firmware(new Uint8Array(4000)));
      await eventually("the chip starts it", () => chip.machine.told.some(({ event }) => event === "update-written") && session.isClosed).catch(
        () => undefined,
      );
      await chip.powerOff();
      await chip.powerOn();
      assert.is(running(chip), "1", "back to the old one");

      // A good one, whose hub does not come before its power is lost.
      const before = starts(chip);
      await give(await chip.link(), firmware(program));
      await eventually("it has started anew", () => starts(chip) > before);
      assert.is(running(chip), "2 on trial");
      await chip.powerOff();
      await chip.powerOn();
      assert.is(running(chip), "1", "it was tried once");

      const from = starts(chip);
      await give(await chip.link(), firmware(program));
      await eventually("it has started anew", () => starts(chip) > from);
      const back = await chip.link();
      await eventually("it is kept", () => running(chip) === "2");
      assert.is((await back.request("Ping", {}, { timeoutMs: 30_000 })).Result, "Accept");
      await chip.powerOff();
      await chip.powerOn();
      assert.is(running(chip), "2");
      assert.is(await refusal(give(await chip.link(), firmware(program))), "ERR_DELIVERY", "not again");
      await chip.powerOff();
    },
    { timeoutMs: 600_000 },
  );

  it(
    `power is lost at ${part === undefined ? "the first writes and the last" : `writes ${part.join(" of ")}`} of an update: the old program runs, or the new one`,
    async () => {
      const { chip, session, program } = await house();
      await session.close();
      await chip.powerOff();
      const flash = tempDirectory();
      const files = ["factory.jbcd", "program-a", "state-a", "state-b", "boot-a", "boot-b", "factory-1", "factory-2", "program-b"];
      for (const name of files) if (existsSync(join(chip.dir, name))) cpSync(join(chip.dir, name), join(flash, name));
      const pieces = Math.ceil(program.length / pieceLength);
      const found: string[] = [];
      // The erased slot, the pieces, the record of the new program, that of its trial, that it is kept; a block of report numbers at each start, and the slot
      // of the release before, which is erased; and none.
      const last = pieces + 14;
      for (const at of placesOf(pieces, last)) {
        for (const name of files) {
          rmSync(join(chip.dir, name), { force: true });
          if (existsSync(join(flash, name))) copyFileSync(join(flash, name), join(chip.dir, name));
        }
        writeFileSync(join(chip.dir, "power-left"), uintBytes(at, 4).reverse());
        await chip.powerOn();
        let isOver = false;
        void chip.machine.ended.then(() => {
          isOver = true;
        });
        const update = async (): Promise<void> => {
          await give(await chip.link(), firmware(program));
          await eventually("it has started anew", () => isOver || starts(chip) > 1);
          if (isOver) return;
          await chip.link();
          await eventually("it is kept", () => isOver || running(chip) === "2");
        };
        await Promise.race([update().catch(() => undefined), chip.machine.ended]);
        await chip.powerOff();
        rmSync(join(chip.dir, "power-left"));
        await chip.powerOn();
        const session = await chip.link();
        await eventually("it is settled", () => !running(chip).endsWith("trial"));
        assert.is((await within(60_000, session.request("Ping", {}, { timeoutMs: 30_000 }))).Result, "Accept");
        found.push(running(chip));
        await chip.powerOff();
        if (at <= pieces) assert.is(found.at(-1), "1", `power lost at write ${at} of ${pieces} pieces and some`);
      }
      assert.ok(
        found.every((version) => version === "1" || version === "2"),
        found.join(),
      );
      if (part === undefined) assert.ok(found.includes("1") && found.includes("2"), found.join());
      else
        console.log(
          `power lost at ${placesOf(pieces, last)
            .map((at, index) => `${at}: ${found[index]}`)
            .join(", ")} of ${last}`,
        );
    },
    { timeoutMs: 1_100_000 },
  );
});
