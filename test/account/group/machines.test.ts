/** Which machine of an account administers a group, and the end of its standing there. */
import { existsSync, readdirSync } from "node:fs";
import { groupDirectory } from "../../../src/account/group/group-directory.ts";
import { machineNames } from "../../../src/account/group/machine-names.ts";
import type { AccountContext } from "../../../src/account/index.ts";
import {
  addMember,
  edit,
  groupMachines,
  inGroup,
  keysToReplace,
  revokeDevice,
  standingsOf,
  syncGroup,
  unpinMachine,
} from "../../../src/account/index.ts";
import type { PrivateKey } from "../../../src/crypto/index.ts";
import { deriveKey, newSeed, seedSpecifier } from "../../../src/crypto/index.ts";
import { envelopeObject, GroupMachine, groupCatalog, groupKey, keyDataOf } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { accept, administrator, family, friend, opens, sealedTo, startFamily } from "../../kit/family.ts";
import { ports } from "../../kit/household.ts";

const udfInGroup = (own: AccountContext) => inGroup(own, family, async ({ deviceUdf }) => deviceUdf);

describe("the machines that administer a group", (it) => {
  it(
    "are known by their own word, and one whose standing has ended has no key of the group, neither at the service nor on its disk",
    async () => {
      const house = await startFamily();
      const { alice } = house;
      const bob = await friend(house, "bob");
      const laptop = await administrator(house, "laptop", { root: true });
      const tablet = await administrator(house, "tablet", { root: false });
      await addMember(laptop, family, bob.address);
      await accept(bob);
      const shown = await groupMachines(alice, family);
      assert.equal(
        shown.map(({ isThis, deviceUdf, mayHoldRoot }) => [isThis, deviceUdf, mayHoldRoot]).sort(),
        [
          [true, alice.deviceUdf, true],
          [false, laptop.deviceUdf, true],
          [false, tablet.deviceUdf, false],
        ].sort(),
      );
      const machineUdf = await udfInGroup(laptop);
      const [standing, ...more] = await standingsOf(alice, laptop.deviceUdf);
      assert.equal(more, []);
      assert.equal(standing, { address: family, machineUdf, isHere: true, others: [alice.deviceUdf, tablet.deviceUdf] });

      const former = await inGroup(alice, family, async ({ profile }) => profile);
      await revokeDevice(alice, laptop.deviceUdf);
      const { mayHoldRoot, renewed } = await unpinMachine(alice, family, machineUdf);
      assert.is(mayHoldRoot, true);
      assert.equal(
        renewed?.members.map(({ address, outcome }) => [address, outcome]),
        [[bob.address, "invited"]],
      );
      await inGroup(alice, family, async (group) => {
        assert.is.not(group.profile.AccountEncryption.Udf, former.AccountEncryption.Udf, "another key");
        assert.is.not(group.profile.AdministratorSignature.Udf, former.AdministratorSignature.Udf, "another administrators' key");
        assert.equal(keysToReplace(group, machineUdf), []);
      });
      assert.equal(await standingsOf(alice, laptop.deviceUdf), []);
      const error = await throwsMesh(udfInGroup(laptop), "ERR_NOT_AUTHORIZED");
      assert.match(error.message, /administers family@example\.com no more: removed from the account family@example\.com/);
      const left = readdirSync(groupDirectory(laptop.dir, family)).filter((name) => name !== ".lock");
      assert.equal(left, ["removed.json"]);
      assert.ok(existsSync(laptop.dir), "what the account says of the machine is another thing");

      // Done again it goes on, and the others go on with the group.
      await unpinMachine(alice, family, machineUdf);
      await throwsMesh(unpinMachine(alice, family, "MAAA-AAAA"), "ERR_NOT_FOUND");
      await tablet.sync();
      // The renewal has dealt it a part of the new key.
      assert.equal(await syncGroup(tablet, family), { administrators: 2, dealt: [] });
      assert.is((await addMember(tablet, family, bob.address)).outcome, "invited");
      await accept(bob);
      assert.is(await opens(bob, await sealedTo(alice, "after it")), "after it");
    },
    { timeoutMs: 400_000 },
  );

  it(
    "are not taken for one another by what a machine writes: it says nothing of others, and one that says nothing is shown",
    async () => {
      const house = await startFamily();
      const { alice } = house;
      const laptop = await administrator(house, "laptop", { root: false });
      const tablet = await administrator(house, "tablet", { root: false });
      const [ofTablet, ofAlice] = [await udfInGroup(tablet), await udfInGroup(alice)];
      const group = await inGroup(laptop, family, async ({ accountUdf, identity }) => ({ accountUdf, identity }));
      const word = (device: typeof alice.identity, machine: typeof alice.identity, accountUdf = laptop.accountUdf) =>
        envelopeObject({
          struct: GroupMachine,
          value: {
            AccountUdf: accountUdf,
            GroupUdf: group.accountUdf,
            DeviceKey: keyDataOf(device.base.profile.public),
            MachineKey: keyDataOf(machine.base.profile.public),
          },
          signers: [laptop.identity.base.profile, group.identity.base.profile],
          random: ports.random,
        });
      const identityOf = (own: AccountContext) => inGroup(own, family, async ({ identity }) => identity);
      const made = [
        // Alice's machine of the group as the laptop's, its own as the tablet's, and one of another account.
        word(laptop.identity, await identityOf(alice)),
        word(tablet.identity, group.identity),
        word(laptop.identity, group.identity, tablet.deviceUdf),
      ];
      await laptop.sync();
      await laptop.transact({
        catalogs: [
          edit(groupCatalog, groupKey(family), (entry) => entry && { ...entry, Machines: [...made, ...(entry.Machines ?? []).slice(0, 1)] }),
        ],
      });
      await alice.sync();
      assert.equal(
        machineNames(alice).map(({ machines }) => machines),
        [[{ deviceUdf: alice.deviceUdf, machineUdf: ofAlice }]],
      );
      assert.equal(await standingsOf(alice, laptop.deviceUdf), []);
      const shown = await groupMachines(alice, family);
      assert.equal(
        shown.map(({ machineUdf, deviceUdf }) => [machineUdf, deviceUdf]).filter(([, deviceUdf]) => deviceUdf === undefined).length,
        2,
        "two are shown as machines that say nothing",
      );
      // The tablet says it again with its next turn.
      await tablet.sync();
      await syncGroup(tablet, family);
      await alice.sync();
      assert.equal(
        (await standingsOf(alice, tablet.deviceUdf)).map(({ machineUdf }) => machineUdf),
        [ofTablet],
      );
    },
    { timeoutMs: 400_000 },
  );

  it(
    "are not hidden by a word of a device that nobody knows, or that may write of no groups: the machine is shown as one that says nothing, and its own word counts beside it",
    async () => {
      const house = await startFamily();
      const { alice } = house;
      const laptop = await administrator(house, "laptop", { root: false });
      const ofLaptop = await udfInGroup(laptop);
      const group = await inGroup(laptop, family, async ({ accountUdf, identity }) => ({ accountUdf, identity }));
      const hub = await house.join(alice, "hub", ["hub"]);
      const word = (device: PrivateKey) =>
        envelopeObject({
          struct: GroupMachine,
          value: {
            AccountUdf: laptop.accountUdf,
            GroupUdf: group.accountUdf,
            DeviceKey: keyDataOf(device.public),
            MachineKey: keyDataOf(group.identity.base.profile.public),
          },
          signers: [device, group.identity.base.profile],
          random: ports.random,
        });
      const writes = async (machines: readonly PrivateKey[]): Promise<void> => {
        await laptop.sync();
        const Machines = machines.map(word);
        await laptop.transact({ catalogs: [edit(groupCatalog, groupKey(family), (entry) => entry && { ...entry, Machines })] });
        await alice.sync();
      };
      const shown = async () => (await groupMachines(alice, family)).find(({ machineUdf }) => machineUdf === ofLaptop)?.deviceUdf;
      const invented = deriveKey(newSeed(ports.random, seedSpecifier.device), "invented", "Ed448");
      await writes([invented, laptop.identity.base.profile]);
      assert.is(await shown(), laptop.deviceUdf);
      await writes([invented]);
      assert.is(await shown(), undefined);
      await writes([hub.identity.base.profile]);
      assert.is(await shown(), undefined);
      await revokeDevice(alice, laptop.deviceUdf);
      assert.is(await shown(), undefined, "also once it was removed");
      await unpinMachine(alice, family, ofLaptop);
    },
    { timeoutMs: 400_000 },
  );
});
