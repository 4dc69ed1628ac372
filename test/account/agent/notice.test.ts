/** Notices of what waits: told again until they were told, and not after. */

import { NoticeBook } from "../../../src/account/agent/notice.ts";
import { requestContact } from "../../../src/account/index.ts";
import { assert, describe, onCleanup } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";

describe("notices", (it) => {
  it("what was not told is told again, by the same run and by one after a kill; what was told is not", async () => {
    const house = await startHousehold();
    onCleanup(() => house.stop());
    const alice = await house.create("alice", "alice@example.com");
    await requestContact(await house.create("bob", "bob@example.com"), alice.address);
    await alice.sync();
    const killed = new NoticeBook();
    assert.is((await killed.take(alice)).length, 1);
    assert.equal(await killed.take(alice), [], "it is on its way");
    const second = new NoticeBook();
    const [notice] = await second.take(alice);
    assert.ok(notice?.event === "message");
    second.settle(notice!, false);
    assert.equal(await second.take(alice), [notice]);
    second.settle(notice!, true);
    assert.equal(await second.take(alice), []);
    assert.equal(await new NoticeBook().take(alice), []);
  });
});
