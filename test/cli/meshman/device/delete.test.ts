/** What `device delete` says: which stores are under new keys, what can still be opened, what remains; and whom it removes only with --yes. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AccountContext } from "../../../../src/account/index.ts";
import { storesToRekey } from "../../../../src/account/index.ts";
import { systemClock } from "../../../../src/base/clock.ts";
import { assert, describe, throwsMesh } from "../../../harness/suite.ts";
import type { Household } from "../../../kit/household.ts";
import { startHousehold } from "../../../kit/household.ts";
import { machine } from "../../../kit/meshman-terminal.ts";

describe("meshman device delete", (it) => {
  let house: Household;
  let alice: AccountContext;
  const at = (name: string) => machine(house.home(name), house.service.url);
  const names = async (): Promise<readonly string[]> =>
    (await at("alice").json("device", "list")).devices.map(({ localName }: { localName: string }) => localName).sort();
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
  });
  it.after(() => house.stop());

  it(
    "names the stores under new keys, what the machine can still open, and the keys that it keeps",
    async () => {
      const pad = await house.join(alice, "pad", ["web"]);
      const { status, stdout, stderr } = await at("alice").run(["device", "delete", "pad", "--yes"]);
      assert.is(status, 0, stderr);
      assert.match(stdout, new RegExp(`Device UDF = ${pad.deviceUdf}`));
      const line = /under new keys, which pad does not have: (.+)/.exec(stderr)?.[1]?.split(", ") ?? [];
      for (const label of ["MMM_Device", "MMM_Place", "MMM_Credential"]) assert.ok(line.includes(label), `${label}: ${stderr}`);
      assert.not(line.includes("MMM_Access"), "a web machine never had that key");
      for (const member of ["AccountEncryption", "AccountSignature"]) assert.ok(line.includes(member), `${member}: ${stderr}`);
      assert.match(stderr, /pad can still open what it held whole of before: what it fetched, and what the service keeps of it/);
      assert.not.match(stderr, /remains/);
      assert.not.match(stderr, /seed|administrators' keys/);
      await throwsMesh(() => pad.sync(), "ERR_REVOKED");
    },
    { timeoutMs: 200_000 },
  );

  it(
    "replaces the administrators' keys with an administration device",
    async () => {
      await house.join(alice, "desk", ["admin", "web"]);
      const { rekeyed, remains } = await at("alice").json("device", "delete", "desk", "--yes");
      assert.ok(rekeyed.includes("MMM_Access"));
      for (const member of ["AdministratorSignature", "AdministratorSignature25519", "AdministratorEncryption"]) assert.ok(rekeyed.includes(member));
      assert.equal(remains, []);
      await alice.refresh();
      await alice.sync();
    },
    { timeoutMs: 200_000 },
  );

  it(
    "removes a machine that may hold the seed only with --yes, also where somebody could be asked",
    async () => {
      await house.join(alice, "safe", ["super", "admin"]);
      const ask = { isTerminal: true, typed: "y\n" };
      const { status, stderr } = await at("alice").run(["device", "delete", "safe"], ask);
      assert.is(status, 2, stderr);
      assert.match(stderr, /safe may hold the seed of the account: whoever has that cannot be shut out/);
      assert.match(stderr, /hint: add --yes .*make another account and release the devices to it/);
      assert.equal(await names(), ["alice", "safe"]);
      const { remains } = await at("alice").json("device", "delete", "safe", "--yes");
      assert.match(remains.join("\n"), /safe may hold the seed of the account, and cannot be shut out by new keys: .*a new root shuts it out/);
      assert.equal(await names(), ["alice"]);
    },
    { timeoutMs: 200_000 },
  );

  it(
    "counts the keys of roles that were taken away before",
    async () => {
      await alice.refresh();
      await alice.sync();
      await house.join(alice, "old", ["super", "admin", "web"]);
      await alice.sync();
      const { rekeyed: atOnce } = await at("alice").json("device", "auth", "old", "--role", "device");
      for (const name of ["MMM_Credential", "AdministratorEncryption"]) assert.ok(atOnce.includes(name), `${name}: ${atOnce}`);
      assert.match(await at("alice").fails(2, "device", "delete", "old"), /old may hold the seed of the account/);
      const { rekeyed, remains } = await at("alice").json("device", "delete", "old", "--yes");
      for (const label of ["MMM_Access", "MMM_Credential", "MMM_Contact", "MMM_Device"]) assert.ok(rekeyed.includes(label), `${label}: ${rekeyed}`);
      assert.match(remains.join("\n"), /seed of the account/);
      assert.not.ok(rekeyed.includes("AdministratorEncryption"), "it has had none since its roles were taken away");
    },
    { timeoutMs: 200_000 },
  );

  it(
    "says of a machine that only the role super was taken from that it may hold the seed",
    async () => {
      await alice.refresh();
      await alice.sync();
      await house.join(alice, "study", ["super", "admin", "web"]);
      await alice.sync();
      const { remains: atOnce } = await at("alice").json("device", "auth", "study", "--role", "admin,web");
      assert.match(atOnce.join("\n"), /study may hold the seed of the account/);
      // What is written to its entry later does not take that away.
      await at("alice").does("device", "auth", "study", "--role", "admin,web,message");
      await at("alice").does("device", "name", "study", "den");
      assert.match(await at("alice").fails(2, "device", "delete", "den"), /den may hold the seed of the account/);
      const { remains } = await at("alice").json("device", "delete", "den", "--yes");
      assert.match(
        remains.join("\n"),
        /den may hold the seed of the account, and cannot be shut out by new keys: .*can recover the account as by shares/,
      );
      assert.equal(await names(), ["alice"]);
    },
    { timeoutMs: 200_000 },
  );

  it(
    "waits for the agent, which takes the account in its hands after the removal and keeps it for long, and tells what became of the keys",
    async () => {
      await alice.refresh();
      await alice.sync();
      const pad = await house.join(alice, "tablet", ["web"]);
      await pad.close();
      const lock = join(house.home("alice"), ".lock");
      let [isHeld, waited] = [false, 0];
      const heard = (text: string): void => {
        if (!text.includes("tablet was removed")) return;
        isHeld = true;
        writeFileSync(lock, JSON.stringify({ pid: process.pid, purpose: "meshman agent" }), { flag: "wx", mode: 0o600 });
      };
      // While the agent is at it, whoever waits has the time go by at once.
      const clock = {
        ...systemClock,
        monotonic: () => systemClock.monotonic() + waited,
        sleep: async (ms: number, signal?: AbortSignal) => {
          if (!isHeld) return systemClock.sleep(ms, signal);
          waited += ms;
          isHeld = waited < 60_000;
          if (!isHeld) rmSync(lock);
          await systemClock.sleep(1, signal);
        },
      };
      const { status, stdout, stderr } = await at("alice").run(["device", "delete", "tablet", "--yes", "--json"], { clock, heard });
      assert.is(status, 0, stderr);
      assert.not.ok(isHeld);
      const { rekeyed, remains } = JSON.parse(stdout);
      assert.equal(remains, []);
      for (const label of ["MMM_Device", "MMM_Credential"]) assert.ok(rekeyed.includes(label), `${label}: ${rekeyed}`);
    },
    { timeoutMs: 200_000 },
  );

  it(
    "tells of each of two machines that are removed at once what became of the keys of that one",
    async () => {
      await alice.refresh();
      await alice.sync();
      const one = await house.join(alice, "one", ["web"]);
      await house.join(alice, "two", ["device"]);
      const other = await house.join(alice, "other", ["admin"]);
      await Promise.all([one.close(), other.close()]);
      const [first, second] = await Promise.all([
        at("alice").json("device", "delete", "one", "--yes"),
        at("other").json("device", "delete", "two", "--yes"),
      ]);
      for (const label of ["MMM_Device", "MMM_Credential", "AccountEncryption"])
        assert.ok(first.rekeyed.includes(label), `${label}: ${first.rekeyed}`);
      assert.ok(second.rekeyed.includes("MMM_Device"), `${second.rekeyed}`);
      for (const label of ["MMM_Credential", "AccountEncryption"]) assert.not(second.rekeyed.includes(label), `${label} was never of it`);
      // The second machine does not hold the root key: what the first one left to it, it says of the first one alone.
      assert.not.match(JSON.stringify(second.remains), /two still has/);
      await alice.refresh();
      await alice.sync();
      assert.is(storesToRekey(alice).size, 0);
    },
    { timeoutMs: 200_000 },
  );
});
