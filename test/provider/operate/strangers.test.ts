/** Who is granted nothing uses up nothing of an account and hears nothing of its audit; and what is withdrawn while it is computed is not answered. */
import { generateScalarKey, newNonce } from "../../../src/crypto/index.ts";
import { defaultLimits } from "../../../src/provider/limits.ts";
import type { Call, ServiceContext } from "../../../src/provider/transaction/context.ts";
import { operate as transaction } from "../../../src/provider/transaction/operate.ts";
import { ManualClock } from "../../harness/manual-clock.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { agreement, codes, dealDecrypt, ephemeralKey, joinedDevice, operate } from "../../kit/power.ts";
import { Person, random, startService } from "../../kit/service.ts";

async function house(options: Parameters<typeof startService>[0] = {}) {
  const { service } = await startService(options);
  const [alice, mallet] = [
    await (await Person.meet("alice@example.com", service.url)).bind(),
    await (await Person.meet("mallet@example.com", service.url)).bind(),
  ];
  await alice.grant(alice.device.link, ["r:MMM_Access", "a:MMM_Access"]);
  await mallet.grant(mallet.device.link, ["r:MMM_Access", "a:MMM_Access", "a:MMM_Outbound"]);
  const phone = await joinedDevice(alice);
  const { capability } = await dealDecrypt(alice, phone.link);
  const use = async () => codes(await operate(phone.client, alice.address, [agreement(capability.Id, ephemeralKey())]));
  return { alice, mallet, use, capability };
}

const junk = (count: number) => Array.from({ length: count }, () => agreement(newNonce(random), ephemeralKey()));

describe("operate: another account of the same service", (it) => {
  it("uses up its own allowance by what it is not granted, and keeps nobody out", async () => {
    const clock = new ManualClock(Date.now());
    const { alice, mallet, use, capability } = await house({ clock, limits: { operateBurst: 8, operateEveryMs: 1000 } });
    const flood = async (count: number) => {
      for (;;) await mallet.client.operate({ Account: alice.address, Operations: junk(count) });
    };
    await throwsMesh(flood(3), "ERR_QUOTA");
    await throwsMesh(flood(0), "ERR_QUOTA");
    assert.is(await use(), "ok");
    const own = await dealDecrypt(mallet, mallet.device.link);
    assert.is(
      codes(await operate(mallet.client, mallet.address, [agreement(own.capability.Id, ephemeralKey())])),
      "ok",
      "nor itself from its own keys",
    );
    const { capability: given } = await dealDecrypt(alice, mallet.device.link, { GranteeUdf: mallet.udf, GranteeAccount: mallet.address });
    await throwsMesh(operate(mallet.client, alice.address, [agreement(given.Id, ephemeralKey()), ...junk(1)]), "ERR_QUOTA");
    assert.is(
      codes(await operate(mallet.client, alice.address, [agreement(given.Id, ephemeralKey())])),
      "ok",
      "what is granted is the account's to bear",
    );
    await throwsMesh(operate(mallet.client, alice.address, [agreement(capability.Id, ephemeralKey())]), "ERR_QUOTA");
  });

  it("hears of the audit with what it is granted alone, and its answers are alike", async () => {
    const { alice, mallet, use, capability } = await house();
    const ephemeral = ephemeralKey();
    const look = (id?: string) => mallet.client.operate({ Account: alice.address, Operations: id === undefined ? [] : [agreement(id, ephemeral)] });
    const before = [await look(), await look(newNonce(random))];
    assert.is(await use(), "ok");
    const after = [await look(), await look(capability.Id)];
    assert.equal(after, before);
    for (const { AuditHead } of after) assert.is(AuditHead, undefined);
    const { capability: given } = await dealDecrypt(alice, mallet.device.link, { GranteeUdf: mallet.udf, GranteeAccount: mallet.address });
    const granted = await look(given.Id);
    assert.is(codes(granted.Results), "ok");
    assert.ok(granted.AuditHead, "who uses a key is shown what was written of it");
    assert.is((await look()).AuditHead, undefined);
  });
});

describe("operate: withdrawn while it is computed", (it) => {
  it("nothing of it is answered, neither what was computed nor what was not", async () => {
    const entry = { Id: "K", Active: true, GranteeUdf: "M", EnvelopedKeyShare: {} };
    const result = { curve: "X448", octets: generateScalarKey("X448", random).public.octets };
    let computed = 0;
    const agree = () => {
      computed += 1;
      if (computed === 2) entry.Active = false;
      return result;
    };
    const account = {
      address: "alice@example.com",
      authority: () => ({ rights: [] }),
      power: () => ({ tag: "CapabilityDecryptServiced", value: entry }),
      splits: { table: { isFrozen: () => false } },
    };
    const context = {
      limits: defaultLimits,
      clock: new ManualClock(0),
      book: { get: async () => account },
      rates: { takeOperations: () => undefined },
      powerRates: { take: () => undefined },
      shares: { forAgreement: () => ({ agree }) },
      audit: { append: async () => ({ head: undefined, refused: [] }) },
    } as unknown as ServiceContext;
    const Operations = Array.from({ length: 3 }, () => agreement("K", ephemeralKey()));
    const call = { caller: { linkUdf: "M" } } as unknown as Call;
    const { Results } = await transaction(context, { Account: account.address, Operations }, call);
    assert.is(codes(Results), Array(3).fill("ERR_NOT_AUTHORIZED").join(" "));
    assert.is(computed, 2, "nor is it computed any further");
  });
});
