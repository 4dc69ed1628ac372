/** Places that two machines called the same at once: each can be told from the other, and said. */
import { addPlace, deletePlace, findPlace } from "../../src/account/index.ts";
import { placeCatalog } from "../../src/schema/index.ts";
import { assert, describe, throwsMesh } from "../harness/suite.ts";
import { threeMachines } from "../kit/household.ts";
import { machine } from "../kit/meshman-terminal.ts";

describe("places of one name", (it) => {
  it("are told apart by what they are in and the beginning of their keys", async () => {
    const { house, alice, laptop } = await threeMachines();
    const one = await addPlace(alice, { name: "study", parent: "hall" });
    const other = await addPlace(laptop, { name: "study" });
    await alice.sync();
    const begin = (key: string): string => key.slice(0, 9);
    const refused = await throwsMesh(() => findPlace(alice, "study"), "ERR_AMBIGUOUS");
    assert.match(refused.message, `study in hall (${begin(one.Key)})`);
    assert.match(refused.message, `study (${begin(other.Key)})`);
    assert.is(findPlace(alice, begin(other.Key).toLowerCase()).Key, other.Key);
    await alice.close();
    const { stdout } = await machine(house.home("alice"), house.service.url).run(["place", "list"]);
    for (const { Key } of [one, other]) assert.match(stdout, begin(Key));
    assert.match(stdout, /hall\t/, "a name that is there once is as it was");
    await deletePlace(laptop, begin(other.Key));
    await laptop.sync();
    assert.is(findPlace(laptop, "study").Key, one.Key);
    assert.is(laptop.list(placeCatalog).length, 2);
    await house.stop();
  });
});
