/** A radio process that runs by itself behind a unix socket, as mesh-hub-radio.service does. No Bluetooth is used: what is behind the socket is scripted. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { packagePath } from "../../../src/base/package-root.ts";
import { BleMedium } from "../../../src/transport/ble/ble-medium.ts";
import { RadioUnit } from "../../../src/transport/ble/radio-unit.ts";
import { awaitHub } from "../../../src/transport/unit-socket.ts";
import { assert, describe, onCleanup, skipUnless, tempDirectory, throwsMesh, within } from "../../harness/suite.ts";
import { ports } from "../../kit/broker.ts";
import { environmentOn, missingForBtvirt, startBtvirt } from "../../kit/btvirt.ts";
import { eventually } from "../../kit/eventually.ts";
import { nodeWords } from "../../kit/node-words.ts";

const never = new AbortController().signal;

/** Answers the calls of a hub; gives its socket. */
async function serve(path: string): Promise<Socket> {
  const hub = await awaitHub(path, never);
  let rest = "";
  const tell = (told: Record<string, unknown>): void => void hub.write(`${JSON.stringify(told)}\n`);
  hub.on("error", () => undefined);
  hub.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { call, id, link } = JSON.parse(line) as { call: string; id: number; link?: number };
      if (call === "connect") {
        tell({ tell: "done", id, mtu: 185, largest: "AgA" });
      } else {
        tell({ tell: "done", id });
        if (call === "write") tell({ tell: "packet", link, packet: "Bwc" });
        if (call === "scan") tell({ tell: "heard", address: "0000000000aa", data: "AAECAwQFBgcICQoL" });
      }
    }
  });
  return hub;
}

describe("a radio of its own", (it) => {
  it("is waited for by its name, used, and met again when it was started anew", async () => {
    const path = join(tempDirectory(), "radio.sock");
    const medium = new BleMedium({ make: () => new RadioUnit(path), links: 2, ...ports });
    await medium.start();
    onCleanup(() => medium.stop());
    await eventually("it is missed", () => /mesh-hub-radio is not there .*journalctl -u mesh-hub-radio/.test(medium.status().detail ?? ""));
    assert.is(medium.status().state, "down");
    for (let life = 0; life < 2; life++) {
      const hub = await serve(path);
      onCleanup(() => void hub.destroy());
      await eventually("it is up", () => medium.status().state === "up" && medium.hails().length === 1);
      const packets: number[] = [];
      const stream = await medium.open({ medium: "ble", address: "0000000000aa" });
      stream.onPacket((packet) => packets.push(packet.length));
      await stream.send(Uint8Array.of(1));
      await eventually("both ways", () => packets.length === 1);
      hub.destroy();
      await eventually("it is gone", () => medium.status().state !== "up");
    }
  });

  it("serves one hub and no second one, and takes no file for a socket", async () => {
    const dir = tempDirectory();
    const path = join(dir, "radio.sock");
    const serving = awaitHub(path, never);
    await eventually("it listens", () => existsSync(path));
    const first = new RadioUnit(path);
    const started = first.start({
      heard: () => undefined,
      alive: () => undefined,
      packet: () => undefined,
      closed: () => undefined,
      ended: () => undefined,
    });
    const hub = await serving;
    onCleanup(() => void hub.destroy());
    const second = new RadioUnit(path);
    const refused = await second
      .start({ heard: () => undefined, alive: () => undefined, packet: () => undefined, closed: () => undefined, ended: () => undefined })
      .then(
        () => "served",
        (error: Error) => error.message,
      );
    assert.match(refused, /is not there/);
    await first.stop();
    await started.catch(() => undefined);
    const file = join(dir, "kept");
    writeFileSync(file, "kept");
    await throwsMesh(awaitHub(file, never), "ERR_CONFIG");
    assert.is(statSync(file).size, 4);
  });

  it(
    "the program itself, on btvirt's radio: ends with its hub though the package does not settle what it was asked, as after a reset",
    async () => {
      const missing = missingForBtvirt();
      skipUnless(missing === undefined, missing ?? "");
      const air = await startBtvirt();
      const path = join(tempDirectory(), "radio.sock");
      const child = spawn(process.execPath, [...nodeWords(packagePath("src/app/mesh-hub.ts")), "radio", path], {
        cwd: tempDirectory(),
        env: environmentOn(air),
        stdio: "ignore",
      });
      const ended = once(child, "exit");
      onCleanup(() => void child.kill("SIGKILL"));
      await eventually("it listens", () => existsSync(path));
      const radio = new RadioUnit(path);
      const nothing = (): void => undefined;
      await radio.start({ heard: nothing, alive: nothing, packet: nothing, closed: nothing, ended: nothing });
      await radio.scan(true);
      // It tells that it has ended before it answers.
      await radio.reset().catch(nothing);
      await radio.stop();
      await within(20_000, ended);
    },
    { timeoutMs: 60_000 },
  );

  it("the program itself: ends with its hub, says what it lacks, and has nothing of the hub's state to read", async () => {
    const dir = tempDirectory();
    const path = join(dir, "radio.sock");
    const child = spawn(process.execPath, [...nodeWords(packagePath("src/app/mesh-hub.ts")), "radio", path], {
      cwd: dir,
      env: { PATH: process.env.PATH ?? "" },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    onCleanup(() => void child.kill("SIGKILL"));
    await eventually("it listens", () => existsSync(path));
    const radio = new RadioUnit(path);
    let reason = "";
    const listener = {
      heard: () => undefined,
      alive: () => undefined,
      packet: () => undefined,
      closed: () => undefined,
      ended: (why: string) => (reason = why),
    };
    // Where there is an adapter it starts; where there is none it says so.
    await radio.start(listener).catch((error: Error) => (reason = error.message));
    await radio.stop();
    await ended;
    assert.not.match(reason, /does not speak as it should/);
  });
});
