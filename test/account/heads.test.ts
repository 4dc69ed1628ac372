/** What another device of the owner claims to have seen: evidence is a signed apex; a mere claim is told and ends nothing. extensions §5. */
import type { AccountContext } from "../../src/account/index.ts";
import { AccountContext as Context } from "../../src/account/index.ts";
import { decodeObject } from "../../src/codec/index.ts";
import { envelopeObject, type Head, SequenceApex } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { type Household, ports, startHousehold } from "../kit/household.ts";

describe("heads that another device claims", (it) => {
  let household: Household;
  let alice: AccountContext;
  it.before(async () => {
    household = await startHousehold();
    alice = await household.create("alice", "alice@example.com");
  });
  it.after(async () => {
    await alice.close();
    await household.stop();
  });

  it("are told with the name of who claims them, and end nothing", async () => {
    const warnings: Record<string, unknown>[] = [];
    const log = { ...ports.log, warn: (_event: string, data: Record<string, unknown> = {}) => void warnings.push(data) };
    const hub = await household.join(alice, "hall hub", ["hub"]);
    await alice.close();
    alice = await Context.open({ dir: alice.dir, ports: { ...ports, log } });
    const [head] = alice.heads();
    const claims: Head[] = [
      { ...head!, TreeDigest: new Uint8Array(64) },
      { ...head!, Index: 100_000 },
      { ...head!, Index: -1 },
    ];
    for (const claim of claims) await alice.checkHeads([claim], hub.deviceUdf);
    assert.is(warnings.length, 3);
    for (const { reason, sender } of warnings) {
      assert.is(sender, hub.deviceUdf);
      assert.match(String(reason), /^hall hub claims to have seen another history: /);
    }
    assert.equal(
      warnings.map(({ code }) => code),
      ["ERR_FORK", "ERR_ROLLBACK", "ERR_SCHEMA"],
    );
  });

  it("fail a command when a device that may write has signed them", async () => {
    const real = (await alice.provenHeads()).find(({ Store }) => Store === "MMM_Device")!;
    const value: SequenceApex = { ...decodeObject(SequenceApex, real.Apex!.body), TreeDigest: ports.random.bytes(64) };
    const Apex = envelopeObject({ struct: SequenceApex, value, signers: [alice.keys.signature], random: ports.random });
    const invented: Head = { ...real, TreeDigest: ports.random.bytes(64) };
    await throwsMesh(
      () =>
        alice.checkHeads(
          [
            { ...alice.heads()[0]!, Index: 100_000 },
            { ...invented, Apex },
          ],
          alice.deviceUdf,
        ),
      "ERR_FORK",
    );
  });

  it("do not keep a machine out that was accepted", async () => {
    Object.defineProperty(alice, "heads", { configurable: true, value: () => [{ Store: "MMM_Place", Index: 5000, TreeDigest: new Uint8Array(64) }] });
    const laptop = await household.join(alice, "laptop", ["web"]);
    assert.equal(laptop.roles, ["web"]);
  });
});
