/** Passwords, networks, bookmarks and appointments by the commands: on the machines that may read them, and on no other. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("meshman password, network, bookmark, calendar", (it) => {
  it(
    "keep, show, replace and forget; a phone of role threshold opens them until it is deleted, a hub reads networks alone",
    async () => {
      const house = await startHousehold();
      try {
        const laptop = await house.create("laptop", "alice@example.com");
        const at = (name: string) => machine(house.home(name), house.service.url);
        const [mine, phone, hub] = [at("laptop"), at("phone"), at("hub")];
        await (await house.join(laptop, "phone", ["threshold"])).close();
        await (await house.join(laptop, "hub", ["hub"])).close();

        const file = join(tempDirectory(), "secret");
        writeFileSync(file, "correct horse\n");
        assert.match(await mine.does("password", "add", "shop.example", "alice", "--password-file", file), /^alice@shop\.example$/m);
        assert.is((await phone.json("password", "get", "shop.example")).password, "correct horse");
        const list = await phone.does("password", "list");
        assert.match(list, /shop\.example\talice/);
        assert.not.match(list, /correct/);
        // By one who may only open it together with the service, too.
        assert.is((await phone.json("password", "add", "shop.example", "alice2", "battery staple")).replaced, true);
        assert.equal(
          [(await mine.json("password", "get", "shop.example")).user, (await mine.json("password", "get", "shop.example")).password],
          ["alice2", "battery staple"],
        );
        await hub.fails(77, "password", "list");

        assert.is((await mine.json("network", "add", "home", "12345678")).replaced, false);
        await mine.does("place", "add", "garden");
        assert.equal((await mine.json("network", "add", "home", "12345678", "--place", "garden")).places, ["garden"]);
        assert.equal((await mine.json("network", "add", "home", "12345679")).places, ["garden"], "another password changes no places");
        await mine.fails(66, "network", "add", "home", "12345678", "--place", "cellar");
        const conf = join(tempDirectory(), "wpa.conf");
        writeFileSync(
          conf,
          'network={\n ssid="home"\n psk="87654321"\n}\nnetwork={\n ssid="guests"\n psk="for guests"\n}\nnetwork={\n ssid="open"\n}\n',
        );
        const taken = await mine.run(["network", "import", conf]);
        assert.is(taken.status, 0, taken.stderr);
        assert.match(taken.stderr, /passed over: "open": it has no password/);
        assert.match(taken.stderr, /2 networks kept, 1 of them new/);
        assert.is((await hub.json("network", "get", "home")).password, "87654321");
        assert.equal((await mine.json("network", "list")).networks, [
          { ssid: "guests", places: [] },
          { ssid: "home", places: ["garden"] },
        ]);
        assert.equal(
          (await hub.json("network", "list")).networks.map(({ ssid }: { ssid: string }) => ssid),
          ["guests", "home"],
        );
        await mine.does("network", "delete", "guests");
        await mine.fails(66, "network", "get", "guests");

        await mine.does("bookmark", "add", "https://example.com/", "An example", "--path", "misc/example");
        assert.is((await phone.json("bookmark", "get", "misc/example")).uri, "https://example.com/");
        const id = (await mine.does("calendar", "add", "Dentist", "--start", "2026-12-24T18:00Z", "--location", "Bath")).trim();
        assert.equal((({ title, start, location }) => [title, start, location])(await phone.json("calendar", "get", id)), [
          "Dentist",
          "2026-12-24T18:00:00Z",
          "Bath",
        ]);
        await mine.does("calendar", "delete", id);
        assert.equal((await mine.json("calendar", "list")).appointments, []);

        await mine.does("device", "delete", "phone", "--yes");
        const refused = await phone.run(["password", "get", "shop.example"]);
        assert.is.not(refused.status, 0);
        assert.not.match(refused.stdout, /battery/);
      } finally {
        await house.stop();
      }
    },
    { timeoutMs: 200_000 },
  );

  it("say what is wrong, and let nothing of others' steer a terminal", async () => {
    const house = await startHousehold();
    try {
      await (await house.create("laptop", "alice@example.com")).close();
      const mine = machine(house.home("laptop"), house.service.url);
      assert.match(await mine.fails(2, "password", "add", "site", "user"), /--password-file/);
      const latin = join(tempDirectory(), "latin");
      writeFileSync(latin, Uint8Array.of(0x6d, 0xfc, 0x64, 0x65));
      assert.match(await mine.fails(65, "password", "add", "site", "user", "--password-file", latin), /latin is no text in UTF-8/);
      assert.match(await mine.fails(2, "password", "add", " ", "user", "secret"), /is empty/);
      assert.match(await mine.fails(2, "password", "add", "site", "user", "x".repeat(1025)), /at most 1024/);
      assert.match(await mine.fails(2, "network", "add", "home", "short"), /8 to 63/);
      assert.match(await mine.fails(2, "network", "add", "n".repeat(33), "12345678"), /1 to 32 octets, not 33/);
      assert.match(await mine.fails(2, "bookmark", "add", "no address", "title"), /is no address/);
      assert.match(await mine.fails(2, "calendar", "add", "x", "--start", "soon"), /is no time/);
      assert.match(await mine.fails(2, "calendar", "add", "x", "--start", "2026-12-24T18:00Z", "--finish", "2026-12-24T17:00Z"), /before it begins/);
      await mine.fails(66, "password", "get", "nowhere");
      await mine.does("bookmark", "add", "https://example.com/", "\u001b[2Jgone\u202e", "--path", "odd");
      const shown = await mine.run(["bookmark", "list"], { isTerminal: true });
      assert.is(/\p{Cc}|\p{Cf}/u.test(shown.stdout.replaceAll("\n", "")), false);
    } finally {
      await house.stop();
    }
  });
});
