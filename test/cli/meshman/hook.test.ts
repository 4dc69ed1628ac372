/** The agent on alice's phone tells a program of hers what waits, until it was told, and that it was answered elsewhere. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../../harness/suite.ts";
import { eventually } from "../../kit/eventually.ts";
import { startHousehold } from "../../kit/household.ts";
import { machine } from "../../kit/meshman-terminal.ts";

describe("meshman agent --on-message", (it) => {
  it(
    "tells a program of a message until it was told, not again after restarts, and that it was answered elsewhere, without a shell",
    async () => {
      const house = await startHousehold();
      const [alice, phone, bob] = ["alice", "phone", "bob"].map((name) => machine(house.home(name), house.service.url)) as [
        ReturnType<typeof machine>,
        ReturnType<typeof machine>,
        ReturnType<typeof machine>,
      ];
      await alice.does("account", "create", "alice@example.com");
      await bob.does("account", "create", "bob@example.com");
      const { uri } = await alice.json("account", "pin", "--role", "message");
      await phone.does("device", "join", uri);
      await alice.does("account", "sync");
      await phone.does("device", "complete");
      await bob.does("contact", "exchange", (await alice.json("contact", "dynamic")).uri);
      await alice.does("account", "sync");
      await bob.does("account", "sync");

      const dir = tempDirectory();
      const told = join(dir, "told");
      const program = join(dir, "notify me");
      writeFileSync(program, `#!/bin/sh\nprintf '%s %s ' "$#" "$1" >> '${told}'\ncat >> '${told}'\n`);
      chmodSync(program, 0o700);
      const lines = (): { event: string; messageId: string; text?: string; from?: string; count: string }[] =>
        (existsSync(told) ? readFileSync(told, "utf8") : "")
          .split("\n")
          .filter(Boolean)
          .map((line) => ({ ...JSON.parse(line.slice(line.indexOf("{"))), count: line.slice(0, line.indexOf("{")) }));

      const run = () => {
        const stop = new AbortController();
        return { stop, ended: phone.run(["agent", "--on-message", program], { signal: stop.signal }) };
      };
      const first = run();
      await bob.does("message", "confirm", "alice@example.com", "$(touch /tmp/x) `id` 'quoted'");
      await eventually("the program was told", () => lines().length === 1);
      const [line] = lines();
      assert.equal([line?.event, line?.from, line?.text, line?.count], ["message", "bob@example.com", "$(touch /tmp/x) `id` 'quoted'", "1 message "]);
      // Whoever ends it in the middle of the program is told again.
      await eventually("the program has ended", () => existsSync(join(house.home("phone"), "notices.json")));
      first.stop.abort();
      assert.is((await first.ended).status, 0);

      const second = run();
      await alice.does("message", "accept", line?.messageId ?? "");
      await eventually("it is withdrawn", () => lines().length === 2);
      assert.equal([lines()[1]?.event, lines()[1]?.messageId], ["withdrawn", line?.messageId]);
      second.stop.abort();
      await second.ended;
      await phone.fails(66, "agent", "--on-message", `${program} --and more`);
      await house.stop();
    },
    { timeoutMs: 240_000 },
  );
});
