/**
 * Updates of a device in C (docs/device-link.md §7.3): the posix program, started by its boot loader out of one of two slots, gets another program from its
 * hub. Files stand for flash, an exec for a reset. Power is cut at each write; the old program or the new one runs afterwards.
 */
import { chmodSync, copyFileSync, cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../src/base/bytes.ts";
import { ownProgram } from "../../src/base/package-root.ts";
import { generatePrivateKey, sha512 } from "../../src/crypto/index.ts";
import type { Firmware } from "../../src/schema/index.ts";
import { assert, describe, skipUnless, tempDirectory, throwsMesh, within } from "../harness/suite.ts";
import { missingForBtvirt } from "../kit/btvirt.ts";
import { eventually } from "../kit/eventually.ts";
import { makeFirmware, missingForFirmware, sanitizers } from "../kit/firmware.ts";
import { random } from "../kit/owner.ts";
import { DeviceUnderTest, powerLost } from "./device-under-test.ts";
import type { Implementation } from "./implementation.ts";
import type { MediumName } from "./reach.ts";
import { startReach } from "./reach.ts";
import { firmwareFor, giveFirmware, refusal } from "./update.ts";

/** More than hubs send at once (2 kB), so that an update has few enough writes to lose power at each. */
const pieceLength = 12_288;
const maker = generatePrivateKey("Ed25519", random);
const firmware = firmwareFor("posix", maker);
const give = giveFirmware;

/** What was made: each once. */
const programs = new Map<number, string>();

/** The program of a version; what runs the updates has the sanitizers, what comes is small. */
function make(version: 1 | 2): string {
  const found = programs.get(version);
  if (found !== undefined) return found;
  const program = join(tempDirectory(), "device");
  const own = { program, version, maker: toHex(maker.public.octets), ...(version === 1 ? {} : { link: "-s" }) };
  programs.set(version, makeFirmware({ own, flags: version === 1 ? sanitizers : "" }));
  return program;
}

/** A connected plug of version 1, and the directory that is its flash. */
async function house(medium: MediumName = "tcp") {
  const boot = makeFirmware({ target: "boot", flags: sanitizers });
  // Its radio part is another process, which stays while the firmware starts again.
  const before = medium === "ble" ? [process.execPath, ...ownProgram("firmware-stubs", "virtual", "radio-part")] : [];
  const implementation: Implementation = {
    name: "C",
    program: () => [...before, boot],
    missing: () => undefined,
    powerCuts: [],
    takesSplits: true,
    rests: true,
  };
  const device = new DeviceUnderTest({ implementation, className: "plug", reach: await startReach(medium) });
  copyFileSync(make(1), join(device.dir, "program-a"));
  await device.powerOn();
  const { session } = await device.connect();
  await session.request("Command", { Command: "Set", Arguments: [{ Name: "On", Value: true }] });
  return { device, session };
}

const versionOf = async (device: DeviceUnderTest): Promise<unknown[]> => {
  const { version, trial } = await device.process.status();
  return [version, trial];
};

const whole = process.env.MESH_DEVICE_SUITE === "all";
const missing = missingForFirmware();

describe("updates of a device in C", (it) => {
  it(
    "takes what its maker has signed for it and is newer, keeps it when it has met its hub, and goes back where that does not come",
    async () => {
      skipUnless(missing === undefined, missing ?? "");
      const { device, session } = await house();
      const program = new Uint8Array(readFileSync(make(2)));
      assert.equal(await versionOf(device), [1, false]);

      const mallory = generatePrivateKey("Ed25519", random);
      const changed = program.slice();
      changed[5000] = (changed[5000] ?? 0) ^ 1;
      const wrong: Readonly<Record<string, Firmware>> = {
        "another's signature": firmware(program, {}, mallory),
        "another product": firmware(program, { Product: "toaster" }),
        "the version that runs": firmware(program, { Version: 1 }),
        "a lower version": firmware(program, { Version: 0 }),
        "more than a slot has room for": firmware(program, { Length: 1 << 30 }),
        "a program that was changed": { ...firmware(program), program: changed },
        "a program that was cut short": firmware(program.subarray(0, 9000), { Digest: sha512(program) }),
      };
      for (const [what, given] of Object.entries(wrong)) {
        assert.is(await refusal(give(session, given)), "ERR_DELIVERY", what);
      }
      assert.is((await session.request("Update", { Offset: 0, Data: program.subarray(0, 100) })).Result, "Reject", "octets without a manifest");
      assert.is((await session.request("Update", { Manifest: firmware(program).signed })).Result, "Accept");
      assert.is((await session.request("Update", { Offset: 100, Data: program.subarray(100, 200) })).Result, "Reject", "not the piece that is due");
      assert.is((await session.request("Update", { Offset: 0, Data: program.subarray(0, 100) })).Result, "Accept");
      assert.is((await session.request("Update", { Offset: 0, Data: program.subarray(0, 100) })).Result, "Accept", "the same again");
      await device.powerCycle();
      assert.equal(await versionOf(device), [1, false], "half a program is none");

      for (const fault of ["flash-fails-at-write", "flash-lies-at-write"]) {
        await device.process.send(`fault ${fault} 3`);
        assert.is(await refusal(give((await device.link()).session, firmware(program))), "ERR_DELIVERY", fault);
        assert.equal(await versionOf(device), [1, false], fault);
      }

      // One that starts and falls over at once: a file that is no program for this machine.
      const broken = new TextEncoder().encode("#!/bin/false\n".padEnd(3000));
      await give((await device.link()).session, firmware(broken));
      await within(30_000, device.process.exited);
      await device.powerOn();
      assert.equal(await versionOf(device), [1, false], "back to the old one");

      // A good one, whose hub does not come before its power is lost.
      const before = device.process.events.length;
      const { session: giving } = await device.link();
      await give(giving, firmware(program));
      // The maker's word once more, behind which a hub that was taken would send its own octets: unless the device has gone to try what it was given.
      const repeated = await giving.request("Update", { Manifest: firmware(program).signed }).then(
        ({ Result }) => Result,
        () => "gone",
      );
      assert.is.not(repeated, "Accept", "nothing is written over what is about to be tried");
      await device.process.waitFor("ready", { from: before });
      assert.equal(await versionOf(device), [2, true]);
      await device.powerCycle();
      assert.equal(await versionOf(device), [1, false], "it was tried once");

      const from = device.process.events.length;
      await give((await device.link()).session, firmware(program));
      await device.process.waitFor("ready", { from });
      const back = await device.link();
      await eventually("it is kept", async () => (await device.process.status()).trial === false);
      assert.is((await back.session.request("Ping", {})).Result, "Accept");
      assert.is((await device.values()).On, true, "what it remembers is there");
      await device.powerCycle();
      assert.equal(await versionOf(device), [2, false]);
      const again = (await device.link()).session;
      await throwsMesh(give(again, firmware(program)), "ERR_DELIVERY");
      await throwsMesh(give(again, firmware(program, { Version: 1 })), "ERR_DELIVERY");
    },
    { timeoutMs: 400_000 },
  );

  for (const medium of ["tcp", "serial", "mqtt", "ble"] as const) {
    // The writes are the same over every medium: each of them is tried over one here, and over all by test:device.
    const some = medium !== "tcp" && !whole;
    it(
      `over ${medium} power is lost at ${some ? "the first writes and the last" : "each write"} of an update: the old program runs, or the new one`,
      async () => {
        skipUnless(missing === undefined, missing ?? "");
        const noRadio = medium === "ble" ? missingForBtvirt() : undefined;
        skipUnless(noRadio === undefined, noRadio ?? "");
        const { device } = await house(medium);
        await device.process.stop();
        const flash = tempDirectory();
        cpSync(device.dir, flash, { recursive: true });
        const program = new Uint8Array(readFileSync(make(2)));
        const given = firmware(program);
        const pieces = Math.ceil(program.length / pieceLength);
        const found: unknown[] = [];
        // The pieces, the record of the new program, that of its trial, and what it writes until it is kept; a block of report numbers between.
        const last = pieces + 5;
        const places = some ? [1, 2, pieces + 1, pieces + 2, last] : Array.from({ length: last }, (_, index) => index + 1);
        for (const at of places) {
          rmSync(device.dir, { recursive: true });
          cpSync(flash, device.dir, { recursive: true });
          chmodSync(join(device.dir, "program-a"), 0o700);
          await device.powerOn();
          const { session } = await device.link();
          await device.process.send(`fault lose-power-at-write ${at}`);
          const { exited } = device.process;
          const from = device.process.events.length;
          let isOver = false;
          const update = async (): Promise<void> => {
            await give(session, given, pieceLength);
            await device.process.waitFor("ready", { from });
            if (isOver) return;
            await device.link();
            await eventually("it is kept", async () => isOver || (await device.process.status()).trial === false);
          };
          const updating = update().catch(() => undefined);
          await Promise.race([updating, exited]);
          isOver = true;
          const isGone = await device.process.send("fault none").then(
            () => false,
            () => true,
          );
          if (isGone) {
            assert.is(await within(30_000, exited), powerLost);
            await device.powerOn();
          }
          await device.link();
          await eventually("it is settled", async () => (await device.process.status()).trial === false);
          const [version] = await versionOf(device);
          found.push(version);
          if (at <= pieces) assert.is(version, 1, `power lost at write ${at} of ${pieces} pieces and some`);
          assert.ok(version === 1 || version === 2);
          assert.is((await device.values()).On, true);
          await device.process.stop();
          // Nothing of it goes on beside the next.
          await updating;
        }
        assert.ok(found.includes(1) && found.includes(2), found.join());
      },
      { timeoutMs: medium === "ble" ? 900_000 : 400_000 },
    );
  }
});
