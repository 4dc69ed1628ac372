/** kill -9 at every point of a commit leaves all of a Transact or nothing, and the retry gets the one answer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { equalBytes } from "../../src/base/bytes.ts";
import { isMeshError } from "../../src/base/errors.ts";
import { newNonce } from "../../src/crypto/index.ts";
import { encodeEnvelope } from "../../src/dare/index.ts";
import { conflictStatus, type TransactRequest } from "../../src/protocol/index.ts";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { nodeWords } from "../kit/node-words.ts";
import { message, Person, random } from "../kit/service.ts";

const place = (name: string) => ({ CatalogedPlace: { Key: name, LocalName: name } });

/** Starts a service process; resolves with its URL and a way to end it. */
async function startChild(dir: string, port = 0, point = "", count = 1): Promise<{ url: string; kill: () => Promise<void>; gone: Promise<unknown> }> {
  const child = spawn(process.execPath, [...nodeWords("test/provider/crash-child.ts"), dir, String(port), point, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const kill = async () => {
    child.kill("SIGKILL");
    await gone;
  };
  onCleanup(kill);
  const [line] = (await Promise.race([once(child.stdout, "data"), gone.then(() => assert.unreachable("the service did not start"))])) as [Buffer];
  return { url: line.toString().trim(), kill, gone };
}

describe("provider: kill -9", (it) => {
  for (const [point, count] of [
    ["commit-begun", 1],
    ["commit-recorded", 1],
    ["store-appended", 1],
    ["store-appended", 2],
    ["store-appended", 3],
    ["commit-applied", 1],
  ] as const) {
    it(
      `at ${point} (${count}) leaves all or nothing`,
      async () => {
        const dir = tempDirectory();
        const first = await startChild(dir);
        const port = Number(new URL(first.url).port);
        const alice = await (await Person.meet("alice@example.com", first.url)).bind();
        await alice.write("MMM_Place", [{ key: "a", entry: place("a") }]);
        const request: TransactRequest = {
          Account: alice.address,
          RequestId: newNonce(random),
          Updates: [
            await alice.update("MMM_Place", [{ key: "b", entry: place("b") }]),
            await alice.update("MMM_State", [{ key: "s", entry: place("s") }]),
          ],
          Local: [message({ type: "MessagePin", body: {} })],
        };
        await first.kill();
        const doomed = await startChild(dir, port, point, count);
        const answer = alice.client.transact(request).catch((error: unknown) => error);
        await doomed.gone;
        const failure = await answer;
        assert.ok(isMeshError(failure, "ERR_SERVICE_UNREACHABLE"), String(failure));
        await startChild(dir, port);
        const lengths = async () =>
          Promise.all(["MMM_Place", "MMM_State", "MMM_Local"].map(async (label) => (await alice.store(label)).frames.length));
        const after = await lengths();
        assert.equal(after, point === "commit-begun" ? [3, 0, 1] : [5, 3, 2]);
        await alice.client.transact(request);
        assert.equal(await lengths(), [5, 3, 2]);
        const { frames } = await alice.store("MMM_Place");
        for (const [i, sent] of request.Updates![0]!.Envelopes.entries()) assert.ok(equalBytes(encodeEnvelope(frames[3 + i]!), encodeEnvelope(sent)));
      },
      { timeoutMs: 60_000 },
    );
  }

  it(
    "between commit and delivery does not lose the message",
    async () => {
      const dir = tempDirectory();
      const first = await startChild(dir);
      const port = Number(new URL(first.url).port);
      const [alice, bob] = [
        await (await Person.meet("alice@example.com", first.url)).bind(),
        await (await Person.meet("bob@example.com", first.url)).bind(),
      ];
      await first.kill();
      const doomed = await startChild(dir, port, "commit-applied", 1);
      const Outbound = [message({ type: "MessageContact", body: { Sender: bob.address } })];
      const answer = bob.client
        .transact({ Account: bob.address, RequestId: "1", Outbound, Accounts: [alice.address] })
        .catch((error: unknown) => error);
      await doomed.gone;
      await answer;
      const next = await startChild(dir, port);
      while ((await alice.store("MMM_Inbound")).frames.length < 2) await delay(50);
      await next.kill();
      await startChild(dir, port);
      await bob.store("MMM_Outbound");
      assert.is((await alice.store("MMM_Inbound")).frames.length, 2, "delivered once");
    },
    { timeoutMs: 60_000 },
  );

  it(
    "at random moments under load never tears two stores apart",
    async () => {
      const dir = tempDirectory();
      let child = await startChild(dir);
      const port = Number(new URL(child.url).port);
      const alice = await (await Person.meet("alice@example.com", child.url)).bind();
      let acknowledged = 0;
      for (let round = 0; round < 4; round++) {
        const killer = delay(40 + 90 * round).then(() => child.kill());
        let request: TransactRequest | undefined;
        for (;;) {
          try {
            const [p, s] = [await alice.store("MMM_Place"), await alice.store("MMM_State")];
            assert.is(p.frames.length, s.frames.length);
            request = {
              Account: alice.address,
              RequestId: newNonce(random),
              Updates: [
                alice.frames("MMM_Place", p.frontier, [{ key: "k", entry: place("k") }]),
                alice.frames("MMM_State", s.frontier, [{ key: "k", entry: place("k") }]),
              ],
            };
            await alice.client.transact(request);
            acknowledged++;
            request = undefined;
          } catch (error) {
            assert.ok(isMeshError(error, "ERR_SERVICE_UNREACHABLE"), String(error));
            break;
          }
        }
        await killer;
        child = await startChild(dir, port);
        if (request === undefined) continue;
        // The outcome is unknown: the same RequestId settles it, whether it was carried out or not.
        await alice.client.transact(request).catch((error: unknown) => assert.equal(conflictStatus(error as never), []));
        acknowledged++;
      }
      const [p, s] = [await alice.store("MMM_Place"), await alice.store("MMM_State")];
      assert.is(p.frames.length, s.frames.length);
      assert.is(p.frames.length, acknowledged === 0 ? 0 : 1 + 2 * acknowledged);
    },
    { timeoutMs: 60_000 },
  );
});
