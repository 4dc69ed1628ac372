/**
 * A removed administrator with its old disk, the store key in force besides, and the service: it makes a machine that says it recovered the account.
 * Nobody takes it in without the root key's word, and a machine that recovers takes keys from nobody but the administrators in force.
 */
import { activateDevice } from "../../../src/account/connect/activate.ts";
import type { DeviceIdentity } from "../../../src/account/context/device-identity.ts";
import { identityOf } from "../../../src/account/context/device-identity.ts";
import { openKeyring } from "../../../src/account/context/keyring.ts";
import type { AccountContext, Authority } from "../../../src/account/index.ts";
import { authorityOf, recoverAccount, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { openKept } from "../../../src/account/recovery/recovered-authority.ts";
import { tag } from "../../../src/codec/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { CatalogedDevice, deviceCatalog, EscrowedKeys, envelopeObject, ProfileUser, publicKeyOf, verifyProfile } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import type { EditedHouse } from "./edited-house.ts";
import { address, startEditedHouse } from "./edited-house.ts";
import { groupUnder } from "./tamper.ts";

const { random } = ports;

describe("attack: a machine that says it recovered the account", (it) => {
  let scene: EditedHouse;
  /** A removed administrator: what it had when it was removed. */
  let thief: AccountContext;
  let kept: Authority;
  let mallory: DeviceIdentity;
  let recovered: AccountContext | undefined;

  /** Entry of the thief's machine under the keys that it kept, with the word of a key that is not the root. */
  function entryOf(root?: PrivateKey): CatalogedDevice {
    const options = { authority: kept, profile: mallory.profile, profileEnvelope: mallory.envelope, roles: ["admin", "web"] as const, ports };
    return activateDevice({ ...options, ...(root && { root }) }).device;
  }

  /** Shows the entry to everybody but Alice's first device, under the store key in force, closed by the machine that it introduces. */
  async function introduce(entry: CatalogedDevice): Promise<void> {
    const { alice, evil, show } = scene;
    const truth = await evil.frames(address, deviceCatalog.label);
    const storeKey = alice.keys.storeKeys.get(deviceCatalog.label)?.[0]?.key;
    assert.ok(storeKey);
    const { signature: signer } = openKeyring(mallory, entry, alice.profile);
    const group = groupUnder({
      writer: { accountUdf: alice.accountUdf, deviceUdf: mallory.udf },
      label: deviceCatalog.label,
      after: truth,
      key: mallory.udf,
      entry: tag(CatalogedDevice, entry),
      storeKey,
      signer,
      epoch: alice.sizeOf(deviceCatalog.label).epoch,
    });
    show(deviceCatalog.label, (all) => [...all, ...group], truth);
  }

  async function refused(entry: CatalogedDevice): Promise<void> {
    const { laptop, hub, honest } = scene;
    for (const victim of [laptop, hub]) await victim.sync();
    await introduce(entry);
    for (const victim of [laptop, hub]) {
      const error = await throwsMesh(victim.sync(), "ERR_VERIFICATION");
      assert.match(error.message, /MMM_Device was written by \S+, which has no right to/);
      assert.is(victim.directory.find(mallory.udf), undefined);
    }
    honest();
    for (const victim of [laptop, hub]) await victim.sync();
  }

  it.before(async () => {
    scene = await startEditedHouse();
    const { house, alice } = scene;
    mallory = await identityOf(house.home("mallory"), ports);
    thief = await house.join(alice, "thief", ["admin", "web"]);
    kept = authorityOf(thief);
    await revokeDevice(alice, thief.deviceUdf);
  });
  it.after(async () => {
    await recovered?.close();
    await scene.house.stop();
  });

  it("is not taken in before keys are replaced: in the first epoch the account's first device alone speaks for itself", async () => {
    assert.is(scene.alice.sizeOf(deviceCatalog.label).epoch, 0);
    await refused(entryOf());
    await refused(entryOf(kept.administrator.signature));
  });

  it("is not taken in after they were replaced, by the administrators' key of before or by its own word", async () => {
    const { alice } = scene;
    await replaceKeys(alice);
    await alice.sync();
    assert.ok(alice.sizeOf(deviceCatalog.label).epoch > 0);
    await refused(entryOf());
    await refused(entryOf(kept.administrator.signature));
    await refused(entryOf(mallory.base.profile));
  });

  it("is not taken in by the root key's word for another machine, nor for another connection of its own", async () => {
    const { house, alice } = scene;
    const seed = alice.keys.accountSeed;
    assert.ok(seed);
    recovered = await recoverAccount({ dir: house.home("recovered"), seed, address, serviceUrl: house.service.url, ports });
    const { EnvelopedRecoveredDevice: word } = recovered.get(deviceCatalog, recovered.deviceUdf) ?? {};
    assert.ok(word);
    await alice.sync();
    await refused({ ...entryOf(), EnvelopedRecoveredDevice: word });
    const root = alice.keys.profileSignature;
    const { EnvelopedRecoveredDevice: own } = entryOf(root);
    assert.ok(own);
    await refused({ ...entryOf(), EnvelopedRecoveredDevice: own });
  });

  it("does not come back by its own word when it was removed", async () => {
    const { alice, laptop, hub, evil, show, honest } = scene;
    const own = recovered?.get(deviceCatalog, recovered.deviceUdf);
    assert.ok(recovered && own);
    await revokeDevice(alice, recovered.deviceUdf);
    const truth = await evil.frames(address, deviceCatalog.label);
    const storeKey = recovered.keys.storeKeys.get(deviceCatalog.label)?.[0]?.key;
    assert.ok(storeKey);
    const entry = tag(CatalogedDevice, own);
    const { epoch } = alice.sizeOf(deviceCatalog.label);
    const group = groupUnder({
      writer: recovered,
      label: deviceCatalog.label,
      after: truth,
      key: recovered.deviceUdf,
      entry,
      storeKey,
      signer: recovered.keys.signature,
      epoch,
    });
    show(deviceCatalog.label, (all) => [...all, ...group], truth);
    for (const victim of [laptop, hub]) {
      assert.match((await throwsMesh(victim.sync(), "ERR_VERIFICATION")).message, /after it was removed/);
      assert.is(victim.directory.find(recovered.deviceUdf), undefined);
    }
    honest();
  });

  it("is handed keys by the administrators in force alone: what the removed one seals for recovery is refused", () => {
    const { alice } = scene;
    const { EscrowEncryption } = alice.profile;
    const seed = alice.keys.accountSeed;
    assert.ok(EscrowEncryption && seed !== undefined);
    const value: EscrowedKeys = { Entries: [] };
    const recipients = [publicKeyOf(EscrowEncryption)];
    const profile = verifyProfile(ProfileUser, alice.profileEnvelope);
    const forged = envelopeObject({ struct: EscrowedKeys, value, signers: [kept.administrator.signature], recipients, random });
    assert.throws(() => openKept(forged, { seed, profile }), /did not verify/);
    const genuine = envelopeObject({ struct: EscrowedKeys, value, signers: [authorityOf(alice).administrator.signature], recipients, random });
    assert.equal(openKept(genuine, { seed, profile }).Entries, []);
  });
});
