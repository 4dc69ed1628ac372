/** Grants and guests by the commands. */
import { attend, dynamicCode, exchangeContact } from "../../../../src/account/index.ts";
import { assert, describe } from "../../../harness/suite.ts";
import { startHousehold } from "../../../kit/household.ts";
import { machine } from "../../../kit/meshman-terminal.ts";

describe("meshman grant, guest", (it) => {
  it(
    "are given, listed and taken back on administration devices; a guest is a contact whose fingerprint was verified",
    async () => {
      const house = await startHousehold();
      try {
        const alice = await house.create("laptop", "alice@example.com");
        const bob = await house.create("bob", "bob@example.com");
        await (await house.join(alice, "phone", ["web"])).close();
        const at = (name: string) => machine(house.home(name), house.service.url);
        const [mine, phone] = [at("laptop"), at("phone")];
        await mine.does("place", "add", "hall");

        const token = (
          await mine.does("grant", "add", "printer", "--kind", "token", "--place", "hall", "--class", "light,plug", "--until", "2h")
        ).trim();
        assert.match(token, /^N[A-Z2-7-]{20,}$/);
        const got = await mine.json("grant", "get", "printer");
        assert.equal([got.kind, got.may, got.where, got.state], ["token", "see and order", "light, plug, in hall", "good"]);
        assert.not.match(JSON.stringify(got), new RegExp(token));
        assert.match(await mine.does("grant", "add", "broker", "--kind", "mqtt", "--read-only"), /broker may see, everywhere, without an end/);
        assert.match(await mine.fails(2, "grant", "add", "x", "--kind", "mqtt", "--risky"), /never its to order/);
        assert.match(await mine.fails(2, "grant", "add", "x", "--kind", "guest"), /meshman guest add/);
        assert.match(await mine.fails(66, "grant", "add", "x", "--kind", "token", "--place", "cellar"), /cellar/);
        await phone.fails(77, "grant", "list");
        await mine.does("grant", "delete", "printer");
        assert.equal(
          (await mine.json("grant", "list")).grants.map(({ name }: { name: string }) => name),
          ["broker"],
        );

        assert.match(await mine.fails(66, "guest", "add", "bob@example.com"), /no contact/);
        await mine.does("contact", "add", "bob@example.com");
        assert.match(await mine.fails(77, "guest", "add", "bob@example.com"), /nobody has verified/);
        const { uri } = await dynamicCode(bob);
        await alice.refresh();
        await exchangeContact(alice, uri);
        await bob.sync();
        await attend(bob, { claim: false });
        await mine.does("account", "sync");
        assert.match(
          await mine.does("guest", "add", "Bob@example.com", "--place", "hall", "--until", "sunday"),
          /bob@example.com may see and order, in hall, until 20/,
        );
        const { grants } = await mine.json("guest", "list");
        assert.is(grants.length, 1);
        await mine.does("guest", "add", "bob@example.com", "--read-only");
        const again = (await mine.json("guest", "list")).grants;
        assert.equal([again.length, again[0].key, again[0].may], [1, grants[0].key, "see"], "the new terms alone");
        await mine.does("guest", "delete", "bob@example.com");
        assert.equal((await mine.json("guest", "list")).grants, []);
        await mine.fails(66, "guest", "delete", "bob@example.com");
      } finally {
        await house.stop();
      }
    },
    { timeoutMs: 240_000 },
  );
});
