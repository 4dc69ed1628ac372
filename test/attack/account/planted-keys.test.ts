/**
 * An administrator's machine chooses, while it is one, the keys that are to take the place of its own, hides what it has, and writes more names and higher
 * numbers than anybody draws: none of its keys comes into force, and its removal is not held up.
 */

import { administratorOf, authorityOf } from "../../../src/account/context/administrator.ts";
import { reissue } from "../../../src/account/device/reissue.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import { addPlace, replaceKeys, revokeDevice } from "../../../src/account/index.ts";
import { edit } from "../../../src/account/store/edit.ts";
import { dateTime } from "../../../src/base/clock.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { generatePrivateKey } from "../../../src/crypto/index.ts";
import type { HeldKey } from "../../../src/schema/index.ts";
import {
  accessCatalog,
  catalogLabels,
  EscrowedKeys,
  envelopeObject,
  escrowCatalog,
  privateKeyDataOf,
  publicKeyOf,
  replaceableMembers,
} from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import type { Household } from "../../kit/household.ts";
import { ports, startHousehold } from "../../kit/household.ts";

const resources = [...catalogLabels, ...replaceableMembers];
const most = Number.MAX_SAFE_INTEGER;
const junkOf = (letter: string): readonly HeldKey[] =>
  Array.from({ length: 5300 }, (_, at) => ({ Resource: "MMM_Place", KeyEpoch: at + 20, Udf: `M${letter.repeat(3)}-${at}-${letter.repeat(40)}` }));

describe("attack: a removed administrator's keys in the place of its own", (it) => {
  let house: Household;
  let alice: AccountContext;
  let laptop: AccountContext;
  const made = new Map<string, PrivateKey>();
  it.before(async () => {
    house = await startHousehold();
    alice = await house.create("alice", "alice@example.com");
    laptop = await house.join(alice, "laptop", ["admin"]);
    await laptop.sync();
  });
  it.after(() => house.stop());

  const curveOf = (resource: string) => (resource.endsWith("25519") ? "Ed25519" : resource.endsWith("Signature") ? "Ed448" : "X448");
  const make = (keyEpoch: number) =>
    resources.map((resource) => {
      const key = generatePrivateKey(curveOf(resource), ports.random);
      made.set(key.public.udf, key);
      return { resource, keyEpoch, key };
    });
  const nameOf = ({ resource, keyEpoch, key }: ReturnType<typeof make>[number]): HeldKey => ({
    Resource: resource,
    KeyEpoch: keyEpoch,
    Udf: key.public.udf,
  });

  /** Seals keys as if they had been drawn, under the names that are given. */
  async function escrow(keys: ReturnType<typeof make>, names: readonly HeldKey[]): Promise<void> {
    const value: EscrowedKeys = {
      Entries: keys.map(({ resource, keyEpoch, key }) => ({ Resource: resource, Key: privateKeyDataOf(key), KeyEpoch: keyEpoch })),
    };
    const readers = [...laptop.directory.withRole("admin"), ...laptop.directory.withRole("super")].map(({ connection }) =>
      publicKeyOf(connection.Encryption),
    );
    const sealed = envelopeObject({
      struct: EscrowedKeys,
      value,
      signers: [administratorOf(laptop).signature],
      recipients: readers,
      random: ports.random,
    });
    await laptop.transact({
      catalogs: [
        edit(escrowCatalog, "escrow", (current) => ({
          Key: "escrow",
          Updated: dateTime(ports.clock.now()),
          Keys: [...(current?.Keys ?? []), ...names],
          EnvelopedEscrowedKeys: [...(current?.EnvelopedEscrowedKeys ?? []), sealed],
        })),
      ],
    });
  }

  /** Changes what an Access entry says that its device was given. */
  const says = (device: AccountContext, change: (keys: readonly HeldKey[]) => readonly HeldKey[]) =>
    edit(accessCatalog, device.keys.connection.Authentication.Udf, (current) => {
      if (!current) return undefined;
      const { tag, value } = current.Capability;
      const Activation = { Version: value.Activation?.Version ?? 1, Keys: change(value.Activation?.Keys ?? []) };
      return { Capability: { tag, value: { ...value, Activation } } };
    });

  it(
    "are not taken, sealed beside the names, named, or in an activation of another administrator's; and what it held is replaced whatever it says of that",
    async () => {
      await escrow(make(7), []);
      // More names than count, the first of which would count if the others went, and an entry that has hardly room in a request.
      const first = make(3);
      const named = make(most);
      await escrow([...first, ...named], [...first.map(nameOf), ...junkOf("A"), ...named.map(nameOf)]);
      const authority = authorityOf(laptop);
      const planted = make(9);
      const storeKeys = new Map(
        [...authority.storeKeys].map(([label, keys]) => [label, [...planted.filter(({ resource }) => resource === label), ...keys]] as const),
      );
      await laptop.transact({ catalogs: reissue(laptop, { deviceUdf: alice.deviceUdf, authority: { ...authority, storeKeys } }) });
      // The entry says nothing of these keys.
      await laptop.transact({ catalogs: [says(alice, (keys) => keys.filter(({ Udf }) => !made.has(Udf)))] });
      // It is no administrator any more, by its own word, and was given nothing.
      const [own] = reissue(laptop, { deviceUdf: laptop.deviceUdf, roles: ["device"] });
      assert.ok(own);
      await laptop.transact({ catalogs: [says(laptop, () => [])] });
      await laptop.transact({ catalogs: [own] });
      await alice.sync();
      const before = alice.profile;
      const opened = new Map(alice.keys.storeKeys);
      assert.ok(made.has(opened.get("MMM_Place")?.[0]?.key.public.udf ?? ""), "alice's machine was given the planted keys");

      await revokeDevice(alice, laptop.deviceUdf);
      assert.ok((alice.get(escrowCatalog, "escrow")?.Keys.length ?? 0) < 2000, "what does not count leaves the list");
      const done = await replaceKeys(alice);
      assert.equal([done.waiting, done.without], [[], []]);
      for (const member of replaceableMembers) {
        assert.not(made.has(alice.profile[member].Udf), member);
        assert.is.not(alice.profile[member].Udf, before[member].Udf, `${member} is another one`);
      }
      for (const label of catalogLabels) {
        const inForce = alice.keys.storeKeys.get(label)?.find(({ keyEpoch }) => keyEpoch === alice.keyEpochOf(label));
        assert.ok(inForce && inForce.keyEpoch > 0 && inForce.keyEpoch < 20, `${label} goes on from number to number`);
        assert.not(made.has(inForce.key.public.udf), label);
        assert.not(
          (opened.get(label) ?? []).some(({ key }) => key.public.udf === inForce.key.public.udf),
          `${label} has another key`,
        );
      }
      await addPlace(alice, { name: "after its removal" });
      await alice.sync();
    },
    { timeoutMs: 120_000 },
  );

  it(
    "are not taken under a number so high that hardly one comes after it, drawn or begun by an administrator that still is one",
    async () => {
      laptop = await house.join(alice, "desk", ["admin", "web"]);
      const phone = await house.join(alice, "phone", ["web"]);
      await laptop.sync();
      const [planted] = make(most).filter(({ resource }) => resource === "MMM_Place");
      assert.ok(planted);
      await escrow([planted], [nameOf(planted)]);
      await alice.sync();
      await revokeDevice(alice, phone.deviceUdf);
      await replaceKeys(alice);
      const inForce = alice.keyEpochOf("MMM_Place");
      assert.ok(inForce < 6100, `key ${inForce}`);

      await laptop.sync();
      const authority = authorityOf(laptop);
      const storeKeys = new Map([...authority.storeKeys, ["MMM_Place", [planted, ...(authority.storeKeys.get("MMM_Place") ?? [])]] as const]);
      for (const { deviceUdf } of [laptop, alice]) {
        await laptop.transact({ catalogs: reissue(laptop, { deviceUdf, authority: { ...authority, storeKeys } }) });
        await laptop.sync();
      }
      await laptop.beginEpochs({ reason: "Rekey", stores: [{ label: "MMM_Place", keyEpoch: most }] });
      await throwsMesh(alice.sync(), "ERR_VERIFICATION");
      // What it says that it was given is no reason why its removal would not fit into a request.
      await laptop.transact({ catalogs: [says(laptop, (keys) => [...keys, ...junkOf("B").slice(300)])] });
      await revokeDevice(alice, laptop.deviceUdf);
      await replaceKeys(alice);
      assert.ok(alice.keyEpochOf("MMM_Place") > inForce && alice.keyEpochOf("MMM_Place") < 6200);
      await addPlace(alice, { name: "after another removal" });
      await alice.sync();
    },
    { timeoutMs: 120_000 },
  );
});
