/** A grant that no administration device has written, made by a service with the help of a hub: nobody believes it. */

import { addGrant } from "../../../src/account/index.ts";
import { tag } from "../../../src/codec/index.ts";
import { GrantBook } from "../../../src/hub/command/grant-book.ts";
import { CatalogedGrant, grantCatalog } from "../../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../../harness/suite.ts";
import { address, startEditedHouse } from "./edited-house.ts";
import { groupOf, groupUnder } from "./tamper.ts";

describe("attack: grants", (it) => {
  it("a hub and a service together grant nothing, neither in the hub's name nor in an administrator's", async () => {
    const { house, evil, alice, hub, show, honest } = await startEditedHouse();
    const desk = await house.join(alice, "desk", ["admin"]);
    const second = await house.join(alice, "second hub", ["hub"]);
    await addGrant(alice, { kind: "page", name: "the guest", terms: {} });
    for (const context of [desk, hub, second]) await context.sync();
    const truth = await evil.frames(address, "MMM_Grant");
    const forged: CatalogedGrant = { Key: "NEVIL", Kind: "page", LocalName: "evil", Rights: [{ Allows: "command", Risky: true }] };
    const of = { label: "MMM_Grant", after: truth, key: forged.Key, entry: tag(CatalogedGrant, forged) } as const;
    const storeKey = hub.keys.storeKeys.get("MMM_Grant")?.[0]?.key;
    assert.ok(storeKey);
    for (const group of [groupOf({ ...of, writer: hub }), groupUnder({ ...of, writer: alice, storeKey, signer: hub.keys.signature })]) {
      show("MMM_Grant", (all) => [...all, ...group], truth);
      for (const victim of [desk, second]) {
        await throwsMesh(victim.sync(), "ERR_VERIFICATION");
        assert.is(victim.get(grantCatalog, forged.Key), undefined);
      }
      assert.equal(
        new GrantBook(second).list().map(({ LocalName }) => LocalName),
        ["the guest"],
      );
      honest();
    }
    await house.stop();
  });
});
