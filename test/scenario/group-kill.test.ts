/** kill -9 of meshman while it makes a group, adds a member and removes him: the same command again goes on, and what was said to be done is. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { assert, describe, tempDirectory } from "../harness/suite.ts";
import { eventually } from "../kit/eventually.ts";
import type { Machine } from "../kit/meshman-terminal.ts";
import { machine } from "../kit/meshman-terminal.ts";
import { nodeWords } from "../kit/node-words.ts";
import { startServiceProcess } from "../kit/service-process.ts";

const family = "family@example.com";
const [ofAlice, ofBob] = ["alice@example.com", "bob@example.com"];

/** Runs meshman as a process that is killed when the service has answered it so many times, or ends by itself. */
async function killed(dir: string, service: string, words: readonly string[], ms: number): Promise<void> {
  const child = spawn(process.execPath, [...nodeWords("src/app/meshman.ts"), ...words], {
    stdio: "ignore",
    env: { ...process.env, MESHMAN_DIR: dir, MESH_SERVICE: service },
  });
  const gone = once(child, "exit");
  await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, ms))]);
  child.kill("SIGKILL");
  await gone;
}

async function pendingOf(at: Machine, kind: string): Promise<readonly { messageId: string; kind: string }[]> {
  const { pending } = await at.json("message", "pending");
  return pending.filter((message: { kind: string }) => message.kind === kind);
}

async function takeAll(at: Machine, kind: string): Promise<void> {
  await eventually(`a ${kind}`, async () => (await pendingOf(at, kind)).length > 0);
  for (const { messageId } of await pendingOf(at, kind)) await at.does("message", "accept", messageId);
}

describe("a group whose administrator's program is killed", (it) => {
  it(
    "is made, changed and read by the same commands again",
    async () => {
      const { url } = await startServiceProcess(["--dir", tempDirectory(), "--port", "0", "--domain", "example.com"]);
      const dirs = { alice: tempDirectory(), bob: tempDirectory() };
      const [alice, bob] = [machine(dirs.alice, url), machine(dirs.bob, url)];
      await alice.does("account", "create", ofAlice);
      await bob.does("account", "create", ofBob);
      await bob.does("contact", "request", ofAlice);
      await takeAll(alice, "contact");
      await eventually("alice's contact", async () => {
        for (const { messageId } of await pendingOf(bob, "contact")) await bob.does("message", "accept", messageId);
        return (await bob.run(["contact", "get", ofAlice])).status === 0;
      });
      // Whenever it dies: before it has begun, between two writes, or after the last.
      const over = async (words: readonly string[]): Promise<void> => {
        for (const ms of [1500, 2500, 4000]) await killed(dirs.alice, url, words, ms);
      };
      await over(["group", "create", family]);
      await alice.does("group", "create", family);
      await over(["group", "add", family, ofBob]);
      assert.is((await alice.json("group", "add", family, ofBob)).member.outcome, "invited");
      assert.equal(
        (await alice.json("group", "list", family)).members.map(({ sent }: { sent: boolean }) => sent),
        [true],
      );
      await takeAll(bob, "group");
      const text = await alice.run(["dare", "encode", "package.json", "-", "--encrypt", family]);
      assert.is(text.status, 0, text.stderr);
      const file = `${tempDirectory()}/file.dare`;
      await alice.does("dare", "encode", "package.json", file, "--encrypt", family);
      await bob.does("dare", "decode", file, `${file}.one`);
      await over(["group", "remove", family, ofBob]);
      const last = await alice.run(["group", "remove", family, ofBob]);
      assert.ok([0, 66].includes(last.status), last.stderr);
      assert.equal((await alice.json("group", "list", family)).members, []);
      await bob.fails(77, "dare", "decode", file, `${file}.two`);
    },
    { timeoutMs: 400_000 },
  );
});
