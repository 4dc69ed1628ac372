/** Who may make an account: by invitation, on a list, everybody, nobody; and how many from one network. */
import { writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BindPolicy } from "../../src/provider/index.ts";
import { InvitationBook } from "../../src/provider/index.ts";
import { movableClock } from "../harness/manual-clock.ts";
import { assert, describe, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { Person, random, startService } from "../kit/service.ts";

const day = 24 * 3600_000;

async function door(bind: BindPolicy, limits: Record<string, number> = {}) {
  const clock = movableClock();
  const { service, dir } = await startService({ bind, clock, limits });
  const book = new InvitationBook({ dir, serviceUdf: service.udf, clock });
  const person = (name: string): Promise<Person> => Person.meet(`${name}@example.com`, service.url);
  const bind_ = async (who: Person, invitation?: string): Promise<unknown> =>
    who.client.bind({
      AccountAddress: who.address,
      EnvelopedProfileAccount: who.profile,
      EnvelopedBindAuthorization: await who.authorization(),
      ...(invitation === undefined ? {} : { Invitation: invitation }),
    });
  return { service, dir, clock, book, person, bind: bind_ };
}

describe("provider: who may make an account", (it) => {
  it("asks for an invitation, which makes one account and holds for its time", async () => {
    const { dir, clock, book, person, bind } = await door({ kind: "invitation" });
    const [alice, bob] = [await person("alice"), await person("bob")];
    assert.match((await throwsMesh(bind(alice), "ERR_NOT_INVITED")).message, /by invitation/);
    assert.match((await throwsMesh(bind(alice, "1!8"), "ERR_NOT_INVITED")).message, /no invitation/);
    const { code } = await book.make({ random, lifetimeMs: day });
    const files = await readdir(join(dir, "invitations"));
    for (const name of files) {
      assert.not.match(name + (await readFile(join(dir, "invitations", name), "utf8")), new RegExp(code.replaceAll("-", "-?"), "i"));
    }
    await bind(alice, code);
    await bind(alice, code);
    await bind(alice);
    assert.match((await throwsMesh(bind(bob, code), "ERR_NOT_INVITED")).message, /used/);
    const late = await book.make({ random, lifetimeMs: day });
    clock.ahead += 2 * day;
    // Sessions from before have ended by then.
    assert.match((await throwsMesh(bind(await person("carol"), late.code), "ERR_NOT_INVITED")).message, /expired/);
    assert.equal((await book.list()).map(({ UsedBy }) => UsedBy ?? "nobody").sort(), [alice.address, "nobody"]);
  });

  it("lets two owners race for one invitation, and one of them win", async () => {
    const { book, person, bind } = await door({ kind: "invitation" });
    const { code } = await book.make({ random, lifetimeMs: day });
    const people = await Promise.all(["a", "b", "c", "d"].map((name) => person(name)));
    const done = await Promise.allSettled(people.map((who) => bind(who, code)));
    assert.is(done.filter(({ status }) => status === "fulfilled").length, 1);
  });

  it("takes an invitation for its address alone, none that was revoked, and none of another service", async () => {
    const { book, person, bind, clock, dir } = await door({ kind: "invitation" });
    const alice = await person("alice");
    const named = await book.make({ random, lifetimeMs: day, address: "bob@example.com" });
    assert.match((await throwsMesh(bind(alice, named.code), "ERR_NOT_INVITED")).message, /another address/);
    const foreign = await new InvitationBook({ dir, serviceUdf: "MOTHER", clock }).make({ random, lifetimeMs: day });
    await throwsMesh(bind(alice, foreign.code), "ERR_NOT_INVITED");
    const gone = await book.make({ random, lifetimeMs: day });
    for (const { id, AccountAddress } of await book.list()) if (AccountAddress === undefined) await book.revoke(id.slice(0, 12));
    await throwsMesh(bind(alice, gone.code), "ERR_NOT_INVITED");
    await throwsMesh(book.revoke("0000"), "ERR_NOT_FOUND");
    await bind(await person("bob"), named.code);
  });

  it("reads its list at each new account, and makes none when it is off", async () => {
    const file = join(tempDirectory(), "list");
    writeFileSync(file, "# owners\nAlice@example.com\n\n");
    const listed = await door({ kind: "list", file });
    await listed.bind(await listed.person("alice"));
    const bob = await listed.person("bob");
    assert.match((await throwsMesh(listed.bind(bob), "ERR_NOT_INVITED")).message, /list/);
    writeFileSync(file, "bob@example.com\n");
    await listed.bind(bob);
    await listed.bind(bob);
    const off = await door({ kind: "off" });
    await throwsMesh(off.bind(await off.person("alice")), "ERR_NOT_INVITED");
  });

  it("bounds new accounts of one network, and says by how much; accounts that are there go on", async () => {
    const { person, bind } = await door({ kind: "open" }, { bindBurst: 3, rebindBurst: 2 });
    const alice = await person("alice");
    await bind(alice);
    await bind(await person("b1"));
    await bind(await person("b2"));
    const refused = await throwsMesh(bind(await person("b3")), "ERR_QUOTA");
    assert.match(refused.message, /new accounts.*3 at once, then one every 600 s/);
    await bind(alice);
    await bind(alice);
    assert.match((await throwsMesh(bind(alice), "ERR_QUOTA")).message, /2 at once/);
    await alice.client.status({ Account: alice.address });
  });
});
