/** A service that was put back to an earlier day has lost a part of its audit: whoever was shown more of it makes it go on from there, and nothing else does. */
import type { AccountContext, AgentEvent } from "../../../src/account/index.ts";
import { auditLossAt, openAccountEnvelope, runAgent } from "../../../src/account/index.ts";
import { fromUtf8, utf8 } from "../../../src/base/bytes.ts";
import { decodeObject } from "../../../src/codec/index.ts";
import { sealEnvelope } from "../../../src/dare/index.ts";
import { AuditEntry, publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { ports } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";

/** Opens a file that only the device and the service together open: it stands in the audit. */
async function opens(context: AccountContext): Promise<void> {
  const recipients = [publicKeyOf(context.profile.AccountEncryption)];
  const file = sealEnvelope({ plaintext: utf8("a file"), recipients, random: ports.random });
  assert.is(fromUtf8(await openAccountEnvelope(context, file)), "a file");
}

async function entriesOf(alice: AccountContext, Epoch: number): Promise<readonly string[]> {
  const { Updates } = await alice.client.download({ Account: alice.address, Select: [{ Container: "MMM_Audit", Epoch, IndexMin: 1 }] });
  const frames = Updates[0]?.Envelopes ?? [];
  return frames.filter(({ header }) => header.SequenceInfo?.IsMeta !== true).map(({ body }) => decodeObject(AuditEntry, body).Operation);
}

describe("an audit that the service has lost", (it) => {
  it("goes on from what a device was shown of it, and says that it lacks something", async () => {
    const house = await startPutBackHouse();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    const phone = await house.join(alice, "phone", ["threshold", "command"]);
    const tablet = await house.join(alice, "tablet", ["threshold", "command"]);
    for (const context of [phone, tablet]) await opens(context);
    assert.is(await phone.powers.giveBackAudit(), undefined, "nothing is lost");
    assert.is(await auditLossAt(alice), undefined);
    await house.backUp();
    for (let i = 0; i < 3; i++) await opens(phone);
    await opens(tablet);
    await opens(phone);
    await house.putBack();

    // The service does something else in the place of what it has lost, and is not believed.
    for (const context of [phone, tablet]) {
      const refused = await throwsMesh(opens(context), "ERR_ROLLBACK");
      assert.match(refused.hint, /'meshman account repair'/);
    }
    const before = await phone.powers.giveBackAudit();
    assert.ok(before && (before.service?.Index ?? 0) < before.here.Index);
    for (const context of [phone, tablet]) await opens(context);
    assert.is(await phone.powers.giveBackAudit(), undefined);
    assert.ok((await entriesOf(alice, 1)).includes("AuditLost"));
    assert.match((await auditLossAt(alice)) ?? "", /^\d{4}-/);
    assert.is(await auditLossAt(phone), undefined, "it is no administrator");

    // Who was shown less first leaves room for who was shown more.
    await opens(tablet);
    await house.putBack();
    for (const context of [phone, tablet]) assert.ok(await context.powers.giveBackAudit());
    for (const context of [phone, tablet]) await opens(context);
    await phone.close();
    const pad = machine(house.home("phone"), house.service.url);
    await house.putBack();
    const { audit, repaired } = await pad.json("account", "repair");
    assert.equal(repaired, []);
    assert.ok(audit.here.epoch > audit.service.epoch, JSON.stringify(audit));
    assert.match(await pad.fails(77, "account", "repair"), /administ/);

    // Her own machine and its agent say so.
    await alice.close();
    const desk = machine(house.home("alice"), house.service.url);
    assert.match((await desk.run(["account", "status"])).stdout, /^audit\s+a part was lost before \d{4}-/m);
    assert.match((await desk.json("account", "status")).auditLost, /^\d{4}-/);
    const stop = new AbortController();
    const told: string[] = [];
    const onEvent = ({ kind, reason = "" }: AgentEvent): void => void told.push(`${kind}: ${reason}`);
    const running = runAgent({ dir: house.home("alice"), ports, signal: stop.signal, claim: false, onEvent });
    await eventually("the agent tells", () => told.some((line) => /^failed: the service lost a part of its audit before/.test(line)), 60_000);
    stop.abort();
    await running;
  });

  it("goes on from no head that the service has not signed for this account", async () => {
    const house = await startPutBackHouse();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    const bob = await house.create("bob", "bob@example.com");
    const phone = await house.join(alice, "phone", ["threshold", "command"]);
    const other = await house.join(bob, "other", ["threshold", "command"]);
    for (const context of [phone, other, other]) await opens(context);
    const head = async (context: AccountContext) => {
      const { AuditHead } = await context.client.operate({ Account: context.address, Operations: [] });
      assert.ok(AuditHead);
      return AuditHead!;
    };
    const own = await head(phone);
    const give = (AuditHead: typeof own) => phone.client.operate({ Account: phone.address, Operations: [], AuditHead });
    await throwsMesh(give(await head(other)), "ERR_VERIFICATION");
    await throwsMesh(give({ ...own, Index: own.Index + 8 }), "ERR_VERIFICATION");
    const { Apex: _apex, ...bare } = own;
    await throwsMesh(give(bare), "ERR_VERIFICATION");
    assert.equal((await give(own)).AuditHead?.Index, own.Index, "one that is there changes nothing");
  });
});
