/**
 * Updates of a virtual device (docs/device-link.md §7.3), over each medium, with a real process. What stands in a slot is not run, since the device is its
 * process: slots, trial, versions and losses of power are real.
 */
import { cpSync, rmSync } from "node:fs";
import { toHex } from "../../src/base/bytes.ts";
import { ownProgram } from "../../src/base/package-root.ts";
import { generatePrivateKey } from "../../src/crypto/index.ts";
import type { LinkSession } from "../../src/link/index.ts";
import { makeFirmware, readFirmware } from "../../src/schema/index.ts";
import { DeviceUnderTest, powerLost } from "../device/device-under-test.ts";
import type { Implementation } from "../device/implementation.ts";
import { media, startReach } from "../device/reach.ts";
import { assert, describe, skipUnless, tempDirectory, within } from "../harness/suite.ts";
import { missingForBtvirt } from "../kit/btvirt.ts";
import { eventually } from "../kit/eventually.ts";
import { random } from "../kit/owner.ts";

const maker = generatePrivateKey("Ed25519", random);
const pieceLength = 2048;
const program = random.bytes(9000);
const file = (version: number, what: Partial<Parameters<typeof makeFirmware>[0]> = {}) =>
  readFirmware(makeFirmware({ product: "lamp", version, program, signer: maker, random, ...what }));

const lamp: Implementation = {
  name: "TypeScript",
  program: () => [process.execPath, ...ownProgram("firmware-stubs", "virtual", "main"), "--maker", toHex(maker.public.octets), "--product", "lamp"],
  missing: () => undefined,
  powerCuts: [],
  takesSplits: true,
  rests: true,
};

/** The device's word for what came of it: Accept, or the code of its refusal. */
async function give(
  session: LinkSession,
  { signed, program: octets }: { readonly signed: Uint8Array; readonly program: Uint8Array },
): Promise<string> {
  const begun = await session.request("Update", { Manifest: signed }, { timeoutMs: 30_000 });
  if (begun.Result !== "Accept") return begun.ErrorCode ?? "?";
  for (let at = 0; at < octets.length; at += pieceLength) {
    const { Result, ErrorCode } = await session.request("Update", { Offset: at, Data: octets.subarray(at, at + pieceLength) }, { timeoutMs: 30_000 });
    if (Result !== "Accept") return ErrorCode ?? "?";
  }
  return "Accept";
}

const versionOf = async (device: DeviceUnderTest): Promise<unknown[]> => {
  const { version, trial } = await device.process.status();
  return [version, trial];
};

describe("updates of a virtual device", (it) => {
  for (const medium of [...media, "ble"] as const) {
    it(`takes over ${medium} what its maker has signed and is newer, keeps it when it has met its hub, and goes back where that does not come`, async () => {
      const noRadio = medium === "ble" ? missingForBtvirt() : undefined;
      skipUnless(noRadio === undefined, noRadio ?? "");
      const device = new DeviceUnderTest({ implementation: lamp, className: "light", reach: await startReach(medium) });
      await device.powerOn();
      const { session } = await device.connect();
      assert.equal(await versionOf(device), [1, false]);
      const changed = program.slice();
      changed[5000] = (changed[5000] ?? 0) ^ 1;
      assert.is(await give(session, file(2, { signer: generatePrivateKey("Ed25519", random) })), "ERR_VERIFICATION", "another's signature");
      assert.is(await give(session, file(2, { product: "toaster" })), "ERR_VERIFICATION", "another product");
      assert.is(await give(session, file(1)), "ERR_REPLAY", "the version that runs");
      assert.is(await give(session, { ...file(2), program: changed }), "ERR_VERIFICATION", "a program that was changed");
      assert.is((await session.request("Update", { Offset: 0, Data: program.subarray(0, 10) })).Result, "Reject", "octets without a manifest");

      // Its hub does not come before its power is lost.
      let from = device.process.events.length;
      assert.is(await give(session, file(2)), "Accept");
      await device.process.waitFor("ready", { from });
      assert.equal(await versionOf(device), [2, true]);
      await device.powerCycle();
      assert.equal(await versionOf(device), [1, false], "it was tried once");

      from = device.process.events.length;
      assert.is(await give((await device.link()).session, file(2)), "Accept");
      await device.process.waitFor("ready", { from });
      const back = await device.link();
      await eventually("it is kept", async () => (await device.process.status()).trial === false);
      assert.is((await back.session.request("Ping", {})).Result, "Accept");
      await device.powerCycle();
      assert.equal(await versionOf(device), [2, false]);
      assert.is(await give((await device.link()).session, file(2)), "ERR_REPLAY");
    });
  }

  it("power is lost at each write of an update: the old program runs, or the new one", async () => {
    const device = new DeviceUnderTest({ implementation: lamp, className: "light", reach: await startReach("tcp") });
    await device.powerOn();
    await device.connect();
    await device.process.stop();
    const flash = tempDirectory();
    cpSync(device.dir, flash, { recursive: true });
    const pieces = Math.ceil(program.length / pieceLength);
    const found: unknown[] = [];
    for (let at = 1; at <= pieces + 4; at += 1) {
      rmSync(device.dir, { recursive: true });
      cpSync(flash, device.dir, { recursive: true });
      await device.powerOn();
      const { session } = await device.link();
      const { exited } = device.process;
      const from = device.process.events.length;
      await device.process.send(`fault lose-power-at-write ${at}`);
      const updating = (async () => {
        await give(session, file(2));
        await device.process.waitFor("ready", { from });
        await device.link();
        await eventually("it is kept", async () => (await device.process.status()).trial === false);
      })().catch(() => undefined);
      await Promise.race([updating, exited]);
      const isDead = await device.process.send("fault none").then(
        () => false,
        () => true,
      );
      if (isDead) {
        assert.is(await within(30_000, exited), powerLost);
        await device.powerOn();
      }
      await device.link();
      await eventually("it is settled", async () => (await device.process.status()).trial === false);
      const [version] = await versionOf(device);
      found.push(version);
      if (at <= pieces) assert.is(version, 1, `power lost at write ${at}`);
      await device.process.kill();
      await updating;
    }
    assert.ok(found.includes(1) && found.includes(2), found.join());
  });
});
