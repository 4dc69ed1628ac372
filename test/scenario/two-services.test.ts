/** bob at one service and alice at another, as processes: contacts, confirmations and a block, over kills of both in the middle. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import { freePort } from "../kit/free-port.ts";
import type { Machine, Ran } from "../kit/meshman-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";
import type { ServiceProcess } from "../kit/service-process.ts";
import { startServiceProcess } from "../kit/service-process.ts";

const [ofAlice, ofBob] = ["alice@example.com", "bob@example.net"] as const;
const names = ["com", "net"] as const;
type Name = (typeof names)[number];

/** Both services with their directories and ports, which stay the same over a kill. */
async function startBoth() {
  const ports = { com: await freePort(), net: await freePort() };
  const dirs = { com: tempDirectory(), net: tempDirectory() };
  const other = { com: "net", net: "com" } as const;
  const begin = (name: Name): Promise<ServiceProcess> =>
    startServiceProcess([
      ...["--dir", dirs[name], "--port", `${ports[name]}`, "--domain", `example.${name}`],
      ...["--peer", `example.${other[name]}=http://127.0.0.1:${ports[other[name]]}`],
      ...["--limit", "peerRetryMs=50", "peerRetryMostMs=400"],
    ]);
  const running = { com: await begin("com"), net: await begin("net") };
  return {
    url: (name: Name) => `http://127.0.0.1:${ports[name]}`,
    /** Everything that a service has for the other one has been brought, or refused. */
    isDelivered: (name: Name) => readdirSync(join(dirs[name], "undelivered")).length === 0,
    async kill(name: Name): Promise<void> {
      await running[name].end("SIGKILL");
      running[name] = await begin(name);
    },
  };
}

/** Runs a command while a service is killed and comes again, at a later moment each time, until it has succeeded under way or before. */
async function overKills(task: () => Promise<Ran>, kill: () => Promise<void>, after: () => Promise<void>): Promise<void> {
  for (const ms of [0, 40, 120, 300]) {
    const ran = task();
    await new Promise((resolve) => setTimeout(resolve, ms));
    await kill();
    const { status, stderr } = await ran;
    assert.ok([0, 66, 69, 73, 75].includes(status), stderr);
    await after();
  }
}

describe("two services", (it) => {
  it(
    "contacts, confirmations and a block hold over kills of either service, and nothing is half done",
    async () => {
      const both = await startBoth();
      const peers = ["--peer", `example.com=${both.url("com")}`, "--peer", `example.net=${both.url("net")}`];
      const person = (name: Name): Machine["run"] => {
        const at = machine(tempDirectory(), both.url(name));
        return (words, options) => at.run([...peers, ...words], options);
      };
      const [alice, bob] = [person("com"), person("net")];
      const done = async (run: Machine["run"], ...words: string[]) => {
        const { status, stdout, stderr } = await run([...words, "--json"]);
        assert.is(status, 0, `${words.join(" ")}: ${stderr}`);
        return JSON.parse(stdout);
      };
      const waiting = async (run: Machine["run"], kind: string): Promise<readonly { messageId: string; text?: string }[]> =>
        (await done(run, "message", "pending")).pending.filter((message: { kind: string }) => message.kind === kind);
      const until = async (what: string, run: Machine["run"], kind: string, count = 1) => {
        let found: Awaited<ReturnType<typeof waiting>> = [];
        await eventually(what, async () => {
          found = await waiting(run, kind);
          return found.length >= count;
        });
        return found;
      };
      await done(alice, "account", "create", ofAlice);
      await done(bob, "account", "create", ofBob);

      // The contact, with each service killed while it is asked for and accepted.
      await overKills(
        () => bob(["contact", "request", ofAlice]),
        () => both.kill("com"),
        async () => undefined,
      );
      await done(bob, "contact", "request", ofAlice);
      // Each request takes the place of the one before: which one waits is sure when all have come.
      await eventually("bob's requests are there", () => both.isDelivered("net"));
      const [asked] = await until("bob's contact", alice, "contact");
      await overKills(
        () => alice(["message", "accept", asked!.messageId]),
        () => both.kill("com"),
        async () => {
          const isContact = (await alice(["contact", "get", ofBob])).status === 0;
          assert.is((await waiting(alice, "contact")).length, isContact ? 0 : 1, "contact and closing are one");
        },
      );
      if ((await waiting(alice, "contact")).length > 0) await done(alice, "message", "accept", asked!.messageId);
      await eventually("alice's contact", async () => {
        await done(bob, "account", "sync");
        return (await done(bob, "contact", "get", ofAlice)).trust !== undefined && (await waiting(bob, "contact")).length === 0;
      });

      // A confirmation each way of answering.
      for (const [verb, status, outcome] of [
        ["accept", 0, "accepted"],
        ["reject", 1, "rejected"],
      ] as const) {
        const asking = bob(["message", "confirm", ofAlice, verb, "--wait", "120s", "--json"]);
        const [request] = await until("the request", alice, "confirmation");
        await both.kill("net");
        await done(alice, "message", verb, request!.messageId);
        const { status: exit, stderr } = await asking;
        // The kill may have ended the wait; what was answered is there all the same.
        assert.ok([status, 69].includes(exit), stderr);
        await eventually("the answer", async () => (await done(bob, "message", "status")).requests[0].outcome === outcome);
      }

      // The block, with alice's service killed in its middle: entry and closing are one.
      await done(bob, "message", "confirm", ofAlice, "before the block");
      await until("it waits", alice, "confirmation");
      await overKills(
        () => alice(["message", "block", ofBob]),
        () => both.kill("com"),
        async () => {
          const isBlocked = (await done(alice, "message", "blocked")).blocked.includes(ofBob);
          assert.is((await waiting(alice, "confirmation")).length, isBlocked ? 0 : 1);
        },
      );
      await done(alice, "message", "block", ofBob);
      const sent = await bob(["message", "confirm", ofAlice, "after the block", "--wait", "120s", "--json"]);
      assert.equal([sent.status, JSON.parse(sent.stdout).outcome], [4, "undelivered"], sent.stderr);
      assert.equal(await waiting(alice, "confirmation"), []);
      await done(alice, "message", "unblock", ofBob);
      await done(bob, "message", "confirm", ofAlice, "after it was taken back");
      const [again] = await until("it is taken again", alice, "confirmation");
      assert.is(again?.text, "after it was taken back");
    },
    { timeoutMs: 300_000 },
  );
});
