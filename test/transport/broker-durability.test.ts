/** What the broker has acknowledged survives kill -9, torn writes and damage; the log stays small. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../src/base/bytes.ts";
import { silentLog } from "../../src/base/log.ts";
import { packagePath } from "../../src/base/package-root.ts";
import type { MeshBroker } from "../../src/transport/mqtt/broker/broker.ts";
import type { BrokerPacket } from "../../src/transport/mqtt/durable/broker-packet.ts";
import { defaultDurableLimits } from "../../src/transport/mqtt/durable/limits.ts";
import { DurablePersistence } from "../../src/transport/mqtt/durable/persistence.ts";
import { type DurableRecord, decodeLog, encodeRecord } from "../../src/transport/mqtt/durable/record.ts";
import { assert, describe, onCleanup, tempDirectory, throwsMesh } from "../harness/suite.ts";
import { packet, pause, RawClient, startBroker } from "../kit/broker.ts";
import { eventually } from "../kit/eventually.ts";
import { nodeWords } from "../kit/node-words.ts";

const owner = { username: "owner", password: "owner" };

/** A broker in a process of its own, on the directory given. */
async function startProcess(dataDir: string): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, [...nodeWords(packagePath("test/transport/broker-process.ts")), dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onCleanup(() => {
    child.kill("SIGKILL");
  });
  const [line] = (await once(child.stdout ?? process.stdin, "data")) as [Buffer];
  return { child, port: Number(line.toString()) };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function open(path: string, options: { compactAbove?: number; limits?: typeof defaultDurableLimits } = {}): Promise<DurablePersistence> {
  const persistence = new DurablePersistence({ path, log: silentLog, maySubscribe: () => true, ...options });
  await persistence.open();
  await persistence.setup({ id: "run", counter: 0 });
  return persistence;
}

const message = (topic: string, payload: string, qos: 0 | 1 | 2 = 1, retain = true): BrokerPacket => ({
  cmd: "publish",
  topic,
  payload: Buffer.from(payload),
  qos,
  retain,
});

async function retained(persistence: DurablePersistence): Promise<string[]> {
  const packets: BrokerPacket[] = await persistence.createRetainedStream("#").toArray();
  return packets.map(({ topic, payload }) => `${topic} ${payload}`).sort();
}

async function restart(broker: MeshBroker): Promise<void> {
  await broker.stop();
  await broker.start();
}

describe("durability of the broker", (it) => {
  it(
    "kill -9 loses no acknowledged retained message and no acknowledged message for an absent client",
    async () => {
      const dataDir = tempDirectory();
      const acknowledged = new Map<string, string>();
      const queued = new Set<string>();
      let round = 0;
      for (; round < 3; round++) {
        const { child, port } = await startProcess(dataDir);
        if (round === 0) {
          const absent = await RawClient.login(port, { id: "absent", clean: false, ...owner });
          assert.is(await absent.subscribe("home/+"), 1);
        }
        const writer = await RawClient.login(port, { id: "writer", ...owner });
        let sent = 0;
        // At some moment after the first acknowledgements, however slow the machine is.
        const dying = eventually("sent > 3", () => sent > 3, 30_000)
          .then(() => pause(150 + round * 70))
          .then(() => kill(child));
        while (!writer.closed) {
          const messageId = (sent % 60_000) + 1;
          const value = `${round}.${sent}`;
          const topic = sent % 3 === 0 ? `home/${sent % 50}` : `keep/${sent % 50}`;
          writer.publish({ topic, payload: value, qos: 1, retain: topic.startsWith("keep"), messageId });
          if ((await writer.next(4)) === undefined) break;
          if (topic.startsWith("keep")) acknowledged.set(topic, value);
          else queued.add(`${topic} ${value}`);
          sent++;
        }
        await dying;
      }
      const { child, port } = await startProcess(dataDir);
      const reader = await RawClient.login(port, { id: "reader", ...owner });
      await reader.subscribe("keep/#");
      for (let count = 0; count < acknowledged.size; count++) {
        const [topic = "", value = ""] = ((await reader.message()) ?? "").split(" ");
        // A later message that was not acknowledged any more may be there too.
        const number = (text: string) => Number(text.split(".")[0]) * 1e6 + Number(text.split(".")[1]);
        assert.ok(number(value) >= number(acknowledged.get(topic) ?? ""), `${topic}: ${value}`);
      }
      const absent = await RawClient.login(port, { id: "absent", clean: false, ...owner });
      const expected = Math.min(queued.size, defaultDurableLimits.queuedPerSession);
      const missing = new Set([...queued].slice(0, expected));
      while (missing.size > 0) {
        const found = await absent.next(3);
        if (found === undefined) break;
        const length = (found.body[0] ?? 0) * 256 + (found.body[1] ?? 0);
        missing.delete(`${Buffer.from(found.body.subarray(2, 2 + length))} ${Buffer.from(found.body.subarray(4 + length))}`);
        absent.send(packet(0x40, found.body.slice(2 + length, 4 + length)));
      }
      assert.is(missing.size, 0);
      await kill(child);
    },
    { timeoutMs: 60_000 },
  );

  it("an acknowledged QoS 2 message is passed on once, also when the broker dies before its release", async () => {
    const broker = await startBroker();
    const login = () => RawClient.login(broker.status().port, { id: "writer", clean: false, ...owner });
    const absent = await RawClient.login(broker.status().port, { id: "absent", clean: false, ...owner });
    await absent.subscribe("home/x", 2);
    absent.socket.destroy();
    await pause(50);
    const writer = await login();
    writer.publish({ topic: "home/x", payload: "once", qos: 2, messageId: 5 });
    assert.ok(await writer.next(5));
    writer.socket.destroy();
    await restart(broker);
    const again = await login();
    again.publish({ topic: "home/x", payload: "once", qos: 2, messageId: 5, dup: true });
    assert.ok(await again.next(5));
    again.send(packet(0x62, Uint8Array.of(0, 5)));
    assert.ok(await again.next(7));
    const back = await RawClient.login(broker.status().port, { id: "absent", clean: false, ...owner });
    const first = await back.next(3);
    const id = (first?.body ?? new Uint8Array()).slice(8, 10);
    back.send(packet(0x50, id));
    assert.ok(await back.next(6), "pubrel");
    back.socket.destroy();
    await restart(broker);
    const third = await RawClient.login(broker.status().port, { id: "absent", clean: false, ...owner });
    assert.equal((await third.next(6))?.body, id, "pubrel is still owed, the message is not repeated");
    third.send(packet(0x70, id));
    await pause(100);
    assert.is(await Promise.race([third.message(), pause(200)]), undefined);
  });

  it("a clean CONNECT ends the session and its queue", async () => {
    const broker = await startBroker();
    const login = (clean: boolean) => RawClient.login(broker.status().port, { id: "absent", clean, ...owner });
    const absent = await login(false);
    await absent.subscribe("home/x");
    absent.socket.destroy();
    await pause(50);
    await broker.publish({ topic: "home/x", payload: utf8("old") });
    assert.is(broker.status().sessions, 1);
    (await login(true)).socket.destroy();
    await pause(50);
    await restart(broker);
    assert.is(broker.status().sessions, 0);
  });

  it("recovers every prefix of a log up to its last whole record", async () => {
    const path = join(tempDirectory(), "broker.log");
    const persistence = await open(path);
    for (let index = 0; index < 5; index++) await persistence.storeRetained(message(`t/${index}`, `value ${index}`));
    await persistence.close();
    const octets = readFileSync(path);
    const ends = decodeLog(octets).records.map((_, index) => index);
    assert.is(ends.length, 5);
    for (let length = 0; length <= octets.length; length++) {
      const { records, end, damaged } = decodeLog(octets.subarray(0, length));
      assert.is(damaged, 0);
      assert.ok(end <= length && records.length <= 5);
    }
    writeFileSync(path, octets.subarray(0, octets.length - 3));
    const torn = await open(path);
    assert.is((await retained(torn)).length, 4);
    await torn.storeRetained(message("t/new", "after"));
    await torn.close();
    const again = await open(path);
    assert.equal((await retained(again)).at(-1), "t/new after");
    await again.close();
  });

  it("steps over damage in the middle and keeps a copy of the file", async () => {
    const path = join(tempDirectory(), "broker.log");
    const persistence = await open(path);
    for (let index = 0; index < 5; index++) await persistence.storeRetained(message(`t/${index}`, "value"));
    await persistence.close();
    const octets = readFileSync(path);
    const middle = Math.floor(octets.length / 2);
    octets[middle] = (octets[middle] ?? 0) ^ 1;
    writeFileSync(path, octets);
    const damaged = await open(path);
    assert.equal(await retained(damaged), ["t/0 value", "t/1 value", "t/3 value", "t/4 value"]);
    await damaged.close();
    assert.equal(readFileSync(`${path}.damaged`), octets);
  });

  it("compacts by an atomic rewrite and loses nothing", async () => {
    const path = join(tempDirectory(), "broker.log");
    const persistence = await open(path, { compactAbove: 4096 });
    await persistence.addSubscriptions({ id: "absent" }, [
      { topic: "t/+", qos: 1 },
      { topic: "u", qos: 0 },
    ]);
    await persistence.outgoingEnqueueCombi([{ clientId: "absent" }], { ...message("t/1", "queued", 1, false), brokerCounter: 1 });
    for (let index = 0; index < 400; index++) await persistence.storeRetained(message(`t/${index % 4}`, `${index}`));
    assert.ok(statSync(path).size < 9000, `${statSync(path).size}`);
    const during = `${path}.copy`;
    copyFileSync(path, during);
    await persistence.close();
    for (const file of [path, during]) {
      const again = await open(file);
      assert.equal(await retained(again), ["t/0 396", "t/1 397", "t/2 398", "t/3 399"]);
      assert.equal(await again.subscriptionsByClient({ id: "absent" }), [
        { topic: "t/+", qos: 1 },
        { topic: "u", qos: 0 },
      ]);
      const queue: BrokerPacket[] = await again.outgoingStream({ id: "absent" }).toArray();
      assert.equal(
        queue.map(({ topic, payload }) => `${topic} ${payload}`),
        ["t/1 queued"],
      );
      await again.close();
    }
    assert.not.ok(existsSync(`${path}.new`));
  });

  it("a left-over of an interrupted compaction does no harm", async () => {
    const path = join(tempDirectory(), "broker.log");
    writeFileSync(`${path}.new`, "half");
    const persistence = await open(path, { compactAbove: 100 });
    for (let index = 0; index < 20; index++) await persistence.storeRetained(message("t", `${index}`));
    await persistence.close();
    const again = await open(path);
    assert.equal(await retained(again), ["t 19"]);
    await again.close();
  });

  it("refuses what goes beyond its bounds and says so before the acknowledgement", async () => {
    const path = join(tempDirectory(), "broker.log");
    const limits = { retainedMessages: 2, retainedOctets: 100, sessions: 1, queuedPerSession: 2 };
    const persistence = await open(path, { limits });
    await persistence.accept(message("a", "1"));
    await persistence.accept(message("b", "1"));
    await throwsMesh(async () => persistence.accept(message("c", "1")), "ERR_TOO_LARGE");
    await persistence.accept(message("a", ""));
    await throwsMesh(async () => persistence.accept(message("c", "x".repeat(200))), "ERR_TOO_LARGE");
    await throwsMesh(async () => persistence.accept(message("b", "x".repeat(200))), "ERR_TOO_LARGE");
    await persistence.addSubscriptions({ id: "one" }, [{ topic: "q", qos: 1 }]);
    await throwsMesh(persistence.addSubscriptions({ id: "two" }, [{ topic: "q", qos: 1 }]), "ERR_TOO_LARGE");
    for (let index = 0; index < 5; index++) await persistence.accept(message("q", `${index}`, 1, false));
    assert.is((await persistence.outgoingStream({ id: "one" }).toArray()).length, 2);
    assert.equal(await retained(persistence), ["b 1"]);
    await persistence.close();
  });

  it("reads garbage as an empty log", () => {
    const record: DurableRecord = { kind: "end", client: "x" };
    const path = join(tempDirectory(), "x");
    writeFileSync(path, encodeRecord(record));
    appendFileSync(path, Buffer.from("4d51a51effffffff00000000", "hex"));
    assert.equal(decodeLog(readFileSync(path)).records, [record]);
    assert.is(decodeLog(new Uint8Array(5000).fill(0x4d)).records.length, 0);
  });
});
