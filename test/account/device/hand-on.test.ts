import type { AccountContext } from "../../../src/account/index.ts";
import { attend, createAccount, edit, handOnKeys, waitingStores } from "../../../src/account/index.ts";
import { tag } from "../../../src/codec/index.ts";
import { openEnvelope, sealEnvelope } from "../../../src/dare/index.ts";
import type { CatalogedAccess, Role } from "../../../src/schema/index.ts";
import { accessCatalog, CatalogedPlace, catalogLabels, publicKeyOf } from "../../../src/schema/index.ts";
import { assert, describe, onCleanup, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";
import { joinOnly } from "../../kit/join-only.ts";

const tasks = { label: "MMM_Task", entry: CatalogedPlace, keyOf: ({ Key }: CatalogedPlace) => Key } as const;

async function write(context: AccountContext, key: string): Promise<void> {
  const entry = tag(CatalogedPlace, { Key: key, LocalName: key });
  await context.transact({ catalogs: [{ store: "MMM_Task", key, change: () => entry }] });
}

/** An envelope that anybody may seal to the account. */
const letter = (context: AccountContext) =>
  sealEnvelope({ plaintext: new Uint8Array([7]), recipients: [publicKeyOf(context.profile.AccountEncryption)], random: ports.random });

const opens = (context: AccountContext, sealed: ReturnType<typeof letter>): boolean => {
  const { accountEncryption } = context.keys;
  return accountEncryption !== undefined && openEnvelope(sealed, { keys: [accountEncryption] })[0] === 7;
};

describe("account: keys of the account by role", (it) => {
  let house: Household;
  let alice: AccountContext;
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
  });
  it.after(() => house.stop());

  it("lets every device of role message, web or admin open what is sealed to the account, and no other", async () => {
    const sealed = letter(alice);
    const wanted: [string, Role[], boolean][] = [
      ["phone", ["message"], true],
      ["pad", ["web"], true],
      ["laptop", ["admin"], true],
      ["hub", ["hub"], false],
      ["watch", ["device", "command"], false],
    ];
    assert.is(opens(alice, sealed), true);
    for (const [name, roles, may] of wanted) {
      const { keys, profile } = await house.join(alice, name, roles);
      assert.is(keys.accountEncryption?.public.udf, may ? profile.AccountEncryption.Udf : undefined, name);
      assert.is(keys.accountAuthentication?.public.udf, may ? profile.AccountAuthentication.Udf : undefined, name);
      assert.is(keys.accountSignature?.public.udf, may ? profile.AccountSignature.Udf : undefined, name);
    }
    assert.equal(await handOnKeys(alice), []);
  });

  it("hands them on in an account of an earlier version, once, and to a hub the store alone that there was not", async () => {
    const phone = await house.join(alice, "phone of before", ["message"]);
    const hub = await house.join(alice, "hub of before", ["hub"]);
    // What 0.1.0 and 0.2.0 wrote: no summary, and no such keys.
    await alice.sync();
    const { accountEncryption: _e, accountAuthentication: _a, ...before } = phone.keys;
    assert.ok(before.accountSignature);
    const strip = ({ Capability }: CatalogedAccess): CatalogedAccess => {
      const { Activation: _activation, ...value } = Capability.value;
      return { Capability: { ...Capability, value } };
    };
    const old = alice.list(accessCatalog).filter(({ value }) => [phone.deviceUdf, hub.deviceUdf].includes(value.Capability.value.DeviceUdf ?? ""));
    await alice.transact({ catalogs: old.map(({ key }) => edit(accessCatalog, key, (entry) => entry && strip(entry))) });
    const handed = await handOnKeys(alice);
    assert.equal(handed, [
      { deviceUdf: phone.deviceUdf, name: "phone of before", keys: ["AccountEncryption", "AccountAuthentication", "MMM_Joined", "MMM_Automation"] },
      { deviceUdf: hub.deviceUdf, name: "hub of before", keys: ["MMM_Joined", "MMM_Grant", "MMM_Automation"] },
    ]);
    assert.equal(await handOnKeys(alice), []);
    await phone.sync();
    assert.is(phone.keys.version, 2);
    assert.is(opens(phone, letter(alice)), true);
    await hub.sync();
    assert.is(hub.keys.version, 2);
    assert.not(hub.keys.accountEncryption);
  });

  it("is no business of a device that is no administrator", async () => {
    const pad = await house.join(alice, "pad 2", ["web"]);
    assert.equal(await handOnKeys(pad), []);
  });
});

/** An account as a version made it that had no MMM_Task. The option stands in for such a version. */
async function olderAccount(house: Household, name: string): Promise<AccountContext> {
  const catalogs = catalogLabels.filter((label) => label !== "MMM_Task");
  const context = await createAccount({
    dir: house.home(name),
    address: `${name}@example.com`,
    serviceUrl: house.service.url,
    localName: name,
    catalogs,
    ports,
  });
  onCleanup(() => context.close());
  return context;
}

describe("account: a store that a newer version adds", (it) => {
  let house: Household;
  it.before(async () => {
    house = await startHousehold();
  });
  it.after(() => house.stop());

  it("says what it waits for until an administrator comes, who makes key and frame 0 and hands it to those that read it", async () => {
    const carol = await olderAccount(house, "carol");
    const pad = await house.join(carol, "pad of carol", ["web"]);
    // To join made it: `attend` hands on first.
    assert.equal(waitingStores(carol), []);
    await pad.sync();
    await write(pad, "bread");
    await carol.sync();
    assert.is(carol.get(tasks, "bread")?.LocalName, "bread");
  });

  it("tells a device without the key who is to hand it on", async () => {
    const dave = await olderAccount(house, "dave");
    assert.equal(waitingStores(dave), ["MMM_Task"]);
    const refused: unknown = await write(dave, "bread").catch((error: unknown) => error);
    assert.match(String(refused), /no right|may not read MMM_Task/);
    const shown = await throwsMesh(() => dave.list(tasks), "ERR_NOT_AUTHORIZED");
    assert.match(String(shown), /no key of MMM_Task yet: it waits for dave/);
    const events = await attend(dave, { claim: false });
    assert.equal(events, [{ kind: "handed", deviceUdf: dave.deviceUdf, name: "dave", reason: "MMM_Task" }]);
    assert.ok(dave.heads().some(({ Store }) => Store === "MMM_Task"));
    await write(dave, "milk");
  });

  it("can be read by a device from the moment it has the key, also while its copies are opened anew", async () => {
    const frank = await olderAccount(house, "frank");
    const pad = await joinOnly(house, frank, "pad of frank", ["web"]);
    await frank.sync();
    await handOnKeys(frank);
    assert.equal(waitingStores(pad), ["MMM_Task"]);
    let isOver = false;
    const synced = pad.sync().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      if (waitingStores(pad).length === 0) assert.equal(pad.list(tasks), []);
      await new Promise(setImmediate);
    }
    await synced;
    assert.equal(waitingStores(pad), []);
  });

  it("has one key when two administrators come at once, and an administrator without the seed makes one too", async () => {
    const erin = await olderAccount(house, "erin");
    const laptop = await joinOnly(house, erin, "laptop of erin", ["admin"]);
    const pad = await joinOnly(house, erin, "pad of erin", ["web"]);
    await erin.sync();
    assert.equal(waitingStores(laptop), ["MMM_Task"]);
    await Promise.all([handOnKeys(laptop), handOnKeys(erin)]);
    for (const context of [erin, laptop, pad]) {
      await context.sync();
      await handOnKeys(context);
    }
    for (const context of [erin, laptop, pad]) await context.sync();
    const keyOf = (context: AccountContext): readonly string[] => (context.keys.storeKeys.get("MMM_Task") ?? []).map(({ key }) => key.public.udf);
    assert.is(keyOf(erin).length, 1);
    assert.equal(keyOf(laptop), keyOf(erin));
    assert.equal(keyOf(pad), keyOf(erin));
    await write(pad, "eggs");
    await laptop.sync();
    assert.is(laptop.get(tasks, "eggs")?.LocalName, "eggs");
  });
});
