/**
 * The broker in a process of its own is killed while owners' clients publish retained messages: what it has acknowledged is there after each start.
 * 50 kills in `npm run test:kill`, fewer otherwise.
 */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { assert, describe, onCleanup, tempDirectory } from "../harness/suite.ts";
import { pause, RawClient } from "../kit/broker.ts";
import { nodeWords } from "../kit/node-words.ts";

const kills = process.env.MESH_KILL_ALL === undefined ? 6 : 50;
const topics = 40;
const owner = { username: "owner", password: "owner" };

async function startBroker(dataDir: string): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, [...nodeWords("test/transport/broker-process.ts"), dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onCleanup(() => void child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, port: Number(line.toString()) };
}

describe("acknowledged retained messages", (it) => {
  it(
    `none is lost in ${kills} kills`,
    async () => {
      const dataDir = tempDirectory();
      /** The highest number that was acknowledged, and that was sent, by topic. */
      const acknowledged = new Map<string, number>();
      const sent = new Map<string, number>();
      let number = 0;
      for (let kill = 0; kill <= kills; kill++) {
        const { child, port } = await startBroker(dataDir);
        const reader = await RawClient.login(port, { id: "reader", ...owner });
        await reader.subscribe("keep/#");
        const found = new Map<string, number>();
        // One that was sent and not acknowledged may be there, too.
        while ([...acknowledged.keys()].some((topic) => !found.has(topic))) {
          const [topic = "", value = ""] = ((await reader.message()) ?? "").split(" ");
          if (topic === "") break;
          found.set(topic, Number(value));
        }
        for (const [topic, value] of acknowledged) {
          const now = found.get(topic) ?? -1;
          assert.ok(now >= value && now <= (sent.get(topic) ?? 0), `${topic}: ${now} in place of ${value}`);
        }
        const gone = once(child, "exit");
        const writer = await RawClient.login(port, { id: "writer", ...owner });
        const dying = pause(10 + 200 * Math.random()).then(() => child.kill("SIGKILL"));
        while (!writer.closed) {
          const topic = `keep/${++number % topics}`;
          sent.set(topic, number);
          writer.publish({ topic, payload: String(number), qos: 1, retain: true, messageId: 1 + (number % 60_000) });
          if ((await writer.next(4)) === undefined) break;
          acknowledged.set(topic, number);
        }
        await dying;
        await gone;
      }
      assert.ok(acknowledged.size > 10, `${acknowledged.size} topics`);
      console.log(`${kills} kills, ${number} messages, none lost`);
    },
    { timeoutMs: 30_000 + 4000 * kills },
  );
});
