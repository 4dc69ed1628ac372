/** An audit that is full goes on in a next epoch, which names the end of the one before; that one is kept, and ends in its time. */
import { decodeObject } from "../../../src/codec/index.ts";
import { AuditEntry, comparePositions, EpochBegin, publicKeyOf, verifyAuditHead } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { agreement, codes, dealDecrypt, ephemeralKey, joinedDevice } from "../../kit/power.ts";
import { Person, startService } from "../../kit/service.ts";

async function house(limits: NonNullable<Parameters<typeof startService>[0]>["limits"]) {
  const { service } = await startService({ limits: { auditFrames: 8, ...limits } });
  const alice = await (await Person.meet("alice@example.com", service.url)).bind();
  await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access"]);
  const phone = await joinedDevice(alice);
  const { capability } = await dealDecrypt(alice, phone.link);
  const ask = async (count = 1) => {
    const Operations = Array.from({ length: count }, () => agreement(capability.Id, ephemeralKey()));
    return await phone.client.operate({ Account: alice.address, Operations });
  };
  return { alice, phone, ask };
}

describe("operate: an audit that is full", (it) => {
  it("goes on in the next epoch: heads rise, nothing is refused, nothing is lost", async () => {
    const { alice, ask } = await house({});
    const heads = [];
    for (let i = 0; i < 10; i++) {
      const { Results, AuditHead } = await ask(2);
      assert.is(codes(Results), "ok ok");
      heads.push(AuditHead!);
    }
    await alice.client.hello();
    const { value, signer } = alice.client.profileService!;
    const expected = { accountUdf: alice.udf, serviceUdf: signer.udf, serviceSignature: publicKeyOf(value.ServiceSignature) };
    for (const [at, head] of heads.entries()) {
      verifyAuditHead(head, expected);
      if (at > 0) assert.ok(comparePositions(heads[at - 1]!, head) < 0, `head ${at}`);
    }
    const last = heads.at(-1)!;
    assert.ok((last.Epoch ?? 0) >= 3, `epoch ${last.Epoch}`);
    assert.throws(() => verifyAuditHead({ ...last, Epoch: (last.Epoch ?? 0) + 1 }, expected), /./);

    let entries = 0;
    for (let Epoch = 0; Epoch <= (last.Epoch ?? 0); Epoch++) {
      const { Updates } = await alice.client.download({ Account: alice.address, Select: [{ Container: "MMM_Audit", Epoch, IndexMin: 0 }] });
      const [first, ...frames] = Updates[0]!.Envelopes;
      for (const frame of frames)
        if (frame.header.SequenceInfo?.IsMeta !== true) entries += Number(decodeObject(AuditEntry, frame.body).KeyId !== "");
      if (Epoch === 0) continue;
      const begin = decodeObject(EpochBegin, first!.body);
      const before = heads.filter((head) => (head.Epoch ?? 0) === Epoch - 1).at(-1)!;
      assert.equal([begin.Epoch, begin.Former.Epoch ?? 0, begin.Former.Index], [Epoch, Epoch - 1, before.Index + 1]);
    }
    assert.is(entries, 20);
  });

  it("drops former epochs when their time is over", async () => {
    const { alice, ask } = await house({ keepAuditMs: 1, upkeepMs: 20 });
    for (let i = 0; i < 8; i++) assert.is(codes((await ask()).Results), "ok");
    await eventually("epoch 0 is gone", async () => {
      const asked = alice.client.download({ Account: alice.address, Select: [{ Container: "MMM_Audit", Epoch: 0, IndexMin: 0 }] });
      return await asked.then(
        () => false,
        ({ code }) => code === "ERR_NOT_FOUND",
      );
    });
    assert.is(codes((await ask()).Results), "ok");
  });
});
