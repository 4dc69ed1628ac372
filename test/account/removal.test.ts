/** What a removed machine erases: everything that it keeps of the account, step by step, whenever it is killed. */
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { finishErasure } from "../../src/account/context/removal-file.ts";
import type { AccountContext } from "../../src/account/index.ts";
import {
  attend,
  AccountContext as Context,
  edit,
  leaveEvidence,
  meetRemoval,
  noteRemoval,
  openAccountEnvelope,
  openWindow,
  removalIn,
  requestConnection,
  revokeDevice,
} from "../../src/account/index.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { packagePath } from "../../src/base/package-root.ts";
import { sealEnvelope } from "../../src/dare/index.ts";
import { accessCatalog, publicKeyOf } from "../../src/schema/index.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { type Household, ports, startHousehold } from "../kit/household.ts";
import { nodeWords } from "../kit/node-words.ts";

const child = packagePath("test/account/erasure-child.ts");
const run = promisify(execFile);

/** Steps of one run, killed after `count` of them. */
async function erase(dir: string, count: number): Promise<readonly string[]> {
  const lines = (text: string): readonly string[] => text.trim().split("\n");
  try {
    return lines((await run(process.execPath, [...nodeWords(child), dir, String(count)])).stdout);
  } catch (error) {
    const { signal, stdout } = error as { signal?: string; stdout: string };
    assert.is(signal, "SIGKILL");
    return lines(stdout);
  }
}

describe("a machine that was removed from the account", (it) => {
  let household: Household;
  let alice: AccountContext;
  it.before(async () => {
    household = await startHousehold();
    alice = await household.create("alice", "alice@example.com");
  });
  it.after(() => household.stop());

  it(
    "is erased whole, wherever it is killed on the way, and belongs to nobody at each start in between",
    async () => {
      const laptop = await household.join(alice, "laptop", ["super", "web"]);
      await openWindow({ dir: laptop.dir, minutes: 5, ports });
      await laptop.close();
      await revokeDevice(alice, laptop.deviceUdf);
      const evidence = alice.list(accessCatalog).flatMap(({ value }) => value.Capability.value.EnvelopedRevokedDevice ?? [])[0];
      if (!evidence) throw new Error("no evidence was left");
      const all = tempDirectory();
      const whole = join(all, "whole", "account");
      cpSync(laptop.dir, whole, { recursive: true });
      mkdirSync(join(all, "whole", "state"));
      writeFileSync(join(all, "whole", "state", "shadow.journal"), "what the bulbs said");
      writeFileSync(join(whole, "device.json.new"), "a torn write of the seed");
      const group = join(whole, "groups", "family%40example.com");
      cpSync(laptop.dir, group, { recursive: true });
      writeFileSync(join(group, "account.json.new"), "a torn write of the group's account");
      await noteRemoval(whole, { address: alice.address, evidence, rooms: ["../state"] });
      for (let count = 1; ; count++) {
        const dir = join(all, String(count), "account");
        cpSync(join(all, "whole"), join(all, String(count)), { recursive: true });
        const steps = await erase(dir, count);
        const isWhole = steps.length < count;
        const overwritten = steps.filter((step) => step.startsWith("family%40example.com "));
        if (steps.includes("stores"))
          assert.ok(overwritten.includes("family%40example.com device.json"), "keys of groups before anything that goes slowly");
        if (!isWhole) {
          // The next start goes on by itself and lets nobody in.
          const error = await throwsMesh(Context.open({ dir, ports }), "ERR_REVOKED");
          assert.match(error.message, /by alice on/);
        }
        assert.equal(readdirSync(dir), ["removed.json"], `killed after ${steps.at(-1)}`);
        assert.not(existsSync(join(all, String(count), "state")));
        if (steps.includes("erased") && count > 1) break;
      }
    },
    { timeoutMs: 400_000 },
  );

  it("joins again with keys of its own, and the note goes", async () => {
    const tablet = await household.join(alice, "tablet", ["device"]);
    await revokeDevice(alice, tablet.deviceUdf);
    await meetRemoval(tablet, await throwsMesh(() => tablet.sync(), "ERR_REVOKED"));
    const again = await household.join(alice, "tablet", ["device"]);
    assert.is.not(again.deviceUdf, tablet.deviceUdf);
    assert.not(existsSync(join(tablet.dir, "removed.json")));
    await again.sync();
  });

  it("what 0.1.0 removed without a word is told by the next turn of the agent, and meets it", async () => {
    const tablet = await household.join(alice, "old tablet", ["device"]);
    await revokeDevice(alice, tablet.deviceUdf);
    // As 0.1.0 left it: an inactive entry, and no evidence.
    const bare = alice.list(accessCatalog).filter(({ value }) => value.Capability.value.DeviceUdf === tablet.deviceUdf);
    await alice.transact({
      catalogs: bare.map(({ key }) =>
        edit(accessCatalog, key, (entry) => {
          if (!entry) return undefined;
          const { EnvelopedRevokedDevice: _evidence, ...value } = entry.Capability.value;
          return { Capability: { tag: entry.Capability.tag, value } };
        }),
      ),
    });
    const unproven = await throwsMesh(() => tablet.sync(), "ERR_REVOKED");
    assert.is(removalIn(tablet, unproven), undefined);
    await attend(alice, { claim: false });
    const proven = await throwsMesh(() => tablet.sync(), "ERR_REVOKED");
    assert.ok(removalIn(tablet, proven));
    assert.equal(await leaveEvidence(alice), [], "told once");
    await meetRemoval(tablet, proven);
    assert.equal(readdirSync(tablet.dir), ["removed.json"]);
  });

  it("files that cannot be made again are named when they are damaged, and left as they are", async () => {
    const tablet = await household.join(alice, "damaged tablet", ["device"]);
    await tablet.close();
    for (const name of ["account.json", "device.json", "removed.json"]) {
      const dir = join(tempDirectory(), "tablet");
      cpSync(tablet.dir, dir, { recursive: true });
      writeFileSync(join(dir, name), "{");
      const error = await throwsMesh(Context.open({ dir, ports }), "ERR_STORE_DAMAGED");
      assert.ok(error.message.startsWith(`${join(dir, name)} cannot be read: `), error.message);
      assert.is(readFileSync(join(dir, name), "utf8"), "{");
    }
  });

  it("keeps no file that an erasure does not know: of machines at work, that ask to join, that hold shares", async () => {
    const phone = await household.join(alice, "phone", ["threshold", "command"]);
    await openWindow({ dir: alice.dir, minutes: 5, ports });
    await requestConnection({ dir: household.home("asking"), address: alice.address, serviceUrl: household.service.url, ports });
    await openAccountEnvelope(
      phone,
      sealEnvelope({ plaintext: utf8("a note"), recipients: [publicKeyOf(alice.profile.AccountEncryption)], random: ports.random }),
    );
    await phone.close();
    await revokeDevice(alice, phone.deviceUdf);
    const evidence = alice.list(accessCatalog).flatMap(({ value }) => value.Capability.value.EnvelopedRevokedDevice ?? [])[0];
    assert.ok(evidence);
    assert.ok(existsSync(join(phone.dir, "audit.json")));
    for (const dir of [phone.dir, alice.dir, household.home("asking")]) {
      const copy = join(tempDirectory(), "machine");
      cpSync(dir, copy, { recursive: true });
      await noteRemoval(copy, { address: alice.address, evidence });
      await finishErasure(copy);
      assert.equal(
        readdirSync(copy).filter((name) => name !== ".lock"),
        ["removed.json"],
        `left of ${dir}`,
      );
    }
  });
});
