/** A keyring that is opened after another one: what both hold is taken over, what only seems to be the same is read and refused. */

import { loadAccountFile } from "../../../src/account/context/account-file.ts";
import type { Keyring, StoreKey } from "../../../src/account/context/keyring.ts";
import { openKeyring } from "../../../src/account/context/keyring.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import type { CatalogedDevice, CatalogLabel } from "../../../src/schema/index.ts";
import { ActivationAccount, envelopeObject, knownPrivateKeyOf, openObject, privateKeyDataOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { type Household, ports, startHousehold } from "../../kit/household.ts";

const { random } = ports;

describe("a keyring after another", (it) => {
  let house: Household;
  let alice: AccountContext;
  let entry: CatalogedDevice;

  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    const file = await loadAccountFile(house.home("alice"));
    assert.ok(file);
    entry = file.CatalogedDevice;
  });

  it.after(() => house.stop());

  /** Alice's part of the account with another key in the first place of the activation. */
  function withFirstKey(change: (key: ActivationAccount["Entries"][number]["Key"]) => ActivationAccount["Entries"][number]["Key"]): CatalogedDevice {
    const { encryption, administrator } = alice.keys;
    assert.ok(administrator && entry.EnvelopedActivationAccount);
    const value = openObject(ActivationAccount, entry.EnvelopedActivationAccount, [encryption]);
    const [first, ...others] = value.Entries;
    assert.ok(first);
    return {
      ...entry,
      EnvelopedActivationAccount: envelopeObject({
        struct: ActivationAccount,
        value: { ...value, Entries: [{ ...first, Key: change(first.Key) }, ...others] },
        signers: [administrator.signature],
        recipients: [encryption.public],
        random,
      }),
    };
  }

  const open = (one: CatalogedDevice, before?: Keyring): Keyring => openKeyring(alice.identity, one, alice.profile, before ? { before } : {});
  const keysOf = ({ storeKeys, members }: Keyring) => [...storeKeys.values(), ...members.values()].flat().map(({ key }) => key);

  it("holds the very keys of before, which need not be checked again", () => {
    const again = keysOf(open(entry, alice.keys));
    assert.ok(again.length >= 15, `${again.length} keys`);
    assert.ok(keysOf(alice.keys).every((key, i) => key === again[i]));
    assert.ok(keysOf(open(entry)).every((key, i) => key !== again[i] && key.public.udf === again[i]?.public.udf));
  });

  it("takes a key that is new, and the others from before", () => {
    const fresh = generatePrivateKey("X448", random);
    const held = new Set(keysOf(alice.keys));
    const others = keysOf(
      open(
        withFirstKey(() => privateKeyDataOf(fresh)),
        alice.keys,
      ),
    ).filter((key) => !held.has(key));
    assert.equal(
      others.map(({ public: { udf } }) => udf),
      [fresh.public.udf],
    );
  });

  it("refuses the private half of another key under a fingerprint that it knows", async () => {
    const forged = withFirstKey((key) => ({ ...key, PrivateParameters: privateKeyDataOf(generatePrivateKey("X448", random)).PrivateParameters }));
    await throwsMesh(() => open(forged, alice.keys), "ERR_KEY");
    await throwsMesh(() => open(forged), "ERR_KEY");
  });

  it("of its own file is not compared again", async () => {
    const ofFile = openKeyring(alice.identity, entry, alice.profile, { isOwnFile: true });
    assert.equal(
      keysOf(ofFile).map((key) => [key.public.udf, key.export()]),
      keysOf(alice.keys).map((key) => [key.public.udf, key.export()]),
    );
    const forged = withFirstKey((key) => ({ ...key, PrivateParameters: privateKeyDataOf(generatePrivateKey("X448", random)).PrivateParameters }));
    assert.equal(
      keysOf(openKeyring(alice.identity, forged, alice.profile, { isOwnFile: true })).map((key) => key.public.udf),
      keysOf(alice.keys).map((key) => key.public.udf),
    );
  });

  it("is not kept by a device that joins and was given halves which do not belong together", async () => {
    const keys = alice.keys.storeKeys as Map<CatalogLabel, readonly StoreKey[]>;
    const whole = keys.get("MMM_Place") ?? [];
    const spoilt = whole.map(({ key, keyEpoch }) => {
      const { PrivateParameters } = privateKeyDataOf(generatePrivateKey("X448", random));
      return { key: knownPrivateKeyOf({ ...privateKeyDataOf(key), PrivateParameters }), keyEpoch };
    });
    keys.set("MMM_Place", spoilt);
    await throwsMesh(house.join(alice, "laptop", ["web"]), "ERR_KEY");
    assert.is(await loadAccountFile(house.home("laptop")), undefined);
    keys.set("MMM_Place", whole);
  });
});
