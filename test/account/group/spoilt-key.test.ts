import type { AccountContext, CatalogWrite } from "../../../src/account/index.ts";
import { addMember, inGroup, members, put, remove, removeFromGroup, renewGroup } from "../../../src/account/index.ts";
import { tag } from "../../../src/codec/index.ts";
import { generateScalarKey } from "../../../src/crypto/index.ts";
import {
  CatalogedMember,
  groupKeyCatalog,
  groupKeyEntry,
  keyDataOf,
  nextGroupKeyCatalog,
  nextGroupKeyEntry,
  privateKeyDataOf,
} from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { accept, family, friend, keyNow, opens, sealedTo, startFamily } from "../../kit/family.ts";
import { ports } from "../../kit/household.ts";

const otherType = (key: string): CatalogWrite => ({
  store: groupKeyCatalog.label,
  key,
  change: () => tag(CatalogedMember, { ContactAddress: "nobody@example.com" }),
});

/** What somebody writes, and what he calls it. */
const spoiling: readonly (readonly [string, (group: AccountContext) => readonly CatalogWrite[]])[] = [
  [
    "a key whose halves do not belong together, under the name of a member's share",
    (group) => [
      put(groupKeyCatalog, {
        PowerId: members(group)[0]?.ServiceCapabilityId ?? "",
        Own: { ...privateKeyDataOf(generateScalarKey("X448", ports.random)), ...keyDataOf(generateScalarKey("X448", ports.random).public) },
        Service: keyDataOf(generateScalarKey("X448", ports.random).public),
      }),
    ],
  ],
  ["an entry of another type", () => [otherType(groupKeyEntry)]],
  ["nothing", () => [remove(groupKeyCatalog, groupKeyEntry)]],
  ["the key in force as the next one", (group) => [put(nextGroupKeyCatalog, { ...group.get(groupKeyCatalog, groupKeyEntry)! })]],
  ["an entry of another type as the next one", () => [otherType(nextGroupKeyEntry)]],
];

describe("the place of a group's key", (it) => {
  it(
    "keeps no renewal back, whatever is in it, and what members have opens what is older",
    async () => {
      const house = await startFamily();
      const { alice } = house;
      const [bob, carol] = [await friend(house, "bob"), await friend(house, "carol")];
      await addMember(alice, family, bob.address);
      await accept(bob);
      for (const [what, write] of spoiling) {
        const former = await keyNow(alice);
        const older = await sealedTo(alice, `before ${what}`);
        await inGroup(alice, family, (group) => group.transact({ catalogs: [...write(group)] }));
        await renewGroup(alice, family);
        assert.is.not((await keyNow(alice)).udf, former.udf, what);
        await accept(bob);
        assert.is(await opens(bob, await sealedTo(alice, what)), what);
        assert.is(await opens(bob, older), `before ${what}`, what);
      }
      // A removal renews it, too.
      await addMember(alice, family, carol.address);
      await inGroup(alice, family, (group) => group.transact({ catalogs: [...(spoiling[3]?.[1](group) ?? [])] }));
      const former = await keyNow(alice);
      await removeFromGroup(alice, family, carol.address);
      assert.is.not((await keyNow(alice)).udf, former.udf);
    },
    { timeoutMs: 400_000 },
  );
});
