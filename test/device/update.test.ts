/**
 * Updates of a device in C (docs/device-link.md §7.3): the posix program, started by its boot loader out of one of two slots, gets another program from its
 * hub. Files stand for flash, an exec for a reset. Power is cut at each write; the old program or the new one runs afterwards.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "../../src/base/bytes.ts";
import { MeshError } from "../../src/base/errors.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { encodeObjectB } from "../../src/codec/index.ts";
import { generatePrivateKey, type PrivateKey, sha512 } from "../../src/crypto/index.ts";
import { encodeEnvelopeB } from "../../src/dare/index.ts";
import type { LinkSession, Update } from "../../src/link/index.ts";
import type { Firmware } from "../../src/schema/index.ts";
import { FirmwareFile, FirmwareManifest, readFirmware } from "../../src/schema/index.ts";
import { assert, describe, skipUnless, tempDirectory, throwsMesh, within } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { random, sign } from "../kit/owner.ts";
import { DeviceUnderTest, powerLost } from "./device-under-test.ts";
import type { Implementation } from "./implementation.ts";
import { startReach } from "./reach.ts";

const sanitizers = "-fsanitize=address,undefined -fno-sanitize-recover=all";
const pieceLength = 2048;
const maker = generatePrivateKey("Ed25519", random);

/** Makes a program of a version; what runs the updates has the sanitizers, what comes is small. */
function make(target: "device" | "boot", version: number, flags: string): string {
  const dir = tempDirectory();
  const words = ["-s", "-C", packagePath("firmware-stubs", "posix"), `BUILD=${dir}`, `VERSION=${version}`, `MAKER=${toHex(maker.public.octets)}`];
  const made = spawnSync("make", [...words, `SANITIZE=${flags}`, join(dir, target)], { encoding: "utf8" });
  assert.is(made.status, 0, made.stderr);
  return join(dir, target);
}

function firmware(program: Uint8Array, change: Partial<FirmwareManifest> = {}, signer: PrivateKey = maker): Firmware {
  const manifest: FirmwareManifest = { Product: "posix", Version: 2, Length: program.length, Digest: sha512(program), ...change };
  const EnvelopedFirmwareManifest = sign(FirmwareManifest, manifest, signer);
  const file = { EnvelopedFirmwareManifest, Program: program };
  return Object.keys(change).some((name) => name === "Length" || name === "Digest")
    ? { manifest, signed: encodeEnvelopeB(EnvelopedFirmwareManifest), program }
    : readFirmware(encodeObjectB(FirmwareFile, file));
}

/** As mesh-hub update does it. Error: the device's reason. */
async function give(session: LinkSession, { signed, program }: Firmware): Promise<void> {
  const send = async (piece: Omit<Update, "Id">): Promise<void> => {
    const { Result, ErrorReport, ErrorCode } = await session.request("Update", piece, { timeoutMs: 30_000 });
    if (Result !== "Accept") throw new MeshError("ERR_DELIVERY", `${ErrorCode}: ${ErrorReport}`);
  };
  await send({ Manifest: signed });
  for (let at = 0; at < program.length; at += pieceLength) await send({ Offset: at, Data: program.subarray(at, at + pieceLength) });
}

/** A connected plug of version 1, and the directory that is its flash. */
async function house() {
  const boot = make("boot", 1, sanitizers);
  const implementation: Implementation = {
    name: "C",
    program: () => [boot],
    missing: () => undefined,
    powerCuts: [],
    takesSplits: true,
    rests: true,
  };
  const device = new DeviceUnderTest({ implementation, className: "plug", reach: await startReach("tcp") });
  copyFileSync(make("device", 1, sanitizers), join(device.dir, "program-a"));
  await device.powerOn();
  const { session } = await device.connect();
  await session.request("Command", { Command: "Set", Arguments: [{ Name: "On", Value: true }] });
  return { device, session };
}

const versionOf = async (device: DeviceUnderTest): Promise<unknown[]> => {
  const { version, trial } = await device.process.status();
  return [version, trial];
};

const isThere = spawnSync("sh", ["-c", "command -v cc && command -v make"]).status === 0 && existsSync("/usr/include/sodium.h");

describe("updates of a device in C", (it) => {
  it(
    "takes what its maker has signed for it and is newer, keeps it when it has met its hub, and goes back where that does not come",
    async () => {
      skipUnless(isThere, "needs a C compiler, make and libsodium-dev");
      const { device, session } = await house();
      const program = new Uint8Array(readFileSync(make("device", 2, "-s")));
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
        const refused = await give(session, given).then(
          () => undefined,
          (error: unknown) => error,
        );
        assert.is((refused as MeshError | undefined)?.code, "ERR_DELIVERY", what);
      }
      assert.is((await session.request("Update", { Offset: 0, Data: program.subarray(0, 100) })).Result, "Reject", "octets without a manifest");
      assert.is((await session.request("Update", { Manifest: firmware(program).signed })).Result, "Accept");
      assert.is((await session.request("Update", { Offset: 100, Data: program.subarray(100, 200) })).Result, "Reject", "not the piece that is due");
      assert.is((await session.request("Update", { Offset: 0, Data: program.subarray(0, 100) })).Result, "Accept");
      assert.is((await session.request("Update", { Offset: 0, Data: program.subarray(0, 100) })).Result, "Accept", "the same again");
      await device.powerCycle();
      assert.equal(await versionOf(device), [1, false], "half a program is none");

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

  it(
    "power is lost at each write of an update: the old program runs, or the new one",
    async () => {
      skipUnless(isThere, "needs a C compiler, make and libsodium-dev");
      const { device } = await house();
      await device.process.stop();
      const flash = tempDirectory();
      cpSync(device.dir, flash, { recursive: true });
      const program = new Uint8Array(readFileSync(make("device", 2, "-s")));
      const given = firmware(program);
      const pieces = Math.ceil(program.length / pieceLength);
      const found: unknown[] = [];
      // The first pieces, the last, the record of the new program, that of its trial, and what it writes until it is kept.
      for (const at of [1, 2, pieces - 1, pieces, pieces + 1, pieces + 2, pieces + 3, pieces + 4]) {
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
          await give(session, given);
          await device.process.waitFor("ready", { from });
          if (isOver) return;
          await device.link();
          await eventually("it is kept", async () => isOver || (await device.process.status()).trial === false);
        };
        const updating = update().catch(() => undefined);
        await Promise.race([updating, exited]);
        isOver = true;
        if (
          await device.process.send("fault none").then(
            () => false,
            () => true,
          )
        ) {
          assert.is(await within(30_000, exited), powerLost);
          await device.powerOn();
        }
        await device.link();
        await eventually("it is settled", async () => (await device.process.status()).trial === false);
        const [version] = await versionOf(device);
        found.push(version);
        // A block of report numbers may be written between.
        if (at <= pieces) assert.is(version, 1, `power lost at write ${at} of ${pieces} pieces and some`);
        assert.ok(version === 1 || version === 2);
        assert.is((await device.values()).On, true);
        await device.process.stop();
        // Nothing of it goes on beside the next.
        await updating;
      }
      assert.ok(found.includes(1) && found.includes(2), found.join());
    },
    { timeoutMs: 400_000 },
  );
});
