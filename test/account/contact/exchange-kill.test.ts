/** Two people of whom each is killed at any write while they become each other's contacts: done again, it is done once. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { attend, AccountContext as Context, contactOfAddress, pendingContacts } from "../../../src/account/index.ts";
import { contactCatalog } from "../../../src/schema/index.ts";
import { assert, describe } from "../../harness/suite.ts";
import { ports } from "../../kit/household.ts";
import { killPoints } from "../../kit/kill-points.ts";
import { startPutBackHouse } from "../../kit/put-back-house.ts";
import { survives } from "../../kit/survives.ts";

const { first, stride, timeoutMs } = killPoints(23);

describe("people who are killed while they exchange contacts", (it) => {
  it(
    "have each other once in the end, and nothing that waits",
    async () => {
      const house = await startPutBackHouse();
      const people = [await house.create("alice", "alice@example.com"), await house.create("bob", "bob@example.com")];
      const addresses = people.map(({ address }) => address);
      for (const person of people) await person.close();
      await house.backUp();
      const names = ["alice", "bob"];
      const kept = (name: string): string => join(house.dir, `${name}-kept`);
      for (const name of names) cpSync(house.home(name), kept(name), { recursive: true });
      const [alice = "", bob = ""] = names.map((name) => house.home(name));
      let deaths = 0;
      for (let count = first, isWhole = false; !isWhole; count += stride) {
        if (count > first) await house.putBack();
        for (const name of names) {
          rmSync(house.home(name), { recursive: true });
          cpSync(kept(name), house.home(name), { recursive: true });
        }
        isWhole = true;
        for (const [dir, deed, address] of [
          [alice, "ask", addresses[1] ?? ""],
          [bob, "accept", addresses[0] ?? ""],
        ] as const) {
          if (await survives({ dir, at: count, deed: [deed, address] })) continue;
          isWhole = false;
          deaths += 1;
          assert.ok(await survives({ dir, deed: [deed, address] }));
        }
        const open = await Promise.all([alice, bob].map((dir) => Context.open({ dir, ports })));
        for (const person of [...open, ...open]) {
          await person.sync();
          await attend(person, { claim: false });
        }
        for (const [at, person] of open.entries()) {
          const other = open[1 - at]!;
          assert.is(contactOfAddress(person, other.address)?.entry.Requested, undefined, `killed at write ${count}`);
          assert.is(contactOfAddress(person, other.address)?.pin?.udf, other.accountUdf, `killed at write ${count}`);
          assert.equal(await pendingContacts(person), [], `killed at write ${count}`);
          const self = person.list(contactCatalog).filter(({ value }) => value.Self);
          assert.is(person.list(contactCatalog).length - self.length, 1, `killed at write ${count}`);
        }
        for (const person of open) await person.close();
      }
      assert.ok(deaths > 2, `they died ${deaths} times`);
      await house.stop();
    },
    { timeoutMs },
  );
});
